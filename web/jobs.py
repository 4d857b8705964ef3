"""Work outside requests as rows of a table: asked for, claimed by conditional update, finished.

What the kinds do is in ``chores``, what is asked for again and again in ``rounds``, and who does
it in ``workers``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from qa import recordings
from qa.tables import Recording

from .db import SYSTEM, Database
from .models import Job

LEASE = timedelta(minutes=30)
"""A job whose worker was killed is taken up again after this."""
MAX_ATTEMPTS = 6
"""Counted when a job is claimed, so that one that kills its worker runs out of them as well."""
LOST = (
    "WorkerLost: 做这个任务的进程每次都没有做完就中断了，已经不再重试。多半是内存不够，"
    "或者进程被强行结束：请看服务器日志，排除以后再重试。"
)
"""What is kept of a job whose workers all went without a word."""
OVERDUE = timedelta(minutes=5)
"""A job that waits longer past its time has nobody to do it."""
KEEP_DONE = timedelta(days=7)

log = logging.getLogger("zhixi.jobs")


def backoff(attempts: int) -> timedelta:
    """The wait after so many failed tries: 2, 4, 8 … seconds, at most an hour."""
    return min(timedelta(seconds=2**attempts), timedelta(hours=1))


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any] | None = None,
    *,
    at: datetime | None = None,
) -> Job:
    """Ask for a job in the transaction that makes it necessary."""
    now = datetime.now(UTC)
    job = Job(kind=kind, payload=dict(payload or {}), run_at=at or now, created_at=now)
    session.add(job)
    session.flush()
    return job


def enqueue_once(session: Session, kind: str) -> None:
    """Ask for a job unless one that has not begun is waiting already."""
    waiting = select(Job.id).where(Job.kind == kind, Job.state == "waiting")
    if session.scalar(waiting.limit(1)) is None:
        enqueue(session, kind)


def enqueue_measuring(session: Session, recording: Recording) -> Job:
    """Ask for a recording to be measured, for the first time or again."""
    recordings.begin(recording)
    return enqueue(session, "qa.measure", {"recording": recording.id})


def enqueue_suggesting(session: Session, calls: Iterable[int]) -> None:
    """Ask for the automatic checks of calls: a review was made, or there is more to look at."""
    if ids := sorted(set(calls)):
        enqueue(session, "qa.suggest", {"calls": ids})


def retry(session: Session, job: Job, at: datetime) -> None:
    """Put a failed job back in the queue with a fresh count of tries."""
    if job.state == "failed":
        job.state, job.attempts, job.run_at, job.finished_at = "waiting", 0, at, None


def claim(db: Database, worker: str, now: datetime) -> Job | None:
    """Take the next job that is due, or one whose worker died; None when there is none."""
    lost = and_(Job.state == "running", Job.claimed_until < now)
    due = or_(and_(Job.state == "waiting", Job.run_at <= now), lost)
    with db.reading() as session:
        candidates = session.execute(
            select(Job.id, and_(lost, Job.attempts >= MAX_ATTEMPTS))
            .where(due)
            .order_by(Job.run_at, Job.id)
            .limit(5)
        ).all()
    for job_id, spent in candidates:
        if spent:
            _give_up(db, job_id, now)
            continue
        with db.work(SYSTEM, "jobs.claim") as session:
            claimed = session.execute(
                update(Job)
                .where(Job.id == job_id, due, Job.attempts < MAX_ATTEMPTS)
                .values(
                    state="running",
                    attempts=Job.attempts + 1,
                    claimed_by=worker,
                    claimed_until=now + LEASE,
                )
            )
            if claimed.rowcount == 1:  # else another worker got there first
                return session.get_one(Job, job_id)
    return None


def _give_up(db: Database, job_id: int, now: datetime) -> None:
    """End a job that took every worker with it; harmless where another has done so."""
    with db.work(SYSTEM, "jobs.give_up") as session:
        session.execute(
            update(Job)
            .where(
                Job.id == job_id,
                Job.state == "running",
                Job.claimed_until < now,
                Job.attempts >= MAX_ATTEMPTS,
            )
            .values(
                state="failed",
                error=LOST,
                finished_at=now,
                claimed_by=None,
                claimed_until=None,
            )
        )
    log.error("job given up: its workers all died", extra={"job": job_id})


def finish(db: Database, job: Job, error: str) -> None:
    """Record how a claimed job ended; with an error it is tried again, or has failed for good."""
    now = datetime.now(UTC)
    with db.work(SYSTEM, "jobs.finish") as session:
        row = session.get_one(Job, job.id)
        if row.claimed_by != job.claimed_by:
            return  # the lease ran out and another worker has it now
        row.error, row.claimed_by, row.claimed_until = error[-8000:], None, None
        if not error:
            row.state, row.finished_at = "done", now
        elif row.attempts < MAX_ATTEMPTS:
            row.state, row.run_at = "waiting", now + backoff(row.attempts)
        else:
            row.state, row.finished_at = "failed", now


def tidy(session: Session, at: datetime) -> None:
    """Jobs that were done long ago go."""
    session.execute(delete(Job).where(Job.state == "done", Job.finished_at < at - KEEP_DONE))
