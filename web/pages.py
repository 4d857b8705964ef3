"""What every template can use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request, url_for

from kb.answer import Answer
from kb.records import KINDS

from .answers import Said, said
from .context import asking, can, now, services
from .models import Person

ZONE = ZoneInfo("Asia/Shanghai")
"""Times are shown in Chinese standard time whatever the server's clock says."""

NAV: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "",
        (
            ("知识检索", "desk.desk", "kb.read"),
            ("按编号查找", "lookup.find", "kb.read"),
            ("留言板", "board.threads", "kb.read"),
        ),
    ),
    (
        "我的",
        (
            ("首页", "home.home", "signed in"),
            ("签收", "signing.mine", "kb.read"),
            ("广播", "broadcasts.mine", "signed in"),
            ("我提过的", "mine.page", "kb.read"),
            ("我的成绩", "my_scores.listing", "qa.own"),
            ("考试", "sitting.listing", "exams.take"),
            ("练习", "practice.home", "exams.take"),
            ("学习", "learning.listing", "exams.take"),
        ),
    ),
    (
        "内容",
        (
            ("内容管理", "editor.listing", "kb.write"),
            ("审核", "reviews.listing", "kb.write"),
            ("分类", "categories.listing", "kb.categories"),
            ("来电提问", "asked.listing", "kb.write"),
            ("使用统计", "usage.show", "kb.write"),
            ("检索词库", "lexicon.synonyms", "kb.lexicon"),
        ),
    ),
    (
        "质检",
        (
            ("评分", "queue.mine", "qa.score"),
            ("通话", "calls.listing", "qa.score | qa.team"),
            ("抽样", "plans.listing", "qa.plan"),
            ("申诉", "appeals.listing", "qa.appeals"),
            ("复检", "rechecks.listing", "qa.plan"),
            ("班组成绩", "team_scores.listing", "qa.team"),
            ("辅导", "coaching.listing", "qa.team"),
            ("补学", "loops.listing", "qa.team"),
            ("评分表", "scorecards.listing", "qa.score"),
            ("校准", "calibrations.listing", "qa.score"),
            ("质检报表", "qa_reports.quality", "qa.team"),
            ("实时监控", "monitor.board", "qa.monitor"),
            ("质检设定", "qa_settings.show", "qa.settings"),
        ),
    ),
    (
        "培训考试",
        (
            ("题库", "bank.listing", "exams.bank"),
            ("试卷", "papers.listing", "exams.papers"),
            ("考试安排", "exams.listing", "exams.papers"),
            ("阅卷", "marking.listing", "exams.mark"),
            ("成绩分析", "results.listing", "exams.results | exams.team"),
            ("课程", "courses.listing", "exams.courses | exams.team"),
        ),
    ),
    (
        "管理",
        (
            ("证据", "evidence.listing", "evidence.read"),
            ("人员", "people.listing", "people.manage"),
            ("角色权限", "roles.listing", "roles.manage"),
            ("审核与核对", "policy.rules", "kb.policy"),
            ("后台任务", "jobs.listing", "jobs.manage"),
            ("操作记录", "audit.listing", "audit.read"),
        ),
    ),
    ("", (("帮助", "help.index", "signed in"),)),
)
"""(group, its (label, endpoint, permission)) of the bar, in order.

Without a name they stand in the bar itself: what is used during a call. The others open."""

BELONGS = {
    "scoring": "queue",
    "attempt": "sitting",
    "my_exams": "sitting",
    "assigning": "queue",
    "check_standing": "scorecards",
    "recalls": "editor",
    "teams": "people",
    "gaps": "asked",
    "mistakes": "practice",
    "reports": "asked",
    "cases": "asked",
    "signing_lists": "signing",
    "past": "desk",
    "life": "editor",
    "why": "desk",
    "radar": "reviews",
    "fields": "policy",
    "related": "desk",
    "attachments": "desk",
    "flows": "desk",
    "flow_editor": "editor",
    "call": "calls",
    "call_import": "calls",
    "course_lessons": "courses",
    "course_people": "courses",
    "course_proposals": "courses",
    "regrading": "marking",
    "invigilating": "exams",
    "results_files": "results",
    "certificates": "results",
}
"""Pages without a place of their own in the navigation, and whose place they light up."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the bar."""

    label: str
    url: str
    here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Pages of the bar under a name, or without one where each stands for itself."""

    name: str
    places: tuple[Place, ...]

    @property
    def here(self) -> str:
        """The label of the page one is on, if it is of this group."""
        return next((place.label for place in self.places if place.here), "")


@dataclass(frozen=True, slots=True)
class Shown:
    """Who is signed in, as templates show it."""

    number: str
    name: str
    team: str
    roles: tuple[str, ...]


def shown(person: Person | None) -> Shown | None:
    if person is None:
        return None
    team = person.team.name if person.team else ""
    return Shown(person.number, person.name, team, tuple(role.name for role in person.roles))


def attach(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        moment=moment,
        clock=clock,
        second=second,
        day=day,
        duration=duration,
        recorded=recorded,
        kind_name=kind_name,
        said=_said,
        file_size=file_size,
    )
    app.jinja_env.globals["asset"] = _asset  # macros that are imported see only these
    app.context_processor(_globals)


def _asset(name: str) -> str:
    return services().assets.url(name)


def _globals() -> dict[str, Any]:
    return {
        "person": shown(asking()),
        "can": can,
        "nav": _nav(),
        "now": now(),
        "KINDS": KINDS,
    }


def _nav() -> list[Group]:
    """What of the bar this person may open; a group of one page needs no name."""
    if asking() is None:
        return []
    here = (request.endpoint or "").partition(".")[0]
    here = BELONGS.get(here, here)
    made = []
    for name, entries in NAV:
        places = tuple(
            Place(label, url_for(endpoint), endpoint.partition(".")[0] == here)
            for label, endpoint, permission in entries
            if can(permission)
        )
        if places:
            made.append(Group(name if len(places) > 1 else "", places))
    return made


def moment(value: datetime | None) -> str:
    """2026-11-21 14:05"""
    return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if value else ""


def clock(value: datetime | None) -> str:
    """14:05 today, else 2026-11-21 14:05"""
    return clock_at(value, now()) if value else ""


def clock_at(value: datetime, at: datetime) -> str:
    """``clock`` as on the day of ``at``."""
    same = value.astimezone(ZONE).date() == at.astimezone(ZONE).date()
    return value.astimezone(ZONE).strftime("%H:%M") if same else moment(value)


def second(value: datetime | None) -> str:
    """2026-11-21 14:05:09"""
    return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S") if value else ""


def day(value: datetime | None) -> str:
    return value.astimezone(ZONE).strftime("%Y-%m-%d") if value else ""


def duration(value: timedelta | float | None) -> str:
    """3分12秒"""
    if value is None:
        return ""
    seconds = round(value.total_seconds() if isinstance(value, timedelta) else value)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "小时"), (minutes, "分"), (seconds, "秒")]
    return "".join(f"{n}{unit}" for n, unit in parts if n) or "0秒"


def recorded(seconds: float) -> str:
    """A time of a recording: 02:15.4, with hours 1:02:15.4"""
    tenths = max(0, int(seconds * 10 + 0.5))
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    shown = f"{minutes:02d}:{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{shown}" if hours else shown


def file_size(count: int) -> str:
    """1.4 MB"""
    if count < 1024 * 1024:
        return f"{max(count / 1024, 0.1):.1f} KB"
    return f"{count / (1024 * 1024):.1f} MB"


def kind_name(kind: str) -> str:
    return KINDS.get(kind, kind)


def _said(answer: Answer) -> Said:
    return said(answer.text, answer.condition, answer.columns)
