"""Courses of the demo centre: read, heard, quizzed, finished in time or not.

They are there before the inspectors score, so that a failed item assigns one by itself.
"""

from __future__ import annotations

import io
import math
import random
import struct
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import assigning, course_quiz, courses, learning, lessons, media, progress
from exams.assigning import Terms
from exams.course_quiz import Quiz
from exams.tables import Assignment, Course, Exam
from exams.takers import Taker
from kb.gate import EVERYTHING

from .. import accounts
from ..models import AuditEntry, Person, Team
from ..services import Services
from . import exam_papers
from .abilities import SEED, Sitter
from .days import Days
from .people import TICKETS_2
from .sitters import sit

DOING = "demo.courses"
TRAINER = "DEMO06"
SOUND = "跟读节拍：一拍一个字，每分钟240字"
PER_MINUTE, SECONDS, RATE = 240, 24, 8000


@dataclass(frozen=True, slots=True)
class Offered:
    """A course as it was made ``made`` days ago. ``articles`` are keys; ``sound``: with the beat
    to speak to; ``quiz``: with a quiz at the end."""

    title: str
    about: str
    made: int
    articles: tuple[str, ...]
    days: int = 7
    by_review: bool = False
    sound: bool = False
    quiz: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """``given`` and ``due``: days ago (``due`` below nought is still to come)."""

    course: str
    numbers: tuple[str, ...]
    given: int
    due: int
    remark: str
    team: str = ""


FEES = Offered(
    "退票改签收费，一遍说对",
    "退票费分档、改签规则、款项几天到账。质检里这几项不合格，会自动布置这门课。",
    61,
    ("refund-fee-tiers", "change-rules", "refund-arrival-time"),
    by_review=True,
)
VOICE = Offered(
    "开口、等候、结束：说得慢一点",
    "开场、请客户等候、结束通话的标准说法，加一段节拍，跟着读就知道每分钟240字有多快。",
    16,
    ("script-opening", "script-hold", "script-closing"),
    days=10,
    sound=True,
)
LUGGAGE = Offered(
    "行李和限制携带物品",
    "充电宝、酒、打火机各能带多少，安检查到怎么办；学完有10题小测，80分通过。",
    12,
    ("carry-on-limit", "powerbank-limit", "alcohol-limit", "security-check-handling"),
    days=14,
    quiz=True,
)
OFFERED = (FEES, VOICE, LUGGAGE)

GIVEN = (
    Given(
        VOICE.title,
        ("DEMO14", "DEMO15", "DEMO16", "DEMO17"),
        14,
        3,
        "本月抽查里语速偏快的多，全组学一遍。",
        TICKETS_2,
    ),
    Given(VOICE.title, ("DEMO01", "DEMO10"), 6, -4, "语速辅导配套。"),
    Given(LUGGAGE.title, ("DEMO12", "DEMO17"), 10, -5, "见习座席上岗前必学。"),
    Given(LUGGAGE.title, ("DEMO01", "DEMO21", "DEMO22"), 8, 1, "月考里行李一块错得多。"),
)
LAGGARDS = frozenset(
    {("DEMO17", VOICE.title), ("DEMO22", LUGGAGE.title), ("DEMO01", LUGGAGE.title)}
)
"""Who has read the first lesson only."""
NOT_BEGUN = frozenset({("DEMO16", VOICE.title), ("DEMO01", VOICE.title), ("DEMO16", FEES.title)})


def add(services: Services) -> None:
    """Once, in one unit of work: what people do with it afterwards stays."""
    with services.db.reading() as session:
        if session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1)):
            return
        trainer = accounts.get_person(session, TRAINER)
    sound = beat()
    found = media.examine(io.BytesIO(sound))
    kept = services.lessons.put(io.BytesIO(sound))
    with services.db.work(trainer, DOING) as session:
        days = Days(services.now())
        made: dict[str, Course] = {}
        for offered in OFFERED:
            at = days.on(offered.made, 10)
            course = _write(session, offered, trainer.id, days.now, at)
            if offered.sound:
                lessons.add_media(session, course, SOUND, kept.sha256, found)
            courses.publish(session, course, at + timedelta(hours=1))
            course_quiz.publish(session, course, at + timedelta(hours=1))
            made[offered.title] = course
        for given in GIVEN:
            _give(session, given, made[given.course], trainer.id, days)


def _write(session: Session, offered: Offered, by: int, now: datetime, at: datetime) -> Course:
    wanted = courses.Wanted(offered.title, offered.about, offered.days, offered.by_review)
    course = courses.create(session, wanted, by=by, at=at)
    for key in offered.articles:
        lessons.add_text(session, course, key, EVERYTHING, now)
    if offered.quiz:
        note = "10题，满分100分。"
        paper = exam_papers.create(
            session, f"{offered.title}：小测", exam_papers.QUIZ, note, by=by, at=at
        )
        course_quiz.choose(session, course, Quiz(paper.id), by=by, at=at)
    return course


def _give(session: Session, given: Given, course: Course, by: int, days: Days) -> None:
    query = select(Person.id).where(Person.number.in_(given.numbers)).order_by(Person.number)
    at = days.on(given.given, 15)
    terms = Terms(days.on(given.due, 18), given.remark)
    assigning.assign(session, course, session.scalars(query), terms, by=by, at=at)
    if given.team:
        team = session.scalars(select(Team.id).where(Team.name == given.team)).one()
        assigning.keep_for_team(session, course, team, given.remark, by=by, at=at)


def beat() -> bytes:
    """A WAV of short ticks, ``PER_MINUTE`` of them; every fourth is higher."""
    ticks = [_tick(n % 4 == 0) for n in range(2)]
    step = RATE * 60 // PER_MINUTE
    samples = b"".join(
        (ticks[0] if n % 4 == 0 else ticks[1]).ljust(2 * step, b"\0")
        for n in range(SECONDS * PER_MINUTE // 60)
    )
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples)
    return made.getvalue()


def _tick(high: bool) -> bytes:
    """60 ms of a tone that dies away."""
    count, hertz = RATE * 6 // 100, 990 if high else 660
    return b"".join(
        struct.pack(
            "<h",
            round(9000 * math.exp(-7 * n / count) * math.sin(2 * math.pi * hertz * n / RATE)),
        )
        for n in range(count)
    )


# What people do of it


def plan(
    session: Session, days: Days, takers: Mapping[str, Taker], sitters: Mapping[str, Sitter]
) -> None:
    """Everybody who has a course begins some days later, and does a lesson after the other."""
    numbers = {taker.person_id: number for number, taker in takers.items()}
    query = select(Assignment).order_by(Assignment.id)
    for row in session.scalars(query).unique():
        number = numbers[row.person_id]
        if (number, row.course.title) in NOT_BEGUN:
            continue
        chance = random.Random(f"{SEED}\n学习\n{number}\n{row.course.title}")  # noqa: S311
        begin = row.assigned_at + timedelta(days=chance.randrange(1, 4), minutes=-chance.random())
        act = partial(_study, session, row, takers[number], sitters[number])
        days.later(begin, act)


def _study(session: Session, row: Assignment, taker: Taker, who: Sitter, at: datetime) -> None:
    there = courses.lessons(row.course)
    texts = learning.texts(session, there, at)
    few = (who.number, row.course.title) in LAGGARDS
    for lesson in there[:1] if few else there:
        if lesson.kind == "text":
            at += timedelta(minutes=4 * who.pace)
            if (text := texts.get(lesson.article_key)) is not None:
                progress.read(session, lesson, taker.person_id, text.number, at)
            continue
        assert lesson.seconds is not None
        progress.begin(session, lesson, taker.person_id, at)
        at += timedelta(seconds=lesson.seconds)
        whole = [(0.0, lesson.seconds)]
        progress.heard(session, lesson, taker.person_id, whole, lesson.seconds, at)
    if row.course.exam_id is not None and not few:
        exam = session.get_one(Exam, row.course.exam_id)
        at = sit(session, exam, taker, who, at + timedelta(minutes=2)).submitted_at or at
    learning.settle(session, row, taker.viewer, at)
