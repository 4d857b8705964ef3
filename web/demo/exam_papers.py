"""The papers of the demo centre, as its rules of exams have them: what is drawn from the bank.

Kinds and difficulties are named, never single questions: whatever the bank holds is asked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from exams import drawing, papers
from exams.blueprints import read
from exams.papers import Wanted
from exams.pools import candidates
from exams.tables import Paper
from kb.gate import Viewer

from .abilities import SEED

NOBODY = Viewer(frozenset())


def row(kind: str, number: int, points: float, topic: str = "") -> dict[str, Any]:
    return {"kind": kind, "number": number, "points": points, "topic": topic}


MONTHLY: dict[str, Any] = {
    "rows": [
        row("judge", 15, 1),
        row("single", 20, 2),
        row("number", 4, 2.5),
        row("blank", 4, 2.5),
        row("match", 3, 2.5),
        row("order", 3, 2.5),
        row("essay", 1, 10),
    ]
}
"""50 questions, 100 points."""

PROMOTION: dict[str, Any] = {
    "rows": [
        row("judge", 20, 1),
        row("single", 30, 1),
        row("", 26, 1),
        row("order", 2, 2),
        row("essay", 2, 10),
    ],
    "weights": {
        "见习座席": {"easy": 80, "medium": 15, "hard": 5},
        "一级座席": {"easy": 76, "medium": 18, "hard": 6},
        "二级座席": {"easy": 71, "medium": 21, "hard": 8},
    },
}
"""80 questions, 100 points; the higher the grade, the harder."""

DAILY: dict[str, Any] = {"rows": [row("judge", 5, 10), row("single", 5, 10)]}

LUGGAGE = "行李物品"
QUIZ: dict[str, Any] = {"rows": [row("judge", 4, 10, LUGGAGE), row("single", 6, 10, LUGGAGE)]}


def create(
    session: Session, title: str, content: dict[str, Any], note: str, *, by: int, at: datetime
) -> Paper:
    return papers.create(session, Wanted(title, content, note), by=by, at=at)


def fixed(session: Session, content: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The same, chosen question by question as a trainer would: once for everybody."""
    blueprint = read(content)
    assert not isinstance(blueprint, papers.Fixed)
    layout = drawing.lay_out(blueprint, candidates(session, NOBODY, at), "")
    chosen = drawing.choose(layout, SEED)
    return {
        "questions": [
            {"version": each.version, "points": float(rule.points)}
            for rule, some in zip(blueprint.rows, chosen, strict=True)
            for each in some
        ]
    }


def doubtful(session: Session, content: dict[str, Any], at: datetime) -> tuple[int, str]:
    """(version, key) of the question of a fixed paper that will turn out to be unclear: the
    single choice that comes first by its key."""
    versions: Collection[int] = {each["version"] for each in content["questions"]}
    there = [c for c in candidates(session, NOBODY, at) if c.version in versions]
    found = min((c for c in there if c.kind == "single"), key=lambda c: c.key)
    return found.version, found.key
