"""How long the list of calls takes to answer, over many calls with transcripts and scores.

    python -m tests.bench.calls [--calls 100000] [--backend sqlite|postgresql] [--times 5]

Made on the spot: two months of calls by a few hundred agents, every one with a recording and a
transcript of some six hundred characters, a third scored. Printed are the medians of the whole
page's time on the server, and of the processor's part in it: what a machine of its own would take
with SQLite, which works in the same process.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from qa import transcribing
from qa.tables import Call, Recording, Review, Score, Transcript
from tests.browsing import Client
from tests.homes import SEARCH, SECRET, Homes, opened
from tests.qa_world import add_scorecard
from tests.world import NOW, Clock, World
from web.app import create_app
from web.call_words import keep_up
from web.settings import Settings

AGENTS = 300
WORDS = (
    "您好铁路旅客服务中心请问有什么可以帮您我想退票手续费怎么收开车前二十四小时以上票价百分之五"
    "改签可以办一次儿童票按年龄身份证核验进站候补订单退款原路退回三到十五个工作日谢谢再见不客气"
)
RARE, EVERYWHERE = "全额退款", "您好"
QUERIES = {
    "the first page": "",
    "page 1000": "?page=1000",
    "a week of one agent": "?agent=1001&from=2026-11-01&to=2026-11-07",
    "by duration, satisfaction, queue": "?shortest=100&longest=200&satisfaction_to=2&queue=退票",
    "by score, sorted by score": "?score_to=60&sort=score",
    "not scored yet": "?reviewed=none",
    "a part of the call ID": "?key=9999",
    "rare words": f"?words={RARE}",
    "rare words of the agent": f"?words={RARE}&said_by=agent&from=2026-10-01",
    "words that everybody says": f"?words={EVERYWHERE}",
    "two words": "?words=退票 身份证",
    "one character": "?words=嗯",
    "words, agent, score": f"?words={RARE}&agent=1001&score_from=50",
}


def transcript(chance: random.Random, number: int) -> dict[str, Any]:
    turns: list[dict[str, Any]] = []
    for turn in range(30):
        start = chance.randrange(len(WORDS) - 24)
        text = WORDS[start : start + 20]
        if turn == 0:
            text = EVERYWHERE + text
        if turn == 12 and number % 500 == 0:
            text += f"可以{RARE}"
        role = "customer" if turn % 2 else "agent"
        turns.append({"start": turn * 5.0, "end": turn * 5 + 4.0, "role": role, "text": text})
    return {"turns": turns, "folded": transcribing.folded(turns)}


def fill(session: Session, count: int, agent: int) -> None:
    chance = random.Random(1)
    version = add_scorecard(session).active
    assert version is not None
    shared = [transcript(chance, 1) for _ in range(400)]

    def rows() -> Iterator[tuple[dict[str, Any], ...]]:
        for n in range(1, count + 1):
            at = NOW - timedelta(minutes=chance.randrange(60 * 24 * 60))
            seconds = chance.randrange(20, 900)
            call = {
                "id": n, "key": f"C-{n:07}", "agent_id": agent + n % AGENTS, "started_at": at,
                "ended_at": at + timedelta(seconds=seconds), "seconds": seconds,
                "extension": str(8000 + n % AGENTS), "customer": f"139{n:08}",
                "direction": "in" if n % 9 else "out", "queue": ("退票", "改签", "儿童")[n % 3],
                "satisfaction": chance.choice((None, 1, 2, 3, 4, 5)), "consent": "yes",
                "data": {}, "added_at": at,
            }  # fmt: skip
            sound = {
                "call_id": n, "sha256": f"{n:064x}", "name": f"{n}.wav", "size": 9, "rate": 8000,
                "format": "WAV PCM 16", "channels": 2, "seconds": seconds, "state": "ready",
                "added_at": at,
            }  # fmt: skip
            said = transcript(chance, n) if n % 500 == 0 else shared[n % len(shared)]
            text = {"call_id": n, "source": "file", "added_at": at, **said}
            review = {
                "id": n, "call_id": n, "scorecard_id": version.scorecard_id,
                "version_id": version.id, "chosen": "random", "state": "finished", "scored": 1,
                "created_at": at, "finished_at": at, "worked": 60.0,
            }  # fmt: skip
            score = {
                "review_id": n, "number": 1, "cause": "review", "answers": {}, "result": {},
                "kernel": "1", "reported": chance.randrange(101), "at": at,
            }  # fmt: skip
            yield call, sound, text, review, score

    made = rows()
    while batch := list(islice(made, 2000)):
        calls, recordings, texts, reviews, scores = zip(*batch, strict=True)
        for table, part in ((Call, calls), (Recording, recordings), (Transcript, texts)):
            session.execute(insert(table), list(part))
        thirds = [n for n in range(len(batch)) if n % 3 == 0]
        session.execute(insert(Review), [reviews[n] for n in thirds])
        session.execute(insert(Score), [scores[n] for n in thirds])


def run(backend: str, count: int, times: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-calls-"))
    homes = Homes(folder / "homes")
    try:
        url = homes.database(backend, "cast", folder / "home")
        with opened(Settings(folder / "home", url, SEARCH, SECRET), Clock()) as services:
            world = World(services, Clock())
            began = time.perf_counter()
            with world.work(doing="bench.calls") as session:
                fill(session, count, world.person("agent").id)
            print(f"{count} calls made in {time.perf_counter() - began:.0f} s")
            began = time.perf_counter()
            keep_up(services.db, services.settings.index_folder)
            print(f"words indexed in {time.perf_counter() - began:.0f} s")
            app = create_app(services.settings, made=services)
            app.test_client_class = Client
            client = app.test_client()
            assert isinstance(client, Client)
            client.sign_in(world, "qa_lead")
            for name, query in QUERIES.items():
                wall, busy = measured(client, query, times)
                print(f"{name:<36}{wall:>9.0f} ms{busy:>9.0f} ms")
    finally:
        homes.close()
        shutil.rmtree(folder, ignore_errors=True)


def measured(client: Client, query: str, times: int) -> tuple[float, float]:
    """The medians on the clock and of the processor, in milliseconds."""
    wall, busy = [], []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(f"/qa/calls{query}")
        busy.append(1000 * (time.process_time() - worked))
        wall.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200, query
    return statistics.median(wall), statistics.median(busy)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--backend", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    run(given.backend, given.calls, given.times)
