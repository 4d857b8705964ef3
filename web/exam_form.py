"""The form of an exam: what it sends as rules, with every fault by its field; and back again."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from exams import exam_rules
from exams.errors import BadExam
from exams.exam_rules import Rules
from exams.tables import Exam

from . import exam_people
from .models import Person
from .moments import typed
from .pages import ZONE

T = TypeVar("T")

CHECKS = ("prefer_unseen", "shuffle_questions", "shuffle_options", "blind", "double")
SHOWN_ERRORS = 10
HOUR = timedelta(hours=1)
_SOME = datetime(2026, 1, 1, tzinfo=ZONE)
"""Where neither time can be read, the rest is looked at all the same."""


@dataclass(frozen=True, slots=True)
class Form:
    """Everything as it is typed. ``who``: ``all``, ``some``, or ``course``, which is not chosen
    here. ``teams``: ids; ``people``: numbers."""

    title: str = ""
    kind: str = "monthly"
    paper_id: str = ""
    note: str = ""
    opens_at: str = ""
    closes_at: str = ""
    minutes: str = ""
    late_minutes: str = ""
    attempts: str = "1"
    counts: str = "best"
    grace_seconds: str = "10"
    pass_percent: str = "60"  # noqa: S105 - to pass an exam, no password
    results: str = "at_once"
    answers: str = "after_close"
    repeats: str = ""
    prefer_unseen: bool = False
    shuffle_questions: bool = False
    shuffle_options: bool = False
    blind: bool = False
    double: bool = False
    who: str = "all"
    teams: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    people: str = ""
    saves: int = 0
    errors: Mapping[str, str] = field(default_factory=dict)

    def rules(self, session: Session, course: frozenset[tuple[str, str]] = frozenset()) -> Rules:
        """``course``: the audience of a course's quiz, which stays. Raises BadExam."""
        faults: dict[str, str] = {}

        def part(name: str, reading: Callable[[str], T], instead: T) -> T:
            try:
                return reading(getattr(self, name))
            except ValueError as wrong:
                faults[name] = str(wrong)
                return instead

        opens_at: datetime | None = part("opens_at", moment_of, None)
        closes_at: datetime | None = part("closes_at", moment_of, None)
        opens_at = opens_at or (closes_at or _SOME) - HOUR
        made = Rules(
            title=" ".join(self.title.split()),
            kind=self.kind,
            paper_id=part("paper_id", _id, 1),
            opens_at=opens_at,
            closes_at=closes_at or opens_at + HOUR,
            note=self.note.replace("\r\n", "\n"),
            minutes=part("minutes", _optional, None),
            late_minutes=part("late_minutes", _optional, None),
            attempts=part("attempts", whole, 1),
            counts=self.counts,
            grace_seconds=part("grace_seconds", whole, 0),
            pass_percent=part("pass_percent", _decimal, 60.0),
            results=self.results,
            answers=self.answers,
            repeats=self.repeats,
            audience=course or self._audience(session, faults),
            **{name: getattr(self, name) for name in CHECKS},
        )
        found = exam_rules.faults(made) | faults
        if found:
            raise BadExam(found)
        return made

    def _audience(self, session: Session, faults: dict[str, str]) -> frozenset[tuple[str, str]]:
        if self.who != "some":
            return frozenset({("all", "")})
        people, unknown = exam_people.numbered(session, self.people)
        if unknown:
            named = "、".join(unknown[:SHOWN_ERRORS])
            more = f" 等 {len(unknown)} 个" if len(unknown) > SHOWN_ERRORS else ""
            faults["people"] = f"没有在用的工号：{named}{more}。"
        chosen = {("team", each) for each in self.teams}
        chosen |= {("grade", each) for each in self.grades}
        chosen |= {("person", str(each.id)) for each in people}
        if not chosen and not unknown:
            faults["audience"] = "请选班组、等级，或填工号。"
        return frozenset(chosen)


def read(form: MultiDict[str, str], session: Session) -> Form:
    """What was sent; choices that are not ours are left out."""
    texts: dict[str, Any] = {
        each.name: form.get(each.name, "").replace("\0", "")
        for each in fields(Form)
        if each.type == "str"
    }
    known = set(exam_people.grades(session))
    return Form(
        **texts,
        **dict[str, Any]({name: name in form for name in CHECKS}),
        teams=tuple(each for each in form.getlist("teams") if each.isdecimal() and len(each) < 10),
        grades=tuple(each for each in form.getlist("grades") if each in known),
        saves=form.get("saves", 0, type=int),
    )


def new(kind: str, at: datetime) -> Form:
    """An empty form with what the kind usually has, beginning tomorrow morning."""
    tomorrow = at.astimezone(ZONE).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    hour = {"daily": 8, "promotion": 14}.get(kind, 9)
    rules = exam_rules.usual(kind, tomorrow.replace(hour=hour))
    return replace(_of(rules), title=exam_rules.KINDS[kind] if kind == "daily" else "")


def of(exam: Exam, session: Session) -> Form:
    """The form of an exam that is kept."""
    rules = exam_rules.of(exam)
    named: dict[str, list[str]] = {}
    for kind, value in sorted(rules.audience):
        named.setdefault(kind, []).append(value)
    ids = [int(value) for value in named.get("person", ())]
    numbers = session.scalars(select(Person.number).where(Person.id.in_(ids)).order_by("number"))
    who = "course" if "course" in named else "all" if "all" in named else "some"
    return replace(
        _of(rules),
        who=who,
        teams=tuple(named.get("team", ())),
        grades=tuple(named.get("grade", ())),
        people="、".join(numbers),
        saves=exam.saves,
    )


def _of(rules: Rules) -> Form:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:g}"

    same: dict[str, Any] = {
        name: getattr(rules, name)
        for name in ("title", "kind", "note", "counts", "results", "answers", "repeats", *CHECKS)
    }
    return Form(
        **same,
        paper_id=str(rules.paper_id or ""),
        opens_at=local(rules.opens_at),
        closes_at=local(rules.closes_at),
        minutes=number(rules.minutes),
        late_minutes=number(rules.late_minutes),
        attempts=number(rules.attempts),
        grace_seconds=number(rules.grace_seconds),
        pass_percent=number(rules.pass_percent),
    )


def local(value: datetime) -> str:
    """As a browser's control for a day and a time takes it, in Chinese time."""
    return value.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def moment_of(text: str) -> datetime:
    """Raises ValueError with a sentence."""
    found = typed(text)
    if found is None:
        raise ValueError("请填时间，如 2026-11-23 09:00。")
    return found


def whole(text: str) -> int:
    """A whole number, also in full-width digits. Raises ValueError with a sentence."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain.removeprefix("-").isascii() or not plain.removeprefix("-").isdecimal():
        raise ValueError("请填整数。")
    return int(plain[:12])


def _optional(text: str) -> int | None:
    return whole(text) if text.strip() else None


def _id(text: str) -> int:
    try:
        return whole(text)
    except ValueError:
        raise ValueError("请选试卷。") from None


def _decimal(text: str) -> float:
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("%").strip()
    try:
        value = float(plain[:20])
    except ValueError:
        raise ValueError("请填 0 到 100 的数。") from None
    if not math.isfinite(value):
        raise ValueError("请填 0 到 100 的数。")
    return value
