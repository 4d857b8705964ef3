"""What is judged in the demo centre: plans, draws and reviews; pure, and the same every time.

    marks = marking(talk, "seven", "DEMO23", WINDOWS[0], nth=0)
    marks.answers, marks.began(now), marks.finished(now)

The draws are those of ``qa.drawing``; who scores is decided there. Marks come of the model in
``strictness`` and the mistakes told in ``stories``. Days count back from the day of the demo.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from qa.plans import Ask, Content

from ..pages import ZONE
from .conversations import Talk
from .stories import MISTAKES
from .strictness import SEED, answers

A_DAY = 5
"""Reviews an inspector does a day."""


@dataclass(frozen=True, slots=True)
class Window:
    """Calls from ``first`` to ``last`` days ago, drawn ``on`` this day at ``at``."""

    first: int
    last: int
    on: int
    at: time = time(8, 40)

    def holds(self, talk: Talk) -> bool:
        return self.last <= talk.day <= self.first

    @property
    def seed(self) -> str:
        return f"{SEED}-{self.on}"

    def drawn_at(self, now: datetime) -> datetime:
        return moment(now, self.on, self.at)

    def period(self, now: datetime) -> tuple[datetime, datetime]:
        """From the first day's midnight until before the midnight that ends the last."""
        return moment(now, self.first, time()), moment(now, self.last - 1, time())


WINDOWS = (
    Window(60, 46, 45),
    Window(45, 31, 30),
    Window(30, 17, 16),
    Window(16, 6, 5),
    Window(5, 1, 1, time(18, 30)),
)
"""About every two weeks; of the last draw nothing has been scored yet."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sampling plan of the centre, and the starter rubric it is scored on."""

    name: str
    rubric: str
    content: Content
    due_days: int = 7
    note: str = ""


_QUEUES = ("退改签", "票务", "行李", "会员", "出行服务")
_LONG = Ask("不短于20秒", "seconds", least=20)

SAMPLES = (
    Sample(
        "两周抽查",
        "seven",
        Content(per_agent=2, only=(Ask("投诉以外的队列", "queue", among=_QUEUES), _LONG)),
        note="每人每两周2通，随机；投诉另外全检。",
    ),
    Sample(
        "投诉全检",
        "deductions",
        Content(
            per_agent=0,
            only=(Ask("投诉队列", "queue", among=("投诉",)), _LONG),
            risks=(Ask("投诉通话", "queue", among=("投诉",)),),
            risks_per_agent=20,
        ),
        due_days=3,
        note="投诉通话全部复听，成绩单独列，不占随机名额。",
    ),
    Sample(
        "退改签低分专项",
        "refund",
        Content(
            per_agent=0,
            only=(Ask("退改签队列", "queue", among=("退改签",)), _LONG),
            risks=(Ask("满意度不高于3", "satisfaction", most=3),),
            risks_per_agent=1,
            resamples_per_agent=1,
        ),
        note="客户打分低的退改签通话，每人最多再看一通。",
    ),
)


@dataclass(frozen=True)
class Marking:
    """One review: what an inspector marks, from when, and for how long (seconds)."""

    talk: Talk
    rubric: str
    inspector: str
    day: int
    at: time
    worked: int

    @cached_property
    def answers(self) -> dict[str, Any]:
        """As the model has it, and what was marked by mistake."""
        found = answers(self.talk, self.rubric, self.inspector)
        return found | MISTAKES.get((self.talk.key, self.rubric), {})

    @property
    def notes(self) -> dict[str, str]:
        """For the item of knowledge where it fell short: what the call is known for."""
        given = self.answers
        short = ("wrong", "incomplete", "vague", "partial")
        return {
            item: self.talk.note
            for item in ("knowledge", "fee", "limits")
            if given.get(item) in short
        }

    def began(self, now: datetime) -> datetime:
        return moment(now, self.day, self.at)

    def finished(self, now: datetime) -> datetime:
        return self.began(now) + timedelta(seconds=self.worked)


def marking(talk: Talk, rubric: str, inspector: str, window: Window, nth: int) -> Marking:
    """The inspector's review of a call, the ``nth`` (from 0) that he does after the draw."""
    chance = random.Random(f"{SEED}\n{talk.key}\n{rubric}\n{inspector}")  # noqa: S311 (invented)
    return Marking(
        talk,
        rubric,
        inspector,
        day=max(1, window.on - nth // A_DAY),
        at=time(9 + (nth % A_DAY) * 3 // 2, chance.randrange(60), chance.randrange(60)),
        worked=round(talk.seconds * chance.uniform(1.3, 2.2)) + chance.randrange(60, 200),
    )


def acknowledged_after(call: str) -> int:
    """Days until the agent says that he has seen his score: most do it at once."""
    chance = random.Random(f"{SEED}\n{call}\n确认")  # noqa: S311 (invented)
    return chance.choice((1, 1, 2, 6, 9))


def moment(now: datetime, day: float, at: time) -> datetime:
    """That time of the day so many days before the demo's."""
    return datetime.combine(_today(now) - timedelta(days=day), at, ZONE)


def _today(now: datetime) -> date:
    return now.astimezone(ZONE).date()
