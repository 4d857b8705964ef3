"""Question files on their way in: kept until somebody has seen what would come."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from exams import bank_search, formats, kept
from exams.errors import UnknownFormat
from exams.formats import Report
from exams.questions import Question
from kb.gate import Viewer
from kb.storage import Files, is_hash

from .services import Services

LARGEST = 20 * 1024 * 1024
"""Bytes of a file of questions."""

KEPT_SECONDS = 24 * 3600
"""How long a file waits for somebody to say yes."""


def waiting(services: Services) -> Files:
    """Where files wait."""
    return Files(services.settings.home / "question_files")


def put(services: Services, data: bytes) -> str:
    """Keep a file that came; its name there. Old ones that nobody took are let go."""
    store = waiting(services)
    limit = time.time() - KEPT_SECONDS
    for name, at in list(store.all()):
        if at < limit:
            store.delete(name)
    return store.put(io.BytesIO(data)).sha256


def get(services: Services, name: str) -> bytes | None:
    """The file of that name; None where there is none any more."""
    store = waiting(services)
    if not is_hash(name) or not store.exists(name):
        return None
    with store.open(name) as file:
        return file.read()


def read(data: bytes, name: str, format: str) -> Report:
    """What a file holds; a format that is not known is an error of the report."""
    try:
        return formats.read(data, name, format)
    except UnknownFormat as wrong:
        report = Report()
        report.wrong(None, str(wrong))
        return report


def refuse_hidden(session: Session, viewer: Viewer, report: Report) -> None:
    """Make a fault of each question whose key belongs to one that the viewer may not see: its
    text would be replaced by somebody who cannot know what it was."""
    there = kept.of_keys(session, (question.key for question in report.imported))
    ids = [version.id for row in there.values() for version in row.versions]
    known = {row.id for row in bank_search.of_versions(session, viewer, ids).values()}
    for key, row in there.items():
        if row.id not in known:
            report.wrong(key, f"编号“{key[:60]}”不能用，请换一个编号再导入。")


@dataclass(frozen=True, slots=True)
class Coming:
    """A question of a file and what keeping it would do: ``added``, ``revised``, ``unchanged``."""

    question: Question
    what: str


def coming(session: Session, questions: Iterable[Question]) -> list[Coming]:
    """What would become of each question of a file; topics are compared as they are kept."""
    asked = list(questions)
    there = kept.of_keys(session, (question.key for question in asked))
    found = []
    for question in asked:
        row = there.get(question.key)
        if row is None:
            what = "added"
        else:
            now = kept.question_of(row.latest)
            same = question == now or (not question.topics and _bare(question) == _bare(now))
            what = "unchanged" if same else "revised"
        found.append(Coming(question, what))
    return found


def _bare(question: Question) -> dict[str, object]:
    return {name: value for name, value in question.as_dict().items() if name != "topics"}
