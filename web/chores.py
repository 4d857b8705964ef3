"""What the kinds of jobs do, and what people call them."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kb.library import Library
from kb.storage import Storage
from qa import live
from qa.tables import Recording

from . import (
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
from .jobs import enqueue_measuring, enqueue_suggesting, finish
from .models import Job
from .services import Services

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


def run(workshop: Workshop, job: Job) -> None:
    """Do a claimed job and record how it ended."""
    try:
        KINDS[job.kind](workshop, job.payload)
    except Exception:
        log.exception("job failed", extra={"job": job.id, "kind": job.kind})
        finish(workshop.db, job, traceback.format_exc(limit=-8))
    else:
        finish(workshop.db, job, "")
