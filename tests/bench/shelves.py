"""Many articles for a bench: given ones, or the demo centre's, cut up and put together anew."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from kb.articles import Edit
from kb.categories import ensure
from kb.formats import read_paths
from kb.library import Library
from kb.models import PUBLISHED, Article, Revision
from kb.records import Record
from tests.world import NOW

ROOT = Path(__file__).parents[2]
CENTRE = ROOT / "web" / "demo" / "articles"
QUESTIONS = ROOT / "tests" / "data" / "questions"
EDIT = Edit(None, NOW)
CHUNK = 1000
_SENTENCE = re.compile(r"(?<=[。！？\n])")


def articles(count: int, given: Sequence[Path] = ()) -> list[Record]:
    """The given files' articles, else the demo centre's; filled up to ``count`` by mixing them.

    A mixed article has sentences of about five others, so that it shares their words and is
    none of them. The same count gives the same articles.
    """
    paths = list(given) or [CENTRE]
    known = [item for item in read_paths(paths) if isinstance(item, Record)]
    return [*known[:count], *islice(_mixed(known), max(0, count - len(known)))]


def _mixed(known: Sequence[Record]) -> Iterator[Record]:
    chance, number = random.Random(20_26), 0
    pieces = [_SENTENCE.split(record.body) for record in known]
    while True:
        number += 1
        first = chance.randrange(len(known))
        parts = chance.sample(pieces, 5)
        body = "".join(
            "".join(chance.sample(part, min(len(part), 1 + len(part) // 4))) for part in parts
        )
        yield replace(
            known[first],
            key=f"mixed-{number}",
            title=f"{known[first].title}（{number}）",
            body=body.strip() or known[first].body,
            questions=(),
            audiences=(),
            effective_from=None,
            effective_to=None,
        )


def questions(given: Path | None = None) -> list[str]:
    """What is asked: the queries of a file, else those of the demo centre."""
    files = [given] if given else sorted(QUESTIONS.glob("*.jsonl"))
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return [json.loads(line)["query"] for line in lines if line.strip()]


def fill(library: Library, records: Sequence[Record]) -> None:
    """Publish the records, the quick way, and build the index."""
    for start in range(0, len(records), CHUNK):
        with library.writing() as session:
            for record in records[start : start + CHUNK]:
                session.add(
                    Article(
                        key=record.key,
                        created_at=NOW,
                        revisions=[
                            Revision(
                                number=1,
                                state=PUBLISHED,
                                title=record.title,
                                body=record.body,
                                kind=record.kind,
                                category=ensure(session, record.category),
                                tags=list(record.tags),
                                questions=list(record.questions),
                                audiences=list(record.audiences),
                                created_at=NOW,
                                changed_at=NOW,
                                published_at=NOW,
                            )
                        ],
                    )
                )
    library.rebuild()


def share(values: Sequence[float], part: float) -> float:
    """The value below which that part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
