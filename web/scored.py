"""A finished review as pages show it: each item with what was marked and why, and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import url_for

from kb import past
from kb.errors import NotFound
from kb.past import Then
from qa import appeals, reviews
from qa.rubric import NA, Item, Rubric, Section
from qa.tables import Appeal, Review, Score

from . import players, qa_sight
from .context import can, now, reading, viewer
from .pages import moment
from .people_names import load_names, person_name
from .players import Note, Player

CAUSES: Mapping[str, str] = {
    "review": "评分完成",
    "appeal": "申诉成立，成绩改了",
    "slip": "更正笔误，成绩改了",
    "recheck": "复检后，成绩改了",
}
CHOSEN: Mapping[str, str] = {
    "random": "随机抽到",
    "risk": "因风险抽到",
    "resample": "复查抽到",
    "manual": "人工挑选",
}
"""How the call came to be scored."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The article behind an item as it was in force during the call."""

    title: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the score that holds. ``before``: the first answer, where it is another."""

    item: Item
    answer: Any
    words: str
    earned: float
    possible: float
    applies: bool
    failed: bool
    fatal: bool
    note: str
    before: str
    automatic: bool
    article: Explained | None
    remarks: Sequence[Note]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history: ``points`` is the score from then on, '' if it was not touched."""

    at: datetime
    title: str
    text: str = ""
    who: str = ""
    points: str = ""
    kind: str = "off"


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything a page says of a finished review."""

    review: Review
    score: Score
    rubric: Rubric
    agent: str
    inspector: str
    sections: Sequence[tuple[Section, Sequence[Row]]]
    events: Sequence[Event]
    player: Player
    appeals: Sequence[Appeal] = field(default_factory=tuple)

    @property
    def band(self) -> str:
        return str(self.score.result.get("band") or "")

    @property
    def rows(self) -> list[Row]:
        return [row for _, rows in self.sections for row in rows]

    @property
    def failed(self) -> list[Row]:
        return [row for row in self.rows if row.failed]

    def title(self, key: str) -> str:
        item = self.rubric.item(key)
        return item.title if item else key


def shown(review: Review) -> Shown:
    """Of a review that has a score and that the person who is asking may see."""
    made = review.score
    assert made is not None
    rubric = reviews.rubric_of(review.version)
    past_appeals = appeals.of_review(reading(), review)
    load_names(
        [
            review.inspector_id,
            *(score.by for score in review.scores),
            *(comment.author_id for comment in review.comments),
            *(appeal.decided_by for appeal in past_appeals),
        ]
    )
    titles = {item.key: item.title for item in rubric.items()}
    notes = players.notes(review.comments, person_name, titles)
    return Shown(
        review=review,
        score=made,
        rubric=rubric,
        agent=qa_sight.agent_label(review.call),
        inspector=person_name(review.inspector_id),
        sections=_sections(review, rubric, made, notes),
        events=_events(review, rubric, past_appeals),
        player=players.of(review.call, notes=notes),
        appeals=past_appeals,
    )


def answer_words(item: Item, answer: Any) -> str:
    """What was marked, as a person says it."""
    if answer is None:
        return "没有评"
    if answer == NA and isinstance(answer, str):
        return "不适用"
    titles = {option.key: option.title for option in item.options}
    if isinstance(answer, list):
        return "、".join(titles.get(key, str(key)) for key in answer) or "都没有"
    if isinstance(answer, str):
        return titles.get(answer, answer)
    return f"{answer:g}"


def points(value: float | None) -> str:
    """A score as it is shown: two decimals, a dash where nothing applied."""
    return "—" if value is None else f"{value:.2f}"


# Items


def _sections(
    review: Review, rubric: Rubric, made: Score, notes: Sequence[Note]
) -> list[tuple[Section, list[Row]]]:
    explained = explanations(review, rubric)
    remarks = _remarks(review, notes)
    first = review.scores[0].answers
    failed = {each.item for each in made.items if each.applies and each.failed}
    fails = set(made.result.get("failed", ()))
    sections = []
    for section in rubric.sections:
        rows = []
        for item in section.items:
            if item.key not in made.answers:
                continue
            line = made.result["items"][item.key]
            answer = made.answers[item.key]
            changed = item.key in first and first[item.key] != answer
            rows.append(
                Row(
                    item=item,
                    answer=answer,
                    words=answer_words(item, answer),
                    earned=line["earned"],
                    possible=line["possible"],
                    applies=item.key not in made.result.get("not_applicable", ()),
                    failed=item.key in failed,
                    fatal=bool(item.fatal) and item.key in fails,
                    note=made.notes.get(item.key, ""),
                    before=answer_words(item, first[item.key]) if changed else "",
                    automatic=item.key in review.scores[0].automatic and not changed,
                    article=explained.get(item.article or ""),
                    remarks=remarks.get(item.key, []),
                )
            )
        if rows:
            sections.append((section, rows))
    return sections


def explanations(review: Review, rubric: Rubric) -> dict[str, Explained]:
    """{article: as it was in force when the call began}, of those this person may read."""
    if not can("kb.read"):
        return {}
    began = review.call.started_at
    then = Then(began, began)
    found = {}
    for key in {item.article for item in rubric.items() if item.article}:
        try:
            text = past.in_force(reading(), viewer(), now(), then, key)
        except NotFound:
            continue
        url = url_for("past.show", key=key, at=_address(began))
        found[key] = Explained(text.title, text.number, url)
    return found


def _address(at: datetime) -> str:
    return moment(at).replace(" ", "T")


def _remarks(review: Review, notes: Sequence[Note]) -> dict[str, list[Note]]:
    items = {comment.id: comment.item for comment in review.comments}
    found: dict[str, list[Note]] = {}
    for note in notes:
        if items.get(note.id):
            found.setdefault(items[note.id], []).append(note)
    return found


# History


def _events(review: Review, rubric: Rubric, disputed: Sequence[Appeal]) -> list[Event]:
    made = [_scored(score) for score in review.scores]
    if review.acknowledged_at is not None:
        made.append(Event(review.acknowledged_at, "座席确认", review.acknowledgement, kind="ok"))
    for appeal in disputed:
        item = rubric.item(appeal.item)
        made.extend(_appealed(appeal, item.title if item else appeal.item))
    return sorted(made, key=lambda event: event.at)


def _scored(score: Score) -> Event:
    kind = "info" if score.cause == "review" else "warn"
    return Event(
        score.at,
        CAUSES[score.cause],
        score.reason,
        person_name(score.by),
        points(score.reported),
        kind,
    )


def _appealed(appeal: Appeal, title: str) -> list[Event]:
    made = [Event(appeal.at, f"申诉“{title}”", appeal.reason, kind="draft")]
    if appeal.state == appeals.WITHDRAWN and appeal.decided_at:
        made.append(Event(appeal.decided_at, f"撤回对“{title}”的申诉"))
    elif appeal.decided_at and appeal.result_id is None:
        word = "成立，但改判会使成绩变低，成绩不变" if appeal.state == appeals.UPHELD else "不成立"
        made.append(
            Event(
                appeal.decided_at,
                f"“{title}”的申诉{word}",
                appeal.verdict,
                person_name(appeal.decided_by),
                kind="info",
            )
        )
    return made
