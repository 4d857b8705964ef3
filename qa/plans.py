"""Sampling plans as they are kept: read with every fault in words, saved, closed.

content = parse({"per_agent": 5, "strata": ["queue"], "risks": [{"title": "长静音",
                 "name": "silence", "least": 20}], "risks_per_agent": 2})
plan = create(session, Wanted("十一月", scorecard, content.as_json()), by=1, at=now)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound

from .drafts import words
from .errors import BadPlan
from .sampled import ATTRIBUTES, REMEDY, STRATA, spoken
from .sampling import Attribute, Rule
from .sampling import Plan as Sampling
from .tables import Plan, Scorecard

MOST_EACH = 100
MOST_RULES = 20
MOST_WORDS = 50
LONGEST_NAME = 60
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Ask:
    """A rule as it is written: from ``least`` to ``most``, or one ``among``; words are among."""

    title: str
    name: str
    least: float | None = None
    most: float | None = None
    among: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule:
        if ATTRIBUTES[self.name].sort == "words":
            return Rule(self.title, spoken(self.name, self.among), among=(True,))
        among: tuple[Attribute, ...] | None = self.among or None
        return Rule(self.title, self.name, self.least, self.most, among)

    def as_json(self) -> dict[str, Any]:
        made: dict[str, Any] = {"title": self.title, "name": self.name}
        made |= {"least": self.least} if self.least is not None else {}
        made |= {"most": self.most} if self.most is not None else {}
        return made | ({"among": list(self.among)} if self.among else {})


@dataclass(frozen=True, slots=True)
class Content:
    """A plan: so many calls an agent by chance, spread over strata; so many more by risk, and to
    look again at what was failed before. ``heard``: only calls with a recording or transcript."""

    per_agent: int = 5
    strata: tuple[str, ...] = ()
    only: tuple[Ask, ...] = ()
    risks: tuple[Ask, ...] = ()
    risks_per_agent: int = 0
    resamples_per_agent: int = 0
    heard: bool = True

    @property
    def asks(self) -> tuple[Ask, ...]:
        return (*self.only, *self.risks)

    def steps(self) -> tuple[tuple[str, Sampling], ...]:
        """What is drawn one after the other, each from what is left: by chance, again, by risk."""
        only = tuple(ask.rule for ask in self.only)
        strata = tuple(f"stratum:{name}" for name in self.strata)
        again = (Rule("复查", REMEDY, among=(True,)),)
        risks = tuple(ask.rule for ask in self.risks)
        return (
            ("random", Sampling(self.per_agent, strata, only)),
            ("resample", Sampling(0, (), only, again, self.resamples_per_agent)),
            ("risk", Sampling(0, (), only, risks, self.risks_per_agent)),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "per_agent": self.per_agent,
            "strata": list(self.strata),
            "only": [ask.as_json() for ask in self.only],
            "risks": [ask.as_json() for ask in self.risks],
            "risks_per_agent": self.risks_per_agent,
            "resamples_per_agent": self.resamples_per_agent,
            "heard": self.heard,
        }


# Reading


def parse(value: Any) -> Content:
    """The content of a JSON value. Raises BadPlan with what is wrong."""
    if not isinstance(value, Mapping):
        raise BadPlan("计划的内容应为一个对象。")
    made = Content(
        per_agent=_count(value.get("per_agent", 0), "每人随机抽"),
        strata=_strata(value.get("strata", ())),
        only=_asks(value.get("only", ()), "只抽"),
        risks=_asks(value.get("risks", ()), "风险"),
        risks_per_agent=_count(value.get("risks_per_agent", 0), "每人按风险抽"),
        resamples_per_agent=_count(value.get("resamples_per_agent", 0), "每人复查"),
        heard=bool(value.get("heard", True)),
    )
    if made.per_agent + made.risks_per_agent + made.resamples_per_agent == 0:
        raise BadPlan("三种抽法都是 0 通，什么也抽不到。请至少填一种。")
    if made.risks_per_agent and not made.risks:
        raise BadPlan("要按风险抽，请写至少一条风险规则。")
    return made


def _count(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_EACH:
        raise BadPlan(f"“{what}”请填 0 到 {MOST_EACH} 的整数。")
    return value


def _strata(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or any(name not in STRATA for name in value):
        raise BadPlan("分层的项目不认识，请重新选。")
    return tuple(name for name in STRATA if name in value)


def _asks(value: Any, what: str) -> tuple[Ask, ...]:
    if not isinstance(value, list | tuple) or len(value) > MOST_RULES:
        raise BadPlan(f"“{what}”的规则最多 {MOST_RULES} 条。")
    made = tuple(_ask(each, f"“{what}”第{n}条") for n, each in enumerate(value, 1))
    if len({ask.title for ask in made}) < len(made):
        raise BadPlan(f"“{what}”里有两条规则同名，抽中的理由会分不清。")
    return made


def _ask(value: Any, where: str) -> Ask:
    name = value.get("name") if isinstance(value, Mapping) else None
    kind = ATTRIBUTES.get(name) if isinstance(name, str) else None
    if kind is None or not isinstance(name, str):
        raise BadPlan(f"{where}：请选要看什么。")
    title = _text(value.get("title") or "", f"{where}的名称")
    if kind.sort == "number":
        least, most = (_number(value.get(side), where) for side in ("least", "most"))
        if least is None and most is None:
            raise BadPlan(f"{where}：请填“从”或“到”。")
        if least is not None and most is not None and least > most:
            raise BadPlan(f"{where}：“从”大于“到”。")
        return Ask(title or kind.label, name, least, most)
    among = _among(value.get("among"), where, "词" if kind.sort == "words" else "值")
    return Ask(title or kind.label, name, among=among)


def _number(value: Any, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadPlan(f"{where}：“从”和“到”应为数字。")
    if abs(value) > 1_000_000:
        raise BadPlan(f"{where}：数字太大。")
    return value


def _among(value: Any, where: str, what: str) -> tuple[str, ...]:
    given: Iterable[Any] = value if isinstance(value, list | tuple) else ()
    found = tuple(dict.fromkeys(text for each in given if (text := _text(each, where))))
    if not found:
        raise BadPlan(f"{where}：请写至少一个{what}。")
    if len(found) > MOST_WORDS:
        raise BadPlan(f"{where}：最多 {MOST_WORDS} 个{what}。")
    return found


def _text(value: Any, where: str) -> str:
    try:
        return " ".join(words(value, "content", LONGEST_NAME).split())
    except InvalidContent as wrong:
        raise BadPlan(f"{where}：{wrong}") from None


# Keeping


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form sends for a plan."""

    name: str
    scorecard: Scorecard
    content: Mapping[str, Any]
    blind: bool = False
    due_days: int = 7
    note: str = ""


def get(session: Session, id: int) -> Plan:
    """Raises NotFound."""
    found = session.get(Plan, id) if 0 < id < 2**31 else None
    if found is None:
        raise NotFound("抽样计划", str(id))
    return found


def hold(session: Session, id: int) -> Plan:
    """The plan, kept from other writers until the transaction ends. Raises NotFound."""
    if 0 < id < 2**31:
        session.execute(select(Plan.id).where(Plan.id == id).with_for_update())
        query = select(Plan).where(Plan.id == id).execution_options(populate_existing=True)
        if (found := session.scalars(query).one_or_none()) is not None:
            return found
    raise NotFound("抽样计划", str(id))


def listing(session: Session) -> Sequence[Plan]:
    """Open plans first, the newest first."""
    order = Plan.closed_at.is_not(None), Plan.id.desc()
    return session.scalars(select(Plan).order_by(*order)).all()


def create(session: Session, wanted: Wanted, *, by: int | None, at: datetime) -> Plan:
    """Raises BadPlan, InvalidContent."""
    plan = Plan(scorecard=wanted.scorecard, created_at=at, created_by=by, saves=1)
    _put(session, plan, wanted)
    session.add(plan)
    session.flush()
    return plan


def save(session: Session, plan: Plan, wanted: Wanted, saves: int) -> Plan:
    """Draws made before keep the content they were made with. Raises BadPlan, InvalidContent."""
    if saves != plan.saves:
        raise InvalidContent("saves", "这份计划刚被别人改过。请看过新的内容，再改一次。")
    _put(session, plan, wanted)
    plan.saves += 1
    session.flush()
    return plan


def _put(session: Session, plan: Plan, wanted: Wanted) -> None:
    name = " ".join(words(wanted.name, "name", LONGEST_NAME).split())
    if not name:
        raise InvalidContent("name", "请填写计划的名称。")
    with session.no_autoflush:
        other = session.scalar(select(Plan.id).where(Plan.name == name))
    if other is not None and other != plan.id:
        raise InvalidContent("name", f"已经有名为“{name}”的计划，请换一个名称。")
    if wanted.scorecard.active is None or wanted.scorecard.retired_at is not None:
        raise InvalidContent("scorecard", "这张评分表没有启用，不能用来评分。")
    if not 1 <= wanted.due_days <= 90:
        raise InvalidContent("due_days", "完成期限请填 1 到 90 天。")
    plan.name, plan.scorecard = name, wanted.scorecard
    plan.content = parse(wanted.content).as_json()
    plan.blind, plan.due_days = wanted.blind, wanted.due_days
    plan.note = words(wanted.note, "note", LONGEST_NOTE)


def close(session: Session, plan: Plan, at: datetime | None) -> None:
    """No more draws from it; None takes it up again."""
    plan.closed_at = at
    session.flush()
