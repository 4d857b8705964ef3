"""Exams of the demo centre, lived through day by day: monthly, for promotion, daily; who sat
them, who marked them, what was put right afterwards, what is open now.

Everything is done by the functions people's pages use, at its own moment. What people answer is
the model of ``abilities``; no mark is written by hand.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import (
    allowances,
    arranging,
    attempts,
    certificates,
    corrections,
    exam_rules,
    impact,
    repeating,
    sittings,
)
from exams.exam_rules import Rules
from exams.tables import Exam, Paper

from .. import accounts
from ..models import AuditEntry, Person
from ..pages import ZONE
from ..services import Services
from ..taking import taker
from . import essays, exam_papers, rehearsal, studies
from .abilities import SEED, sitter
from .days import Days
from .people import PEOPLE
from .sitters import PLAIN, Manner, sit

DOING = "demo.exams"
TRAINER, EXAMINER, SECOND, THIRD = "DEMO06", "DEMO07", "DEMO18", "DEMO23"
AGENTS = tuple(member.number for member in PEOPLE if "agent" in member.roles)
ABSENT = (TRAINER, EXAMINER)
"""They set the monthly exam, and do not sit it."""
RISING = ("见习座席", "一级座席", "二级座席")
"""Grades that may be promoted."""

LAST_MONTH: Mapping[str, Manner] = MappingProxyType(
    {
        "DEMO12": Manner(slow=2.4),
        "DEMO17": Manner(leaves=((8, 95), (21, 240), (33, 61)), pastes=((41, 86),)),
        "DEMO21": Manner(leaves=((15, 33),), moves=24),
        "DEMO10": Manner(slow=1.3, pastes=((27, 12),)),
    }
)
"""How some of them sat it: one ran out of time, one has more of it (``EXTRA``), hints of others."""
EXTRA = ("DEMO15", 20, "右手腕扭伤，打字慢，班长已核实。")
UNCLEAR = "这道题考的条目在考前两天修订过，有的班组还没有组织学习；考务组商定，本场全部给分。"
BEGUN = {"DEMO16": 25, "DEMO20": 9}
"""Who is in the middle of this month's exam: since so many minutes."""
EARLY = ("DEMO10", "DEMO11", "DEMO14", "DEMO15", "DEMO17", "DEMO18", "DEMO19", "DEMO22")
"""Who has sat this month's exam already."""
DAILY_FIRST = 4
"""The daily test has been there for so many days."""
NOT_YET = "DEMO01"
"""Whose sign-in is shown first: today's test and this month's exam still await them."""


def add(services: Services) -> None:
    """Once, in one unit of work: what people do with it afterwards stays."""
    with services.db.reading() as session:
        if session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1)):
            return
        examiner = accounts.get_person(session, EXAMINER)
    with services.db.work(examiner, DOING) as session:
        days = Days(services.now())
        room = _Room(session, days)
        room.plan()
        rehearsal.plan(session, days, room.takers, room.sitters)
        studies.plan(session, days, room.takers, room.sitters)
        days.live()


class _Room:
    """Who sits what, and what becomes of it."""

    def __init__(self, session: Session, days: Days) -> None:
        self.session, self.days = session, days
        people = session.scalars(select(Person).order_by(Person.number)).unique()
        self.people = {person.number: person for person in people}
        self.takers = {number: taker(person) for number, person in self.people.items()}
        self.sitters = {n: sitter(n, person.grade) for n, person in self.people.items()}
        self.risen: Paper
        self.doubtful: tuple[int, str] = (0, "")

    def plan(self) -> None:
        days = self.days
        today = days.now.astimezone(ZONE).date()
        old = today.day + 5
        """Days since the last week of last month."""
        days.later(days.on(old + 3, 15), partial(self.last_month, old))
        days.later(days.on(17, 16), self.promotion)
        days.later(days.on(DAILY_FIRST, 0, 5), self.first_daily)
        days.later(days.on(3, 16), self.this_month)
        days.later(days.on(1, 17), self.draft)

    # What all exams have

    def id(self, number: str) -> int:
        return self.people[number].id

    def title(self, day: float, words: str) -> str:
        return f"{self.days.on(day, 12).astimezone(ZONE).month}月{words}"

    def arrange(self, rules: Rules, at: datetime) -> Exam:
        exam = arranging.create(self.session, rules, by=self.id(EXAMINER), at=at)
        arranging.publish(self.session, exam, at + timedelta(minutes=20))
        return exam

    def sits(
        self,
        exam: Exam,
        numbers: Iterable[str],
        *spans: tuple[datetime, datetime],
        how: Mapping[str, Manner] | None = None,
    ) -> None:
        """Each of them begins at some time within one of the spans."""
        for number in numbers:
            chance = _chance(exam.title, str(exam.id), number)
            first, last = chance.choice(spans)
            begin = partial(self.sit, exam, number, (how or {}).get(number, PLAIN))
            self.days.later(first + (last - first) * chance.random(), begin)

    def span(self, day: float, first: int, last: int) -> tuple[datetime, datetime]:
        """Between two hours of a day."""
        return self.days.on(day, first), self.days.on(day, last)

    def sit(self, exam: Exam, number: str, manner: Manner, at: datetime) -> None:
        made = sit(
            self.session,
            exam,
            self.takers[number],
            self.sitters[number],
            at,
            manner=manner,
            doubtful={self.doubtful[1]},
            until=self.days.now,
        )
        if made.state == attempts.OPEN:
            over = made.deadline_at + timedelta(seconds=exam.grace_seconds + 30)
            self.days.later(over, partial(_expire, self.session))

    def paper(self, title: str, content: dict[str, Any], note: str, at: datetime) -> Paper:
        by = self.id(TRAINER)
        return exam_papers.create(self.session, title, content, note, by=by, at=at)

    # Last month's: one paper for everybody

    def last_month(self, old: int, at: datetime) -> None:
        content = exam_papers.fixed(self.session, exam_papers.MONTHLY, at)
        self.doubtful = exam_papers.doubtful(self.session, content, at)
        note = "50题，满分100分；全中心同一份题，按题型由易到难。"
        paper = self.paper(f"{self.title(old, '月考')}卷", content, note, at)
        rules = replace(
            exam_rules.usual("monthly", self.days.on(old, 9)),
            title=self.title(old, "月度考试"),
            paper_id=paper.id,
            closes_at=self.days.on(old - 1, 18),
            late_minutes=None,
            pass_percent=80.0,
            note="不得查知识库、看手机、与人交谈。断网、死机重新登录后接着答。",
        )
        exam = self.arrange(rules, at)
        number, minutes, reason = EXTRA
        allowances.give(
            self.session,
            exam,
            self.id(number),
            minutes=minutes,
            attempts=0,
            reason=reason,
            at=at + timedelta(hours=1),
        )
        there = [n for n in self.people if n not in ABSENT]
        two_days = self.span(old, 10, 20), self.span(old - 1, 9, 16)
        self.sits(exam, there, *two_days, how=LAST_MONTH)
        self.days.later(self.days.on(old - 2, 14), partial(self.mark, exam, EXAMINER))
        self.days.later(self.days.on(old - 3, 10), partial(self.put_right, exam))

    def mark(self, exam: Exam, marker: str, at: datetime, *, most: int = 0) -> None:
        apart = exam.double and marker == SECOND
        essays.mark_all(self.session, exam, self.id(marker), at, most=most, apart=apart)

    def put_right(self, exam: Exam, at: datetime) -> None:
        """The unclear question: looked at first, then full marks for everybody."""
        version = corrections.version_of(self.session, self.doubtful[0])
        proposed = corrections.propose(self.session, version, "full")
        shown = corrections.fingerprint(self.session, version, proposed)
        made = corrections.apply(
            self.session, version, proposed, UNCLEAR, shown, by=self.id(EXAMINER), at=at
        )
        corrections.regrade(self.session, made, impact.met(self.session, version.id), at)

    # For promotion: the higher the grade, the harder

    def promotion(self, at: datetime) -> None:
        note = "80题，满分100分；按申报人的等级调整易、中、难的比例。"
        self.risen = self.paper("晋级考试卷", exam_papers.PROMOTION, note, at)
        rules = replace(
            exam_rules.usual("promotion", self.days.on(13, 14)),
            title=self.title(13, "晋级考试"),
            paper_id=self.risen.id,
            pass_percent=85.0,
            audience=frozenset(("grade", grade) for grade in RISING),
            note="问答题由两位考官分别评分，相差三成以上的由第三位裁定。",
        )
        exam = self.arrange(rules, at)
        there = [n for n in AGENTS if self.people[n].grade in RISING]
        self.sits(exam, there, (self.days.on(13, 14), self.days.on(13, 14, 12)))
        self.days.later(self.days.on(12, 10), partial(self.mark, exam, EXAMINER))
        self.days.later(self.days.on(11, 10), partial(self.mark, exam, SECOND))
        self.days.later(self.days.on(10, 15), partial(self.settle, exam))
        self.days.later(self.days.on(9, 10), partial(self.give_out, exam))

    def settle(self, exam: Exam, at: datetime) -> None:
        essays.settle_all(self.session, exam, self.id(THIRD), at)

    def give_out(self, exam: Exam, at: datetime) -> None:
        sittings.release(self.session, exam, at)
        later = at + timedelta(minutes=30)
        certificates.issue(self.session, exam, None, by=self.id(EXAMINER), at=later)

    # Every day

    def first_daily(self, at: datetime) -> None:
        paper = self.paper("每日十题", exam_papers.DAILY, "10题，10分钟，每天换题。", at)
        opens_at = self.days.on(DAILY_FIRST, 7)
        rules = replace(
            exam_rules.usual("daily", opens_at),
            title="每日十题",
            paper_id=paper.id,
            closes_at=self.days.on(DAILY_FIRST, 23),
            repeats="daily",
            note="自查用，可以查知识库。",
        )
        exam = self.arrange(rules, at)
        self.tested(exam, DAILY_FIRST)
        for day in range(DAILY_FIRST - 1, -1, -1):
            made = partial(self.next_daily, exam.id, day)
            self.days.later(self.days.on(day, 0), made)

    def next_daily(self, first: int, day: int, at: datetime) -> None:
        made = repeating.make(self.session, first, at)
        if made is not None:
            arranging.publish(self.session, made, at)
            self.tested(made, day)

    def tested(self, exam: Exam, day: int) -> None:
        """Most agents who are on duty sit it."""
        chance = _chance("每日一测", str(day))
        there = [n for n in AGENTS if chance.random() < 0.75 and not (n == NOT_YET and day == 0)]
        self.sits(exam, there, self.span(day, 8, 20))

    # This month's, which is open

    def this_month(self, at: datetime) -> None:
        note = "50题，满分100分；每人一份，按题型从题库里抽。"
        paper = self.paper("月度考试卷", exam_papers.MONTHLY, note, at)
        rules = replace(
            exam_rules.usual("monthly", self.days.on(1, 9)),
            title=self.title(0, "月度考试"),
            paper_id=paper.id,
            closes_at=self.days.on(-7, 21),
            late_minutes=None,
            pass_percent=80.0,
            note="一周内自选时间，开始后60分钟。不得查知识库、看手机、与人交谈。",
        )
        exam = self.arrange(rules, at)
        self.sits(exam, EARLY, self.span(1, 10, 18))
        for number, minutes in BEGUN.items():
            begun = partial(self.sit, exam, number, Manner(slow=2.0))
            self.days.later(self.days.now - timedelta(minutes=minutes), begun)
        self.days.later(self.days.on(1, 20), partial(self.mark, exam, EXAMINER, most=2))

    def draft(self, at: datetime) -> None:
        rules = replace(
            exam_rules.usual("promotion", self.days.on(-20, 14)),
            title=self.title(-20, "晋级补考"),
            paper_id=self.risen.id,
            pass_percent=85.0,
            audience=frozenset(("grade", grade) for grade in RISING),
            note="名单和时间待各班组确认。",
        )
        arranging.create(self.session, rules, by=self.id(TRAINER), at=at)


def _expire(session: Session, at: datetime) -> None:
    attempts.expire(session, at)


def _chance(*names: str) -> random.Random:
    return random.Random("\n".join((SEED, *names)))  # noqa: S311 (invented)
