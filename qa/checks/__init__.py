"""Automatic checks: what a rubric item can find out about a call by itself.

    for finding in suggest(rubric, Heard(utterances, figures=figures)):
        print(finding.item, finding.answer, finding.reason)

A check is data in its item, ``"check": {"kind": …, …}``. It looks at a :class:`Heard` call and
returns a :class:`Finding`: the suggested answer or none, the reason in words, the evidence in the
transcript, and every setting used. It is pure, and a suggestion: :mod:`qa.automatic` says of which
items it may count alone.

| kind | fields besides the answers | its number |
| --- | --- | --- |
| ``required`` | ``phrases``, ``need`` (all · any · n), where and how | phrases said |
| ``forbidden`` | ``phrases``, where and how | mentions |
| ``order`` | ``steps`` [{``phrases``, ``by``}], ``within`` s, how | steps done |
| ``opening``, ``closing`` | ``phrases``, ``need``, ``within`` s, how | phrases said |
| ``silence`` | ``over`` s, ``most``, ``said_before``, ``said_after``, ``near`` s, ``by``, \
``excused_up_to`` s, ``measure``, how | longest · total · count |
| ``overtalk`` | ``seconds`` or ``share`` | the same |
| ``interruptions`` | ``most``, ``by``, ``over`` s | how many |
| ``pace`` | ``from``, ``to``, ``by`` | characters a minute |
| ``duration`` | ``from``, ``to``, ``of`` (call · agent · customer) | seconds |
| ``fact`` | ``fact``, ``from``, ``to`` | the fact |
| ``answer`` | ``about``, ``question``, ``article``, ``turns``, how | – |

where: ``by`` (agent · customer · anyone), ``first`` or ``last`` s; how: ``synonyms``, ``negated``
(:mod:`.phrases`).
The answers: ``pass``, ``fail``, ``unsure`` name an option, ``"na"`` or null, and have defaults
(:mod:`.choosing`); ``order`` has also ``absent``; ``answer`` has ``agrees``, ``unanswered``,
``silent``, ``open``, ``unasked`` and ``unsure`` (:mod:`.answer`).

To add a kind, copy a sibling and add a line to the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import BadRubric, Fault
from ..exact import plain
from ..fields import Fields
from ..rubric import Item, Rubric
from . import (
    answer,
    duration,
    fact,
    forbidden,
    interruptions,
    opening,
    order,
    overtalk,
    pace,
    required,
    silence,
)
from .choosing import Answer, Choice, read_choice
from .contract import Evidence, Heard, JsonObject, Kind, Knowledge, Look, Seen, Standard

__all__ = [
    "KINDS",
    "Check",
    "Evidence",
    "Finding",
    "Heard",
    "Kind",
    "Knowledge",
    "Seen",
    "Standard",
    "check_of",
    "faults",
    "suggest",
]

KINDS: Mapping[str, Kind] = {
    "required": Kind("必说用语", required.read),
    "forbidden": Kind("禁用语", forbidden.read),
    "order": Kind("先后次序", order.read, order.OUTCOMES),
    "opening": Kind("开头用语", opening.read_opening),
    "closing": Kind("结束用语", opening.read_closing),
    "silence": Kind("静音", silence.read),
    "overtalk": Kind("抢话", overtalk.read),
    "interruptions": Kind("打断", interruptions.read),
    "pace": Kind("语速", pace.read),
    "duration": Kind("时长", duration.read),
    "fact": Kind("来电数据", fact.read),
    "answer": Kind(
        "对照知识库的答复",
        answer.read,
        answer.OUTCOMES,
        counts=False,
        for_people=frozenset({answer.DIFFERS}),
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check suggests for its item.

    ``answer``: an option, a number, ``"na"``, or None where it leaves the item to a person.
    """

    item: str
    kind: str
    outcome: str
    answer: Answer
    reason: str
    evidence: tuple[Evidence, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        answer = self.answer
        return {
            "item": self.item,
            "kind": self.kind,
            "outcome": self.outcome,
            "answer": answer if answer is None or isinstance(answer, str) else plain(answer),
            "reason": self.reason,
            "evidence": [each.as_json() for each in self.evidence],
            "settings": dict(self.settings),
            **self.details,
        }


@dataclass(frozen=True, slots=True)
class Check:
    """The check of one item, read."""

    item: Item
    kind: str
    looks: Look
    choice: Choice

    def find(self, heard: Heard) -> Finding:
        """What it finds in a call."""
        seen = self.looks.look(heard)
        answer, why = self.choice.of(seen)
        return Finding(
            self.item.key,
            self.kind,
            seen.outcome,
            answer,
            seen.reason + why,
            seen.evidence,
            seen.settings,
            seen.details,
        )


def suggest(rubric: Rubric, heard: Heard) -> list[Finding]:
    """What every check of a rubric finds in a call. Raises BadRubric."""
    checks = (check_of(item) for item in rubric.items())
    return [check.find(heard) for check in checks if check is not None]


def check_of(item: Item) -> Check | None:
    """The check of an item, None where it has none. Raises BadRubric with every fault."""
    found: list[Fault] = []
    made = _read(item, found)
    if found:
        raise BadRubric(found)
    return made


def faults(rubric: Rubric) -> list[Fault]:
    """Everything wrong with the checks of a rubric, item by item."""
    found: list[Fault] = []
    for item in rubric.items():
        _read(item, found)
    return found


def _read(item: Item, found: list[Fault]) -> Check | None:
    if not item.check:
        return None
    fields = Fields(item.check, f"{item.key}.check", f"“{item.title}”（{item.key}）", found)
    titles = {name: kind.title for name, kind in KINDS.items()}
    name = fields.one_of("kind", titles, needed=True)
    if name is None:
        return None
    if name == "answer" and item.article is not None:
        given = {"article": item.article, **item.check}
        fields = Fields(given, fields.path, fields.where, found)
        fields.get("kind")
    looks = KINDS[name].read(fields)
    choice = read_choice(fields, item, KINDS[name])
    for unknown in fields.rest:
        if unknown != "note":
            fields.fault(f"{KINDS[name].title}没有字段 {unknown}。", unknown)
    return Check(item, name, looks, choice)
