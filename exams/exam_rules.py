"""The rules of an exam: what they are called, what each kind usually has, what is wrong with them.

    rules = replace(usual("daily", opens_at), title="每日一测", paper_id=3)
    faults(rules)  # {} = it can be kept

Pure; ``exams.arranging`` keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from types import MappingProxyType

from .tables.exams import Exam

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "daily": "每日一测",
        "monthly": "月度考试",
        "promotion": "晋级考试",
        "practice": "练习",
        "course": "课程小测",
    }
)
COUNTS: Mapping[str, str] = MappingProxyType(
    {"best": "最高一次", "last": "最后一次", "first": "第一次", "mean": "各次的平均"}
)
WHEN: Mapping[str, str] = MappingProxyType(
    {"at_once": "交卷后立即", "after_close": "考试结束后", "by_hand": "考官公布后"}
)
REPEATS: Mapping[str, str] = MappingProxyType(
    {"": "不重复", "daily": "每天", "workdays": "周一至周五"}
)
WHO: Mapping[str, str] = MappingProxyType(
    {"all": "全体", "team": "班组", "grade": "等级", "person": "个人", "course": "学这门课程的人"}
)
STATES: Mapping[str, str] = MappingProxyType(
    {
        "draft": "草稿",
        "upcoming": "未开考",
        "open": "正在考",
        "over": "已结束",
        "cancelled": "已取消",
    }
)

LONGEST_TITLE = 120
LONGEST_NOTE = 4000
MOST_MINUTES = 24 * 60
MOST_LATE = 7 * 24 * 60
MOST_ATTEMPTS = 100
MOST_GRACE = 300
MOST_INVITED = 5000
LONGEST_REPEATED = timedelta(hours=24)
LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything one decides about an exam; the fields are those of ``tables.Exam``.

    ``audience``: (kind, value) as in ``tables.ExamAudience``; a team, a person and a course by
    their ids as text.
    """

    title: str
    kind: str
    paper_id: int
    opens_at: datetime
    closes_at: datetime
    note: str = ""
    minutes: int | None = None
    late_minutes: int | None = None
    attempts: int = 1
    counts: str = "best"
    grace_seconds: int = 10
    prefer_unseen: bool = True
    shuffle_questions: bool = True
    shuffle_options: bool = True
    pass_percent: float = 60.0
    results: str = "at_once"
    answers: str = "after_close"
    blind: bool = True
    double: bool = False
    repeats: str = ""
    audience: frozenset[tuple[str, str]] = frozenset({("all", "")})


COLUMNS = tuple(field.name for field in fields(Rules) if field.name != "audience")
"""Rules that are columns of ``tables.Exam``."""


def of(exam: Exam) -> Rules:
    audience = frozenset((each.kind, each.value) for each in exam.audience)
    return Rules(**{name: getattr(exam, name) for name in COLUMNS}, audience=audience)


def usual(kind: str, opens_at: datetime) -> Rules:
    """What an exam of the kind usually has; the trainer changes what is otherwise.

    A daily test takes ten minutes, and the first try counts; a promotion exam is marked by two
    people, and its marks are given out by hand.
    """

    def made(hours: float, **changed: object) -> Rules:
        closes_at = opens_at + timedelta(hours=hours)
        given = {"title": "", "kind": kind, "paper_id": 0, "opens_at": opens_at} | changed
        return Rules(closes_at=closes_at, **given)  # type: ignore[arg-type]

    if kind == "daily":
        return made(12, minutes=10, counts="first", repeats="workdays")
    if kind == "promotion":
        hand = {"results": "by_hand", "answers": "by_hand"}
        return made(2, minutes=90, late_minutes=15, pass_percent=80.0, double=True, **hand)
    if kind == "practice":
        return made(24 * 30, attempts=0, answers="at_once")
    if kind == "course":
        return made(24 * 3650, minutes=20, attempts=3, pass_percent=80.0, answers="at_once")
    return made(9, minutes=60, late_minutes=30, results="after_close")


# What is wrong


def faults(rules: Rules) -> dict[str, str]:
    """{field: what is wrong}; empty where the rules can be kept."""
    found: dict[str, str] = {}
    for field, choices in _CHOICES.items():
        if getattr(rules, field) not in choices:
            found[field] = "请从列出的选项里选。"
    for field, (least, most, sentence) in _BOUNDS.items():
        value = getattr(rules, field)
        if value is not None and not least <= value <= most:
            found[field] = sentence
    if not rules.title.strip():
        found["title"] = "请写考试名称。"
    elif len(rules.title) > LONGEST_TITLE:
        found["title"] = f"考试名称最多 {LONGEST_TITLE} 个字，现在 {len(rules.title)} 个。"
    elif not rules.title.isprintable():
        found["title"] = "考试名称里有看不见的字符，请重新输入。"
    if len(rules.note) > LONGEST_NOTE:
        found["note"] = f"说明最多 {LONGEST_NOTE} 个字，现在 {len(rules.note)} 个。"
    if window := _window(rules):
        found["closes_at"] = window
    if rules.repeats and rules.kind == "course":
        found["repeats"] = "课程小测随课程开放，不重复。"
    if len(rules.audience) > MOST_INVITED:
        found["audience"] = f"最多点名 {MOST_INVITED} 项；人多时请选班组或全体。"
    return found


def _window(rules: Rules) -> str:
    length = rules.closes_at - rules.opens_at
    if length <= timedelta(0):
        return "截止时间要晚于开考时间。"
    if length > LONGEST:
        return "从开考到截止最多十年。"
    if rules.repeats and length > LONGEST_REPEATED:
        return "重复的考试从开考到截止最多 24 小时，下一天的会自动生成。"
    return ""


_CHOICES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "kind": KINDS,
        "counts": COUNTS,
        "results": WHEN,
        "answers": WHEN,
        "repeats": REPEATS,
    }
)
_BOUNDS: Mapping[str, tuple[float, float, str]] = MappingProxyType(
    {
        "minutes": (1, MOST_MINUTES, f"时长请填 1 到 {MOST_MINUTES} 分钟，空着表示考到截止。"),
        "late_minutes": (
            1,
            MOST_LATE,
            f"迟到几分钟禁入请填 1 到 {MOST_LATE}，空着表示截止前都能进。",
        ),
        "attempts": (0, MOST_ATTEMPTS, f"次数请填 0 到 {MOST_ATTEMPTS}，0 表示不限。"),
        "grace_seconds": (0, MOST_GRACE, f"宽限请填 0 到 {MOST_GRACE} 秒。"),
        "pass_percent": (0, 100, "及格线请填 0 到 100。"),
    }
)


def cautions(rules: Rules) -> list[str]:
    """What is allowed, and worth a second look before publishing."""
    found = []
    length = rules.closes_at - rules.opens_at
    if rules.minutes and length < timedelta(minutes=rules.minutes):
        found.append("从开考到截止不到一次作答的时长，所有人都会在截止时被收卷。")
    shown = rules.results == rules.answers == "at_once"
    if shown and rules.kind not in ("practice", "course"):
        found.append("交卷后立即显示答案，后考的人可能已经知道答案。")
    if rules.late_minutes is not None and timedelta(minutes=rules.late_minutes) >= length:
        found.append("迟到禁入的时间超过了整个开放时间，等于没有限制。")
    if rules.pass_percent == 0:
        found.append("及格线是 0%，交卷就及格。")
    if rules.counts == "mean" and rules.attempts == 1:
        found.append("只能考一次，“取平均”不起作用。")
    return found


# Where it stands


def state(exam: Exam, at: datetime) -> str:
    """A key of ``STATES``. Extra time of single people may run on after ``over``."""
    if exam.cancelled_at is not None:
        return "cancelled"
    if exam.published_at is None:
        return "draft"
    if at < exam.opens_at:
        return "upcoming"
    return "open" if at < exam.closes_at else "over"
