"""People of exams: who may sit any, who is invited to one, and how an audience is called."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import sittings
from exams.exam_rules import WHO
from exams.tables import Course, Exam

from .access import permissions_of
from .models import Person, Team
from .taking import taker

TAKE = "exams.take"
GONE = "（已删除）"
_APART = re.compile(r"[\s、，,；;|]+")


def able(session: Session) -> Sequence[Person]:
    """Everybody in service who may sit exams, by number."""
    query = select(Person).where(Person.disabled_at.is_(None)).order_by(Person.number)
    return [each for each in session.scalars(query).unique() if TAKE in permissions_of(each)]


def invited(session: Session, exam: Exam) -> list[Person]:
    """Those of them whom the exam names."""
    people = able(session)
    chosen = sittings.invited_of(session, exam, map(taker, people))
    ids = {each.person_id for each in chosen}
    return [each for each in people if each.id in ids]


def numbered(session: Session, text: str) -> tuple[list[Person], list[str]]:
    """People named by their numbers in one text, and the numbers that nobody has."""
    numbers = list(dict.fromkeys(part for part in _APART.split(text) if part))
    query = select(Person).where(Person.number.in_(numbers), Person.disabled_at.is_(None))
    found = {each.number: each for each in session.scalars(query).unique()}
    people = [found[number] for number in numbers if number in found]
    return people, [number for number in numbers if number not in found]


def number_of(session: Session, person_id: int) -> str:
    """The number of somebody in service, '' of others."""
    query = select(Person.number).where(Person.id == person_id, Person.disabled_at.is_(None))
    return session.scalar(query) or ""


def grades(session: Session) -> list[str]:
    query = select(Person.grade).where(Person.grade != "").distinct()
    return sorted(session.scalars(query))


def audience_words(session: Session, audience: Iterable[tuple[str, str]]) -> str:
    """班组：票务一组、票务二组；个人：周小禾（1001）"""
    rows = sorted(audience)
    called = _called(session, rows)
    found: dict[str, list[str]] = {}
    for kind, value in rows:
        found.setdefault(kind, []).append(called.get((kind, value), value or WHO[kind]))
    if "all" in found:
        return f"{WHO['all']}能参加考试的人"
    parts = [f"{WHO[kind]}：{'、'.join(found[kind])}" for kind in WHO if kind in found]
    return "；".join(parts) or "还没有选"


def _called(session: Session, audience: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """{(kind, value): what a team, a person or a course is called}"""

    def ids(kind: str) -> list[int]:
        return [int(value) for each, value in audience if each == kind and value.isdecimal()]

    teams = session.scalars(select(Team).where(Team.id.in_(ids("team"))))
    people = session.scalars(select(Person).where(Person.id.in_(ids("person")))).unique()
    courses = session.scalars(select(Course).where(Course.id.in_(ids("course"))))
    found = {("team", str(each.id)): each.name for each in teams}
    found |= {("person", str(each.id)): f"{each.name}（{each.number}）" for each in people}
    found |= {("course", str(each.id)): each.title for each in courses}
    gone = {each: GONE for each in audience if each[0] in ("team", "person", "course")}
    return gone | found
