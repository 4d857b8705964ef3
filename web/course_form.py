"""The form of a course: what was typed, and what it means."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from exams import course_quiz
from exams.course_quiz import Quiz
from exams.courses import Wanted
from exams.tables import Course
from kb.errors import InvalidContent

DEFAULT = Quiz(0)


@dataclass(frozen=True, slots=True)
class Form:
    """Everything as text, as it stands on the page; ``paper`` '' = no quiz."""

    title: str = ""
    about: str = ""
    days: str = "7"
    by_review: bool = False
    paper: str = ""
    pass_percent: str = "80"  # noqa: S105 - a share, no secret
    attempts: str = "0"
    minutes: str = "20"
    saves: str = "0"
    errors: Mapping[str, str] = field(default_factory=dict)

    def wanted(self) -> Wanted:
        """Raises InvalidContent."""
        days = _whole("days", self.days, "几天学完请填 1 到 365 的整数。")
        return Wanted(self.title, self.about, days, self.by_review)

    def quiz(self) -> Quiz | None:
        """Raises InvalidContent."""
        if not self.paper:
            return None
        minutes = self.minutes.strip()
        return Quiz(
            _whole("paper", self.paper, "请从列出的试卷里选。"),
            _number("pass_percent", self.pass_percent, "及格线请填 0 到 100。"),
            _whole("attempts", self.attempts, "次数请填 0 到 100，0 表示不限。"),
            _whole("minutes", minutes, "时长请填分钟数，空着表示不限。") if minutes else None,
        )

    @property
    def known_saves(self) -> int:
        return int(self.saves) if self.saves.isascii() and self.saves.isdigit() else -1


def read(given: Mapping[str, str]) -> Form:
    texts = {
        name: given.get(name, "").replace("\0", "")[:4000]
        for name in ("title", "about", "days", "paper", "pass_percent", "attempts", "minutes")
    }
    return Form(**texts, by_review="by_review" in given, saves=given.get("saves", "")[:9])


def of(session: Session, course: Course) -> Form:
    quiz = course_quiz.of(session, course)
    known = quiz or DEFAULT
    return Form(
        title=course.title,
        about=course.about,
        days=str(course.days),
        by_review=course.by_review,
        paper=str(quiz.paper_id) if quiz else "",
        pass_percent=f"{known.pass_percent:g}",
        attempts=str(known.attempts),
        minutes="" if known.minutes is None else str(known.minutes),
        saves=str(course.saves),
    )


def _whole(name: str, text: str, sentence: str) -> int:
    plain = unicodedata.normalize("NFKC", text).strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) < 10):
        raise InvalidContent(name, sentence)
    return int(plain)


def _number(name: str, text: str, sentence: str) -> float:
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("%")
    try:
        found = float(plain)
    except ValueError:
        raise InvalidContent(name, sentence) from None
    if not 0 <= found <= 100:  # what is no number is not between either
        raise InvalidContent(name, sentence)
    return found
