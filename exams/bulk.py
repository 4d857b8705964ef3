"""Many questions changed at once: difficulty, topics, grade, in use or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kb.errors import InvalidContent

from .kept import question_of, revise
from .questions import DIFFICULTIES
from .reading import MAX_NAME, MAX_PARTS
from .refreshing import follow
from .reviewing import retire, revive
from .tables.bank import BankQuestion

MOST_GRADE = 20


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for; None leaves as it is. ``state``: ``retire`` or ``revive``."""

    difficulty: str | None = None
    grade: str | None = None
    add: str = ""
    remove: str = ""
    state: str = ""


def apply(
    session: Session,
    rows: Iterable[BankQuestion],
    change: Change,
    person_id: int | None,
    at: datetime,
) -> int:
    """All or nothing; returns how many are another now. Raises InvalidContent."""
    _check(change)
    return sum(_one(session, row, change, person_id, at) for row in rows)


def _check(change: Change) -> None:
    if change.difficulty and change.difficulty not in DIFFICULTIES:
        raise InvalidContent("difficulty", "难度只有易、中、难。")
    if change.grade is not None and len(change.grade) > MOST_GRADE:
        raise InvalidContent("grade", f"适用等级最多 {MOST_GRADE} 个字。")
    if len(change.add) > MAX_NAME or "\n" in change.add:
        raise InvalidContent("topic", f"知识点写一行，最多 {MAX_NAME} 个字。")


def _one(
    session: Session, row: BankQuestion, change: Change, person_id: int | None, at: datetime
) -> bool:
    was = (row.state, row.grade)
    question = question_of(row.latest)
    topics = [topic for topic in question.topics if topic != change.remove]
    if change.add and change.add not in topics:
        topics.append(change.add)
    if len(topics) > MAX_PARTS:
        raise InvalidContent("topic", f"“{row.key}”的知识点太多了。")
    difficulty = question.difficulty if change.difficulty is None else change.difficulty
    asked = replace(question, difficulty=difficulty, topics=tuple(topics))
    changed = asked != question and revise(session, row, asked, person_id, at, "批量修改")
    if change.grade is not None:
        row.grade = change.grade
    if change.state == "retire":
        retire(session, row)
    elif change.state == "revive":
        revive(session, row)
        follow(session, row, at)
    session.flush()
    return changed or was != (row.state, row.grade)
