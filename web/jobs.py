"""Work outside requests: rows of a table, claimed by conditional update, tried again on failure."""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from kb import changes, gapbook
from kb.library import Library
from kb.storage import Storage
from qa import live, recordings
from qa.tables import Recording

from . import (
    attempt_ends,
    call_words,
    course_keeping,
    exam_repeats,
    gapwatch,
    qa_suggesting,
    question_making,
    regrading,
    sounds,
)
from .db import SYSTEM, Database
from .evidence import verifying
from .models import Job
from .services import Services

LEASE = timedelta(minutes=30)
"""A job whose worker was killed is taken up again after this."""
MAX_ATTEMPTS = 6
"""Counted when a job is claimed, so that one that kills its worker runs out of them as well."""
LOST = (
    "WorkerLost: 做这个任务的进程每次都没有做完就中断了，已经不再重试。多半是内存不够，"
    "或者进程被强行结束：请看服务器日志，排除以后再重试。"
)
"""What is kept of a job whose workers all went without a word."""
POLL_SECONDS = 0.5
OVERDUE = timedelta(minutes=5)
"""A job that waits longer past its time has nobody to do it."""
KEEP_DONE = timedelta(days=7)
WORDS_SECONDS = 20
"""How often new transcripts are looked for; until then they are searched one by one."""
RETAIN_SECONDS = 3600
"""How often recordings are looked at whose time may be over."""
EXPIRE_SECONDS = 3
"""How often exams are looked at whose time may be over."""
REPEAT_SECONDS = 60
"""How often exams are looked at that make today's by themselves."""
GAPS_SECONDS = 600
"""How often gaps are looked at that no publication closes: a text begins to hold, or a synonym
helps."""

log = logging.getLogger("zhixi.jobs")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a job may use."""

    db: Database
    library: Library
    recordings: Storage
    recogniser: str = ""
    lessons: Storage | None = None

    @classmethod
    def of(cls, services: Services) -> Workshop:
        setting = services.settings.recogniser
        kept = services.recordings
        return cls(services.db, services.library, kept, setting, services.lessons)


def _sync(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    workshop.library.sync()
    gapwatch.settle(workshop.db, workshop.library)  # what was published may answer some
    question_making.settle(workshop.db, workshop.library.clock())  # or change what is asked


def _rebuild(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    workshop.library.rebuild()


def _verify_evidence(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    verifying.run(workshop.db, payload)


def _settle_gaps(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    gapwatch.settle(workshop.db, workshop.library)


def _measure(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    at = workshop.library.clock()
    sounds.measure(workshop.db, workshop.recordings, payload["recording"], at)
    with workshop.db.reading() as session:
        row = session.get(Recording, payload["recording"])
    if row is not None and row.figures is not None:  # its checks have something new to look at
        with workshop.db.work(SYSTEM, "qa.suggest") as session:
            enqueue_suggesting(session, [row.call_id])


def _suggest(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    qa_suggesting.run(workshop.db, payload["calls"], workshop.library.clock())


def _transcribe(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    id, at = payload["recording"], workshop.library.clock()
    if sounds.transcribe(workshop.db, workshop.recordings, id, workshop.recogniser, at):
        with workshop.db.work(SYSTEM, "qa.remeasure") as session:  # the speech rate is known now
            enqueue_measuring(session, session.get_one(Recording, id))


def _remeasure(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    with workshop.db.reading() as session:
        ids = list(sounds.outdated(session, workshop.recordings))
    for start in range(0, len(ids), sounds.BATCH):
        with workshop.db.work(SYSTEM, "qa.remeasure") as session:
            for id in ids[start : start + sounds.BATCH]:
                enqueue_measuring(session, session.get_one(Recording, id))


def _take_in_words(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    call_words.keep_up(workshop.db, workshop.library.folder)


def _retain(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    at = workshop.library.clock()
    sounds.retain(workshop.db, workshop.recordings, at)
    with workshop.db.work(SYSTEM, "qa.forget") as session:
        live.forget(session, at)


def _generate(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    question_making.make(workshop.db, payload["articles"], workshop.library.clock())


def _keep_courses(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    if workshop.lessons is not None:
        course_keeping.keep_up(workshop.db, workshop.lessons, workshop.library.clock())


def _settle_questions(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    question_making.settle(workshop.db, workshop.library.clock())


def _regrade(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    regrading.run(workshop.db, payload["correction"], workshop.library.clock())


def _repeat_exams(workshop: Workshop, payload: Mapping[str, Any]) -> None:
    exam_repeats.run(workshop.db, workshop.library.clock())


KINDS: Mapping[str, Callable[[Workshop, Mapping[str, Any]], None]] = {
    "kb.sync": _sync,
    "kb.rebuild": _rebuild,
    "kb.gaps": _settle_gaps,
    "evidence.verify": _verify_evidence,
    "exams.courses": _keep_courses,
    "exams.generate": _generate,
    "exams.repeat": _repeat_exams,
    "exams.stale": _settle_questions,
    "exams.regrade": _regrade,
    "qa.measure": _measure,
    "qa.remeasure": _remeasure,
    "qa.retain": _retain,
    "qa.transcribe": _transcribe,
    "qa.words": _take_in_words,
    "qa.suggest": _suggest,
}
NAMES: Mapping[str, str] = {
    "kb.sync": "更新检索索引",
    "kb.rebuild": "重建检索索引",
    "kb.gaps": "看缺口有没有答案",
    "evidence.verify": "核验证据链",
    "exams.courses": "给新进班组的人布置课程，清理没有用的视频和音频",
    "exams.generate": "由文章出题",
    "exams.repeat": "生成当天的重复考试",
    "exams.stale": "看试题过时没有",
    "exams.regrade": "重新判分",
    "qa.measure": "测量录音",
    "qa.remeasure": "按新的门槛重新测量录音",
    "qa.retain": "删除过了保存期的录音和电话事件",
    "qa.transcribe": "自动转写录音",
    "qa.words": "更新通话里说过的话的索引",
    "qa.suggest": "自动检查通话",
}


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


def run(workshop: Workshop, job: Job) -> None:
    """Do a claimed job and record how it ended."""
    try:
        KINDS[job.kind](workshop, job.payload)
    except Exception:
        log.exception("job failed", extra={"job": job.id, "kind": job.kind})
        _finish(workshop.db, job, traceback.format_exc(limit=-8))
    else:
        _finish(workshop.db, job, "")


def _finish(db: Database, job: Job, error: str) -> None:
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


class Worker:
    """Runs jobs until told to stop, and makes the jobs that recur."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.name = f"{os.uname().nodename}:{os.getpid()}:{threading.get_ident()}"
        self.stopping = threading.Event()
        self._gaps_at = time.monotonic() + GAPS_SECONDS
        self._retain_at = time.monotonic() + RETAIN_SECONDS
        self._words_at = time.monotonic()
        self._expire_at = time.monotonic()
        self._repeat_at = time.monotonic()

    def loop(self) -> None:
        while not self.stopping.is_set():
            try:
                worked = self.tick()
            except Exception:  # a lost database must not end the worker
                log.exception("worker stumbled")
                worked = False
            if not worked:
                self.stopping.wait(POLL_SECONDS)

    def tick(self) -> bool:
        """Do one job if one is due; says whether it did."""
        self._make_recurring()
        self._look_at_gaps()
        self._look_at_recordings()
        self._look_at_words()
        self._look_at_exams()
        self._look_at_repeats()
        job = claim(self.workshop.db, self.name, datetime.now(UTC))
        if job is None:
            return False
        run(self.workshop, job)
        return True

    def _look_at_gaps(self) -> None:
        if time.monotonic() < self._gaps_at:
            return
        self._gaps_at = time.monotonic() + GAPS_SECONDS
        with self.workshop.db.reading() as session:
            waiting = bool(gapbook.taken_up(session))
        if waiting:
            with self.workshop.db.work(SYSTEM, "jobs.recur") as session:
                enqueue_once(session, "kb.gaps")

    def _look_at_recordings(self) -> None:
        if time.monotonic() < self._retain_at:
            return
        self._retain_at = time.monotonic() + RETAIN_SECONDS
        with self.workshop.db.work(SYSTEM, "jobs.recur") as session:
            enqueue_once(session, "qa.retain")
            enqueue_once(session, "exams.courses")
            enqueue_once(session, "exams.stale")  # texts also begin and end by themselves

    def _look_at_words(self) -> None:
        if time.monotonic() < self._words_at:
            return
        self._words_at = time.monotonic() + WORDS_SECONDS
        with self.workshop.db.reading() as session:
            behind = call_words.behind(session, self.workshop.library.folder)
        if behind:
            with self.workshop.db.work(SYSTEM, "jobs.recur") as session:
                enqueue_once(session, "qa.words")

    def _look_at_exams(self) -> None:
        if time.monotonic() >= self._expire_at:
            self._expire_at = time.monotonic() + EXPIRE_SECONDS
            attempt_ends.settle(self.workshop.db, self.workshop.library.clock())

    def _look_at_repeats(self) -> None:
        if time.monotonic() < self._repeat_at:
            return
        self._repeat_at = time.monotonic() + REPEAT_SECONDS
        if exam_repeats.waiting(self.workshop.db, self.workshop.library.clock()):
            with self.workshop.db.work(SYSTEM, "jobs.recur") as session:
                enqueue_once(session, "exams.repeat")

    def stop(self) -> None:
        self.stopping.set()

    def _make_recurring(self) -> None:
        with self.workshop.db.reading() as session:
            waiting = changes.backlog(session) > 0
            queued = session.scalar(
                select(Job.id).where(Job.kind == "kb.sync", Job.state.in_(("waiting", "running")))
            )
        if waiting and queued is None:
            with self.workshop.db.work(SYSTEM, "jobs.recur") as session:
                enqueue(session, "kb.sync")
                session.execute(
                    delete(Job).where(
                        Job.state == "done", Job.finished_at < datetime.now(UTC) - KEEP_DONE
                    )
                )
