"""Suggestions of automatic checks as the scoring desk shows them: only what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb import past
from kb.errors import NotFound
from kb.past import Then
from qa import suggesting
from qa.automatic import Standing
from qa.checks.answer import DIFFERS
from qa.rubric import NA, Item, Rubric
from qa.tables import Draft, Review, Suggestion

from .context import now, reading, viewer


@dataclass(frozen=True, slots=True)
class Place:
    """Evidence: where in the recording, and the words."""

    at: float
    until: float
    words: str
    note: str


@dataclass(frozen=True, slots=True)
class Standard:
    """The sentence that answered when the question was asked; ``differs``: something else was
    said, and either may be wrong."""

    article: str
    title: str
    number: int
    text: str
    start: int
    end: int
    differs: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A suggestion beside its item. ``open``: its content may be shown now; until then only that
    there is one. ``answer`` is what would be marked, ``title`` how people call it."""

    item: str
    open: bool
    answer: Any = None
    title: str = ""
    says: str = ""
    places: Sequence[Place] = ()
    standards: Sequence[Standard] = ()
    alone: bool = False
    standing: str = ""


def of(review: Review, rubric: Rubric, *, everything: bool = False) -> dict[str, Shown]:
    """{item: suggestion} of what this person may know of. ``everything``: all are open."""
    found = suggesting.newest(reading(), review.call_id, review.version_id)
    if not found:
        return {}
    draft = reading().get(Draft, review.id)
    looked = set(draft.first) if draft else set()
    standings = suggesting.standings(reading(), review.version)
    made = {}
    for key, row in found.items():
        item = rubric.item(key)
        if item is None or not _may_know(review, row):
            continue
        made[key] = (
            _open(item, row, standings.get(key))
            if everything or key in looked
            else Shown(key, open=False, alone=_alone(standings.get(key), row))
        )
    return made


def _alone(standing: Standing | None, row: Suggestion) -> bool:
    return standing is not None and standing.alone and row.answer is not None


def _open(item: Item, row: Suggestion, standing: Standing | None) -> Shown:
    return Shown(
        item=item.key,
        open=True,
        answer=row.answer,
        title=_title(item, row.answer),
        says=row.says,
        places=[
            Place(each["at"], each["until"], each.get("words", ""), each.get("note", ""))
            for each in row.evidence
        ],
        standards=_standards(row),
        alone=_alone(standing, row),
        standing=standing.reason if standing else "",
    )


def _standards(row: Suggestion) -> list[Standard]:
    """Each sentence once, those that differ first."""
    found: dict[tuple[str, int, int], Standard] = {}
    for each in row.details.get("comparisons", ()):
        if not (given := each.get("standard")):
            continue
        place = given["article"], given["revision"], given["start"]
        differs = each["outcome"] == DIFFERS
        if place not in found or differs:
            found[place] = Standard(
                given["article"],
                given["title"],
                given["revision"],
                given["text"],
                given["start"],
                given["end"],
                differs,
            )
    return sorted(found.values(), key=lambda each: not each.differs)


def _title(item: Item, answer: Any) -> str:
    if answer is None:
        return ""
    if answer == NA and isinstance(answer, str):
        return "不适用"
    if isinstance(answer, str):
        return next((o.title for o in item.options if o.key == answer), answer)
    return f"{answer:g}"


def _may_know(review: Review, row: Suggestion) -> bool:
    """Who may not read an article does not learn of it, here neither."""
    then = Then(review.call.started_at, review.call.started_at)
    for key in set(_articles(row.details)):
        try:
            past.in_force(reading(), viewer(), now(), then, key)
        except NotFound:
            return False
    return True


def _articles(value: Any) -> Iterator[str]:
    """Keys of every article a check's details name, however deep."""
    if isinstance(value, Mapping):
        if isinstance(value.get("article"), str) and "revision" in value:
            yield value["article"]
        for each in value.values():
            yield from _articles(each)
    elif isinstance(value, list):
        for each in value:
            yield from _articles(each)
