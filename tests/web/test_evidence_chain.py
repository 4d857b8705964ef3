"""The chain of evidence: whatever is done to it shows, and nobody forks it."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from tests.processes import PROGRAM, environment, until
from tests.world import NOW, World
from web.db import SYSTEM, Database
from web.errors import FrozenTrace
from web.evidence import chain, verifying
from web.evidence.chain import GENESIS, Mark
from web.evidence.recorder import Sight, Who, append
from web.evidence.tables import ChainHead, Trace
from web.evidence.words import ANSWER, Place

# Pure


def links(count: int) -> list[dict[str, Any]]:
    """A chain of its own, without a database."""
    made: list[dict[str, Any]] = []
    previous = GENESIS
    for number in range(1, count + 1):
        link: dict[str, Any] = {
            "id": number,
            "at": NOW + timedelta(seconds=number),
            "act": "opened" if number % 2 else "copied",
            "surface": "article",
            "person_id": number % 5,
            "session_id": None,
            "call": f"C-{number}",
            "origin": "desk",
            "article_key": "refund-fee",
            "revision_number": 1,
            "revision_id": 1,
            "start": 0,
            "end": number,
            "condition": "开车前",
            "renderer": "1",
            "shown_sha": hashlib.sha256(str(number).encode()).hexdigest(),
            "source_sha": "a" * 64,
            "previous": previous,
        }
        previous = link["hash"] = chain.hashed(previous, chain.digest(link))
        made.append(link)
    return made


def head_of(made: list[dict[str, Any]]) -> Mark:
    return Mark(made[-1]["id"], made[-1]["hash"])


COUNT = 12
CHANGES = st.one_of(
    st.tuples(
        st.just("change"),
        st.integers(0, COUNT - 1),
        st.sampled_from([*chain.FIELDS[1:], "previous", "hash"]),
    ),
    st.tuples(st.just("delete"), st.integers(0, COUNT - 1), st.integers(1, 3)),
    st.tuples(st.just("swap"), st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)),
    st.tuples(st.just("insert"), st.integers(0, COUNT), st.booleans()),
)


def tampered(made: list[dict[str, Any]], change: tuple[str, int, Any]) -> list[dict[str, Any]]:
    how, at, more = change
    rows = [dict(row) for row in made]
    if how == "change":
        old = rows[at][more]
        rows[at][more] = (
            old + timedelta(microseconds=1)
            if isinstance(old, datetime)
            else old + 1
            if isinstance(old, int)
            else 7
            if old is None
            else old + "0"
        )
    elif how == "delete":
        del rows[at : at + more]
    elif how == "swap":
        rows[at], rows[more] = rows[more], rows[at]
        rows[at]["id"], rows[more]["id"] = rows[more]["id"], rows[at]["id"]
    else:  # a forged row, of right fingerprint or not, with all after it moved on
        forged = dict(
            made[0], id=at + 1, call="forged", previous=rows[at - 1]["hash"] if at else GENESIS
        )
        forged["hash"] = (
            chain.hashed(forged["previous"], chain.digest(forged)) if more else "f" * 64
        )
        for row in rows[at:]:
            row["id"] += 1
        rows.insert(at, forged)
    return rows


@given(st.lists(CHANGES, min_size=1, max_size=4))
def test_any_tampering_is_caught(changes: list[tuple[str, int, Any]]) -> None:
    """Fields changed, rows deleted, swapped and inserted, in any mixture."""
    made = links(COUNT)
    rows = made
    for change in changes:
        if rows and change[1] < len(rows) + (change[0] == "insert"):
            if change[0] == "swap" and change[2] >= len(rows):
                continue
            rows = tampered(rows, change)
    verdict = chain.verify(sorted(rows, key=lambda r: r["id"]), head=head_of(made))
    assert verdict.ok == (rows == made)


def test_an_untouched_chain_verifies_and_says_how_far() -> None:
    made = links(COUNT)
    verdict = chain.verify(made, head=head_of(made), anchors=[Mark(5, made[4]["hash"])])
    assert (verdict.ok, verdict.checked, verdict.first, verdict.last) == (True, COUNT, 1, COUNT)
    assert verdict.hash == made[-1]["hash"]
    assert chain.verify([], head=None).ok


def test_each_tampering_is_named_by_its_place_alone() -> None:
    made = links(COUNT)

    def named(change: tuple[str, int, Any]) -> list[tuple[str, int]]:
        rows = sorted(tampered(made, change), key=lambda r: r["id"])
        return [(f.kind, f.number) for f in chain.verify(rows, head=head_of(made)).faults]

    assert named(("change", 3, "call")) == [("changed", 4)]
    assert named(("delete", 3, 2)) == [("missing", 4)]
    assert named(("delete", COUNT - 1, 1)) == [("end", COUNT)]
    assert {number for _, number in named(("swap", 2, 6))} == {3, 4, 7, 8}
    assert ("broken", 6) in named(("insert", 4, True))


def test_a_chain_made_anew_from_some_row_on_does_not_fit_an_earlier_anchor() -> None:
    """Who may write the database may make all hashes anew; what was exported is out of reach."""
    made = links(COUNT)
    forged = [dict(row) for row in made]
    forged[3]["call"] = "another"
    previous = forged[2]["hash"]
    for row in forged[3:]:
        row["previous"] = previous
        previous = row["hash"] = chain.hashed(previous, chain.digest(row))
    assert chain.verify(forged, head=head_of(forged)).ok
    verdict = chain.verify(forged, head=head_of(forged), anchors=[Mark(6, made[5]["hash"], "昨天")])
    assert [(f.kind, f.number) for f in verdict.faults] == [("anchor", 6)]
    cut = chain.verify(made[:4], head=head_of(made[:4]), anchors=[Mark(6, made[5]["hash"])])
    assert [(f.kind, f.number) for f in cut.faults] == [("anchor", 6)]


def test_a_stretch_can_be_checked_by_who_sees_only_the_digests_of_the_rest() -> None:
    """As the export says: hash = SHA-256(hash before + digest), both as hexadecimal text."""
    made = links(4)
    current = GENESIS
    for row in made:
        seen = json.dumps(
            chain.plain(row), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        digest = hashlib.sha256(seen.encode()).hexdigest()
        current = hashlib.sha256((current + digest).encode()).hexdigest()
    assert current == made[-1]["hash"]


# In the database


def sight(world: World, who: str = "agent", *, call: str = "", act: str = "opened") -> Sight:
    person = Who(world.person(who).id, None, call, "desk")
    return Sight(world.clock(), act, person, "refund-fee", 1, Place(ANSWER, 0, 18), "c" * 64)


def tie(world: World, count: int = 1, **more: str) -> None:
    for _ in range(count):
        with world.work("agent", "evidence.note") as session:
            append(session, [sight(world, **more)])


def verdict(world: World) -> chain.Verdict:
    with world.reading() as session:
        return verifying.verify_chain(session)


def raw(world: World, statement: str, **values: Any) -> None:
    with world.services.db.engine.execution_options(write=True).begin() as connection:
        connection.execute(text(statement), values)


def test_traces_count_from_one_and_verify(world: World) -> None:
    tie(world, 3)
    found = verdict(world)
    assert (found.ok, found.checked, found.last) == (True, 3, 3)


@pytest.mark.parametrize(
    "statement, kind, number",
    [
        ("update evidence set call = 'other' where id = 2", "changed", 2),
        ("update evidence set at = '2026-11-22 01:00:00.000000' where id = 2", "changed", 2),
        ("delete from evidence where id = 2", "missing", 2),
        ("delete from evidence where id = 4", "end", 4),
        ("update evidence_head set hash = 'x' where id = 1", "end", 4),
        ("update evidence set id = 9 where id = 2", "missing", 2),
    ],
)
def test_tampering_past_the_program_is_named(
    world: World, statement: str, kind: str, number: int
) -> None:
    tie(world, 4)
    raw(world, statement)
    found = verdict(world)
    assert (kind, number) in [(fault.kind, fault.number) for fault in found.faults]


def test_writing_goes_on_after_tampering_and_the_fault_stays_visible(world: World) -> None:
    tie(world, 3)
    raw(world, "delete from evidence where id = 3")
    tie(world, 2)
    assert [(f.kind, f.number) for f in verdict(world).faults] == [("missing", 3)]
    copy = "insert into evidence select id + 3, " + ", ".join(
        f'"{c.name}"' for c in Trace.__table__.columns if c.name != "id"
    )
    raw(world, copy + " from evidence where id = 5")
    tie(world, 1)
    assert {f.number for f in verdict(world).faults} >= {3, 8}


def test_a_trace_cannot_be_changed_or_deleted_through_the_orm(world: World) -> None:
    tie(world)
    with pytest.raises(FrozenTrace), world.work() as session:
        session.get_one(Trace, 1).call = "other"
    with pytest.raises(FrozenTrace), world.work() as session:
        session.delete(session.get_one(Trace, 1))
    for statement in (update(Trace).values(call="x"), delete(Trace)):
        with pytest.raises(FrozenTrace), world.work() as session:
            session.execute(statement)
    assert verdict(world).ok


def test_many_threads_tie_one_chain(world: World) -> None:
    """Each through a connection of its own, as requests do."""
    one, failures = sight(world), []

    def write() -> None:
        try:
            for _ in range(8):
                with world.services.db.work(SYSTEM, "evidence.note") as session:
                    append(session, [one])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = verdict(world)
    assert (found.ok, found.checked) == (True, 32)


def _write(url: str, one: Sight, count: int) -> None:
    db = Database(url)
    for _ in range(count):
        with db.work(SYSTEM, "evidence.note") as session:
            append(session, [one])
    db.dispose()


def test_several_processes_tie_one_chain(world: World) -> None:
    url, one = world.services.settings.database_url, sight(world)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(url, one, 8)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    found = verdict(world)
    assert (found.ok, found.checked) == (True, 16)


def test_a_killed_writer_leaves_a_chain_that_verifies(world: World) -> None:
    """Killed in the middle of its writing; the next one goes on."""
    program = (
        "import sys\n"
        "from tests.web.test_evidence_chain import _write\n"
        "from web.evidence.recorder import Sight, Who\n"
        "from web.evidence.words import ANSWER, Place\n"
        "from tests.world import NOW\n"
        f"who = Who({world.person('agent').id}, None, '', 'desk')\n"
        "one = Sight(NOW, 'opened', who, 'refund-fee', 1, Place(ANSWER, 0, 18), 'c' * 64)\n"
        "_write(sys.argv[1], one, 100_000)\n"
    )
    settings = world.services.settings
    command = [PROGRAM[0], "-c", program, settings.database_url]
    process = subprocess.Popen(command, env=environment(settings))
    until(lambda: verdict(world).checked > 20, "traces are written")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert verdict(world).ok
    tie(world)
    assert verdict(world).ok


def test_the_head_says_where_the_chain_ends(world: World) -> None:
    tie(world, 2)
    with world.reading() as session:
        last = session.scalars(select(Trace).order_by(Trace.id.desc())).first()
        head = session.get_one(ChainHead, 1)
        assert last is not None
        assert (head.last, head.hash) == (2, last.hash)
        assert last.at == NOW.astimezone(UTC)
