"""Whether everybody who is invited can be given a paper, asked before an exam is published."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.gate import Viewer
from kb.models import PUBLISHED, Revision

from . import drawing
from .errors import PoolTooSmall
from .feasibility import NOBODY
from .tables.bank import BankQuestion
from .tables.papers import Paper
from .takers import Taker


@dataclass(frozen=True, slots=True)
class Shortage:
    """``people`` of a grade for whom the paper cannot be drawn, and why."""

    grade: str
    people: tuple[int, ...]
    why: str


def shortages(
    session: Session, paper: Paper, takers: Collection[Taker], at: datetime
) -> list[Shortage]:
    """Empty where the paper can be drawn for each of them.

    Each grade is tried with what is for everyone; only where that is too little, with what its
    people may read. Without takers, for somebody without a grade.
    """
    grades: dict[str, list[Taker]] = {}
    for each in takers:
        grades.setdefault(each.grade, []).append(each)
    found = []
    for grade, people in sorted(grades.items()) or [("", [])]:
        why = _short(session, paper, Taker(0, None, grade, NOBODY), at)
        if why and people:
            found += _narrowed(session, paper, people, at)
        elif why:
            found.append(Shortage(grade, (), why))
    return found


def _narrowed(
    session: Session, paper: Paper, people: Iterable[Taker], at: datetime
) -> list[Shortage]:
    """One trial for all who read the same; all of a grade that fail for one reason together."""
    words = _words(session)
    alike: dict[Viewer, list[Taker]] = {}
    for each in people:
        names = each.viewer.audiences
        alike.setdefault(Viewer(None if names is None else names & words), []).append(each)
    failed: dict[tuple[str, str], list[int]] = {}
    for viewer, group in alike.items():
        if why := _short(session, paper, replace(group[0], viewer=viewer), at):
            failed.setdefault((group[0].grade, why), []).extend(one.person_id for one in group)
    return [Shortage(grade, tuple(sorted(ids)), why) for (grade, why), ids in failed.items()]


def _words(session: Session) -> frozenset[str]:
    """Every name that a question or a text is kept to; the others tell nobody apart."""
    asked = select(BankQuestion.audiences).where(BankQuestion.state == "kept")
    read = select(Revision.audiences).where(Revision.state == PUBLISHED)
    found = [*session.scalars(asked), *session.scalars(read)]
    return frozenset(name for names in found for name in names)


def _short(session: Session, paper: Paper, taker: Taker, at: datetime) -> str:
    try:
        drawing.draw(session, paper, taker, seed="check", unseen_first=False, seen=(), at=at)
    except PoolTooSmall as wrong:
        return str(wrong)
    return ""
