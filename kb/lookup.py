"""By code: the texts in force about a train, a station or a document number.

What is looked at are the fields of the centre (``kb.fieldrules``); who may see what, the gate
says at the moment of asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import fieldrules, gate
from .codes import Code
from .fieldrules import FieldRule
from .gate import Viewer
from .models import Revision

LONGEST_QUERY = 200
MOST_TERMS = 8
CODED = frozenset({"text", "code", "codes", "choice"})
"""Sorts of field whose values are looked up; dates and numbers are only shown."""


@dataclass(frozen=True, slots=True)
class Match:
    """A value that answers what was typed, under the name of its field."""

    name: str
    value: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Found:
    revision: Revision
    matches: tuple[Match, ...]

    @property
    def exact(self) -> bool:
        return any(match.exact for match in self.matches)


@dataclass(frozen=True, slots=True)
class Page:
    """``total`` counts all that answers, ``found`` the first of them."""

    total: int
    found: Sequence[Found]


def find(
    session: Session,
    viewer: Viewer,
    at: datetime,
    typed: str,
    *,
    kind: str = "",
    field: str = "",
    limit: int = 50,
) -> Page:
    """Texts in force with the code: the very code first, then those it is a part of; newest first.

    ``kind`` and ``field`` (a rule's key) narrow. Nothing typed: all that have such a field.
    """
    rules = [
        rule
        for rule in fieldrules.all_rules(session)
        if rule.kind == (kind or rule.kind) and rule.key == (field or rule.key)
    ]
    wanted = terms(typed)
    if not rules or (typed.strip() and not wanted):
        return Page(0, ())
    hits: list[tuple[int, tuple[Match, ...]]] = []
    for article_id, kind_of, data in _rows(session, viewer, at, {rule.kind for rule in rules}):
        own = [rule for rule in rules if rule.kind == kind_of]
        matches = matching(own, data, wanted)
        if matches:
            hits.append((article_id, matches))
    hits.sort(key=lambda hit: not any(match.exact for match in hit[1]))  # stable: newest first
    return Page(len(hits), _shown(session, viewer, at, hits[:limit]))


def _rows(
    session: Session, viewer: Viewer, at: datetime, kinds: Iterable[str]
) -> Iterable[tuple[int, str, dict[str, object]]]:
    query = (
        select(Revision.article_id, Revision.kind, Revision.data)
        .join(Revision.article)
        .where(gate.holds(at), gate.permits(viewer), Revision.kind.in_(sorted(kinds)))
        .order_by(Revision.published_at.desc(), Revision.id.desc())
    )
    for row in session.execute(query):
        yield row[0], row[1], row[2]


def _shown(
    session: Session, viewer: Viewer, at: datetime, hits: list[tuple[int, tuple[Match, ...]]]
) -> list[Found]:
    texts = gate.in_force_of(session, viewer, at, [article_id for article_id, _ in hits])
    return [Found(texts[id], matches) for id, matches in hits if id in texts]


def terms(typed: str) -> tuple[tuple[Code, ...], ...]:
    """Ways to read what was typed: all of it as one code, or several, each of which must fit."""
    text = typed.replace("\0", "")[:LONGEST_QUERY]
    parts = tuple(Code.of(part) for part in text.split()[:MOST_TERMS])
    readings = [(Code.of("".join(text.split())),), parts]
    kept = [tuple(code for code in reading if code.text) for reading in readings]
    return tuple(dict.fromkeys(reading for reading in kept if reading))


def matching(
    rules: Sequence[FieldRule], data: dict[str, object], wanted: tuple[tuple[Code, ...], ...]
) -> tuple[Match, ...]:
    """The values that answer, those of the first reading that finds any; with nothing wanted all.

    Pure.
    """
    values = [
        (rule.name, value)
        for rule in rules
        if rule.sort in CODED
        for value in fieldrules.texts(data.get(rule.key))
    ]
    if not wanted:
        return tuple(Match(name, value, False) for name, value in values)
    for reading in wanted:
        answers = [_answering(values, code) for code in reading]
        if all(answers):
            return tuple(dict.fromkeys(match for answer in answers for match in answer))
    return ()


def _answering(values: Sequence[tuple[str, str]], typed: Code) -> list[Match]:
    found = [(name, value, Code.of(value).likeness(typed)) for name, value in values]
    return [Match(name, value, like == "exact") for name, value, like in found if like]
