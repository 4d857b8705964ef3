"""The form of a sampling plan: what it sends, as the content of a plan; and back again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kb.errors import InvalidContent
from qa import plans
from qa.errors import BadPlan
from qa.exact import NotANumber, parsed, plain
from qa.plans import Wanted
from qa.sampled import ATTRIBUTES, STRATA
from qa.tables import Plan, Scorecard

BLANK = 2
"""Empty rows for more rules, below those there are."""
_APART = re.compile(r"[、，,；;|\n]+")


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as it is typed."""

    name: str = ""
    title: str = ""
    least: str = ""
    most: str = ""
    among: str = ""

    @property
    def empty(self) -> bool:
        return not any((self.name, self.title, self.least, self.most, self.among))


@dataclass(frozen=True, slots=True)
class Form:
    """Everything as it is typed."""

    name: str = ""
    scorecard: str = ""
    per_agent: str = "5"
    strata: tuple[str, ...] = ("queue",)
    only: tuple[Row, ...] = ()
    risks: tuple[Row, ...] = ()
    risks_per_agent: str = "0"
    resamples_per_agent: str = "0"
    heard: bool = True
    blind: bool = False
    due_days: str = "7"
    note: str = ""
    saves: int = 0
    errors: Mapping[str, str] = field(default_factory=dict)

    def rows(self, kind: str) -> tuple[Row, ...]:
        """The rules of a kind, and some empty ones."""
        given: tuple[Row, ...] = getattr(self, kind)
        return (*given, *(Row() for _ in range(BLANK)))

    def wanted(self, session: Session) -> Wanted:
        """Raises BadPlan, InvalidContent."""
        known = self.scorecard.isdecimal() and len(self.scorecard) < 10
        card = session.get(Scorecard, int(self.scorecard)) if known else None
        if card is None:
            raise InvalidContent("scorecard", "请选评分表。")
        content = {
            "per_agent": _whole(self.per_agent, "每人随机抽", "per_agent"),
            "strata": list(self.strata),
            "only": [_rule(row, f"“只抽”第{n}条") for n, row in enumerate(self.only, 1)],
            "risks": [_rule(row, f"“风险”第{n}条") for n, row in enumerate(self.risks, 1)],
            "risks_per_agent": _whole(self.risks_per_agent, "每人按风险抽", "risks_per_agent"),
            "resamples_per_agent": _whole(self.resamples_per_agent, "每人复查", "resamples"),
            "heard": self.heard,
        }
        due = _whole(self.due_days, "完成期限", "due_days")
        return Wanted(self.name, card, content, self.blind, due, self.note)


def read(form: MultiDict[str, str]) -> Form:
    return Form(
        name=form.get("name", ""),
        scorecard=form.get("scorecard", ""),
        per_agent=form.get("per_agent", ""),
        strata=tuple(name for name in STRATA if name in form.getlist("strata")),
        only=_rows(form, "only"),
        risks=_rows(form, "risks"),
        risks_per_agent=form.get("risks_per_agent", ""),
        resamples_per_agent=form.get("resamples_per_agent", ""),
        heard="heard" in form,
        blind="blind" in form,
        due_days=form.get("due_days", ""),
        note=form.get("note", ""),
        saves=form.get("saves", 0, type=int),
    )


def _rows(form: MultiDict[str, str], kind: str) -> tuple[Row, ...]:
    sides = ("name", "title", "least", "most", "among")
    columns = [form.getlist(f"{kind}.{side}") for side in sides]
    rows = (Row(*(text.strip() for text in row)) for row in zip(*columns, strict=False))
    return tuple(row for row in rows if not row.empty)[: plans.MOST_RULES + 1]


def of(plan: Plan) -> Form:
    """The form of a plan that is kept."""
    content = plans.parse(plan.content)
    return Form(
        name=plan.name,
        scorecard=str(plan.scorecard_id),
        per_agent=str(content.per_agent),
        strata=content.strata,
        only=tuple(_row(ask) for ask in content.only),
        risks=tuple(_row(ask) for ask in content.risks),
        risks_per_agent=str(content.risks_per_agent),
        resamples_per_agent=str(content.resamples_per_agent),
        heard=content.heard,
        blind=plan.blind,
        due_days=str(plan.due_days),
        note=plan.note,
        saves=plan.saves,
    )


def _row(ask: plans.Ask) -> Row:
    least, most = ("" if side is None else f"{side:g}" for side in (ask.least, ask.most))
    return Row(ask.name, ask.title, least, most, "、".join(ask.among))


def _whole(text: str, what: str, field: str) -> int:
    try:
        value = plain(parsed(text))
    except NotANumber:
        raise InvalidContent(field, f"“{what}”请填整数。") from None
    if not isinstance(value, int):
        raise InvalidContent(field, f"“{what}”请填整数。")
    return value


def _rule(row: Row, where: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": row.name, "title": row.title}
    for side in ("least", "most"):
        if text := getattr(row, side):
            try:
                made[side] = plain(parsed(text))
            except NotANumber:
                raise BadPlan(f"{where}：“{text[:20]}”不是数字。") from None
    words = [word for text in _APART.split(row.among) if (word := text.strip())]
    if ATTRIBUTES.get(row.name) and row.name == "direction":
        words = [{"呼入": "in", "呼出": "out"}.get(word, word) for word in words]
    return made | ({"among": words} if words else {})


def told(ask: plans.Ask) -> str:
    """A rule in words: 最长静音 20 秒以上."""
    kind = ATTRIBUTES[ask.name]
    if kind.sort == "number":
        unit = f" {kind.unit}" if kind.unit else ""
        if ask.least is None:
            return f"{kind.label}不超过 {ask.most:g}{unit}"
        if ask.most is None:
            return f"{kind.label}不少于 {ask.least:g}{unit}"
        return f"{kind.label} {ask.least:g}–{ask.most:g}{unit}"
    named = {"in": "呼入", "out": "呼出"} if ask.name == "direction" else {}
    return f"{kind.label}：{'、'.join(named.get(each, each) for each in ask.among)}"
