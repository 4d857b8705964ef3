"""Jobs: asked for in a transaction, done once, tried again, and never lost with their worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kb import changes
from web import chores, jobs
from web.chores import Workshop, run
from web.db import SYSTEM, Database
from web.job_words import why
from web.jobs import LEASE, MAX_ATTEMPTS, backoff, claim, enqueue
from web.models import Job
from web.services import Services
from web.workers import Worker

from ..world import REFUND, World


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the jobs of the kind ``test.note`` noted; ``test.fail`` always fails."""
    noted: list[int] = []

    def note(workshop: Workshop, payload: Mapping[str, Any]) -> None:
        noted.append(payload["number"])

    def fail(workshop: Workshop, payload: Mapping[str, Any]) -> None:
        raise RuntimeError("这个任务总是失败")

    monkeypatch.setattr(chores, "KINDS", {**chores.KINDS, "test.note": note, "test.fail": fail})
    return noted


@pytest.fixture
def workshop(services: Services) -> Workshop:
    return Workshop.of(services)


def ask(db: Database, kind: str, number: int = 0, at: datetime | None = None) -> int:
    with db.work(SYSTEM, "test") as session:
        return enqueue(session, kind, {"number": number}, at=at).id


def state(db: Database, job_id: int) -> Job:
    with db.reading() as session:
        return session.get_one(Job, job_id)


def all_jobs(db: Database) -> Iterator[Job]:
    with db.reading() as session:
        yield from session.scalars(select(Job).order_by(Job.id))


def test_a_job_is_done_once(workshop: Workshop, done: list[int]) -> None:
    job = ask(workshop.db, "test.note", 7)
    worker = Worker(workshop)
    assert worker.tick()
    assert not worker.tick()
    assert done == [7]
    assert state(workshop.db, job).state == "done"
    assert state(workshop.db, job).finished_at is not None


def test_a_job_asked_for_by_work_that_failed_does_not_exist(workshop: Workshop) -> None:
    with pytest.raises(ZeroDivisionError), workshop.db.work(SYSTEM, "test") as session:
        enqueue(session, "kb.sync")
        raise ZeroDivisionError
    assert list(all_jobs(workshop.db)) == []


def test_a_job_waits_for_its_time(workshop: Workshop, done: list[int]) -> None:
    ask(workshop.db, "test.note", 1, at=datetime.now(UTC) + timedelta(hours=1))
    assert not Worker(workshop).tick()
    assert done == []


def test_jobs_that_are_due_come_in_the_order_of_their_time(
    workshop: Workshop, done: list[int]
) -> None:
    now = datetime.now(UTC)
    for number, minutes in ((1, 1), (2, 3), (3, 2)):
        ask(workshop.db, "test.note", number, at=now - timedelta(minutes=minutes))
    worker = Worker(workshop)
    while worker.tick():
        pass
    assert done == [2, 3, 1]


def test_many_workers_never_do_the_same_job(workshop: Workshop) -> None:
    for number in range(24):
        ask(workshop.db, "test.note", number)
    claimed: list[int] = []
    failures: list[Exception] = []

    def take(name: str) -> None:
        try:
            while job := claim(workshop.db, name, datetime.now(UTC)):
                claimed.append(job.id)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=take, args=(f"worker {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A worker whose five candidates were all taken meanwhile goes home early; the last
    # one to look finds the rest.
    take("the last")
    assert failures == []
    assert sorted(claimed) == [job.id for job in all_jobs(workshop.db)]


def test_a_failure_is_kept_with_its_reason_and_tried_again_later(
    workshop: Workshop, done: list[int]
) -> None:
    job = ask(workshop.db, "test.fail")
    before = datetime.now(UTC)
    Worker(workshop).tick()
    kept = state(workshop.db, job)
    assert (kept.state, kept.attempts) == ("waiting", 1)
    assert "这个任务总是失败" in kept.error
    assert kept.run_at >= before + backoff(1)
    assert kept.claimed_by is None


def test_a_job_that_keeps_failing_is_given_up_and_can_be_put_back(
    workshop: Workshop, done: list[int]
) -> None:
    job = ask(workshop.db, "test.fail")
    now = datetime.now(UTC)
    for _ in range(MAX_ATTEMPTS):
        now += timedelta(hours=2)
        claimed = claim(workshop.db, "worker", now)
        assert claimed is not None
        run(workshop, claimed)
    assert state(workshop.db, job).state == "failed"
    assert claim(workshop.db, "worker", now + timedelta(days=1)) is None
    with workshop.db.work(SYSTEM, "jobs.retry") as session:
        jobs.retry(session, session.get_one(Job, job), now)
    assert (state(workshop.db, job).state, state(workshop.db, job).attempts) == ("waiting", 0)


def test_a_job_whose_worker_died_is_taken_up_by_another(
    workshop: Workshop, done: list[int]
) -> None:
    """A killed worker says nothing: its claim runs out."""
    ask(workshop.db, "test.note", 5)
    now = datetime.now(UTC)
    assert claim(workshop.db, "dead", now) is not None
    assert claim(workshop.db, "other", now + LEASE / 2) is None
    taken = claim(workshop.db, "other", now + LEASE + timedelta(seconds=1))
    assert taken is not None
    run(workshop, taken)
    assert done == [5]


def test_a_job_that_kills_its_worker_each_time_is_given_up_with_its_reason(
    workshop: Workshop, done: list[int]
) -> None:
    job, now = ask(workshop.db, "test.note", 3), datetime.now(UTC)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        killed = claim(workshop.db, f"worker {attempt}", now)
        assert killed is not None
        assert killed.attempts == attempt
        now += LEASE + timedelta(seconds=1)
    ask(workshop.db, "test.note", 4)
    other = claim(workshop.db, "healthy", now)
    assert other is not None  # what killed six does not stand in the way of the next
    assert other.payload == {"number": 4}
    kept = state(workshop.db, job)
    assert (kept.state, kept.attempts, kept.finished_at) == ("failed", MAX_ATTEMPTS, now)
    assert (kept.claimed_by, kept.claimed_until) == (None, None)
    assert why(kept.error).startswith("做这个任务的进程每次都没有做完就中断了")
    run(workshop, killed)  # one that was only slow does not decide any more
    assert state(workshop.db, job).state == "failed"
    with workshop.db.work(SYSTEM, "jobs.retry") as session:
        jobs.retry(session, session.get_one(Job, job), now)
    again = claim(workshop.db, "worker", now)
    assert again is not None
    assert (again.id, again.attempts) == (job, 1)


def test_the_last_attempt_may_take_its_whole_time(workshop: Workshop, done: list[int]) -> None:
    job, now = ask(workshop.db, "test.note", 3), datetime.now(UTC)
    for _ in range(MAX_ATTEMPTS):
        last = claim(workshop.db, "worker", now)
        now += LEASE + timedelta(seconds=1)
    assert last is not None
    assert claim(workshop.db, "other", now - timedelta(minutes=1)) is None
    run(workshop, last)
    assert state(workshop.db, job).state == "done"


def test_a_worker_that_lost_its_claim_does_not_decide_the_outcome(
    workshop: Workshop, done: list[int]
) -> None:
    ask(workshop.db, "test.fail")
    now = datetime.now(UTC)
    slow = claim(workshop.db, "slow", now)
    quick = claim(workshop.db, "quick", now + LEASE + timedelta(seconds=1))
    assert slow is not None
    assert quick is not None
    run(workshop, slow)
    kept = state(workshop.db, quick.id)
    assert (kept.state, kept.claimed_by, kept.error) == ("running", "quick", "")


def test_an_edit_reaches_the_index_without_anybody_asking(world: World) -> None:
    with world.work("editor", "kb.write") as session:
        changes.note(session, [world.article(REFUND.key).id])
    worker = Worker(Workshop.of(world.services))
    while worker.tick():
        pass
    with world.reading() as session:
        assert changes.backlog(session) == 0
    assert {job.kind: job.state for job in all_jobs(world.services.db)}["kb.sync"] == "done"


def test_a_stopped_worker_ends_its_loop(workshop: Workshop, done: list[int]) -> None:
    ask(workshop.db, "test.note", 1)
    worker = Worker(workshop)
    thread = threading.Thread(target=worker.loop)
    thread.start()
    worker.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_the_wait_doubles_and_never_exceeds_an_hour() -> None:
    waits = [backoff(attempts) for attempts in range(1, 20)]
    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)
