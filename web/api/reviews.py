"""Finished reviews for other programs: one's own, one's team's, or all; and an agent's appeal."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from qa import appeals, reviews, standing
from qa.tables import Appeal, Review, Score

from .. import qa_sight, scored, todo
from ..access import needs
from ..context import can, now, person, reading, work
from ..errors import InvalidInput
from ..models import Person
from ..qa_ties import team_of
from ..views.finished import may_see
from . import shapes
from .views import _page, _paging, blueprint, limit, limiter

LARGEST = 64 * 1024
"""Bytes of an appeal: the longest reason with every character escaped."""


@blueprint.get("/qa/reviews")
@needs("api.use")
@limiter.limit(limit)
def list_reviews() -> ResponseReturnValue:
    """The newest first."""
    page, size = _paging()
    total, found = standing.listing(
        reading(),
        _agents(),
        without=qa_sight.hidden_scores(),
        offset=(page - 1) * size,
        limit=size,
    )
    waiting = todo.appealed(reading(), found)
    numbers = _numbers({id for r in found for id in (r.call.agent_id, r.inspector_id)})
    return _page(total, page, size, [_summary(r, waiting, numbers) for r in found])


def _agents() -> list[int] | None:
    """Whose reviews the person who is asking sees; None: everybody's."""
    if can("qa.score"):
        return None
    if not (can("qa.team") or can("qa.own")):
        abort(403)
    team = [one.id for one in team_of(reading(), person())] if can("qa.team") else []
    return [*team, person().id] if can("qa.own") else team


@blueprint.get("/qa/reviews/<int:id>")
@needs("api.use")
@limiter.limit(limit)
def get_review(id: int) -> ResponseReturnValue:
    return _whole(_seen(id))


def _seen(id: int) -> Review:
    """Raises NotFound for what this person may not know of."""
    if not (can("qa.score") or can("qa.team") or can("qa.own")):
        abort(403)
    found = reviews.get(reading(), id)
    may_see(found)
    return found


@blueprint.post("/qa/reviews/<int:id>/appeals")
@needs("api.use")
@limiter.limit(limit)
def make_appeal(id: int) -> ResponseReturnValue:
    """The agent disputes one item; the same again is the same appeal."""
    if not can("qa.own"):
        abort(403)
    standing.own(reading(), person().id, id)
    item, reason = _given()
    with work("qa.appeal") as writes:
        held = reviews.hold(writes, id)
        before = {a.id for a in appeals.of_review(writes, held)}
        made = appeals.make(writes, held, item, reason, by=person().id, at=now())
        shown = _appeal(made)
    return {"created": made.id not in before, "appeal": shown}, 200 if made.id in before else 201


def _given() -> tuple[str, str]:
    request.max_content_length = LARGEST
    try:
        given = request.get_json()
    except RecursionError:
        raise InvalidInput("body", "正文的 JSON 嵌套太深，请减少层数。") from None
    if not isinstance(given, dict):
        raise InvalidInput("body", "请在正文里给出一个 JSON 对象：item 和 reason。")
    found = [given.get(name) for name in ("item", "reason")]
    for name, value in zip(("item", "reason"), found, strict=True):
        if not isinstance(value, str):
            raise InvalidInput(name, f"请给出 {name}，是一段文字。")
    return found[0], found[1]


# Shapes


def _numbers(ids: set[int | None]) -> dict[int | None, str]:
    """{id: the person's number}"""
    rows = reading().execute(select(Person.id, Person.number).where(Person.id.in_(ids - {None})))
    return {id: number for id, number in rows}  # noqa: C416 - rows, not pairs


def _summary(
    review: Review, waiting: dict[int, int], numbers: dict[int | None, str]
) -> dict[str, Any]:
    made = review.score
    assert made is not None
    return {
        "id": review.id,
        "call": review.call.key,
        "agent": numbers.get(review.call.agent_id, ""),
        "inspector": numbers.get(review.inspector_id, ""),
        "started_at": shapes.moment(review.call.started_at),
        "scorecard": review.version.scorecard.key,
        "version": review.version.number,
        "chosen": review.chosen,
        "reported": made.reported,
        "critical": made.critical,
        "band": made.result.get("band"),
        "finished_at": shapes.moment(review.finished_at),
        "acknowledged_at": shapes.moment(review.acknowledged_at),
        "appeal_until": shapes.moment(review.appeal_until),
        "appeals_waiting": waiting.get(review.id, 0),
    }


def _whole(review: Review) -> dict[str, Any]:
    made = review.score
    assert made is not None
    rubric = reviews.rubric_of(review.version)
    failed = {each.item for each in made.items if each.applies and each.failed}
    numbers = _numbers({review.call.agent_id, review.inspector_id})
    items = [
        {
            "item": item.key,
            "title": item.title,
            "answer": made.answers[item.key],
            "words": scored.answer_words(item, made.answers[item.key]),
            "earned": made.result["items"][item.key]["earned"],
            "possible": made.result["items"][item.key]["possible"],
            "failed": item.key in failed,
            "note": made.notes.get(item.key, ""),
        }
        for item in rubric.items()
        if item.key in made.answers
    ]
    return {
        **_summary(review, todo.appealed(reading(), [review]), numbers),
        "comment": made.comment,
        "items": items,
        "comments": [
            {"item": c.item, "start": c.start, "end": c.end, "text": c.text}
            for c in review.comments
            if c.removed_at is None
        ],
        "scores": [_score(each) for each in review.scores],
        "appeals": [_appeal(each) for each in appeals.of_review(reading(), review)],
    }


def _score(made: Score) -> dict[str, Any]:
    return {
        "number": made.number,
        "cause": made.cause,
        "reported": made.reported,
        "reason": made.reason,
        "at": shapes.moment(made.at),
    }


def _appeal(made: Appeal) -> dict[str, Any]:
    return {
        "id": made.id,
        "item": made.item,
        "reason": made.reason,
        "state": made.state,
        "at": shapes.moment(made.at),
        "decided_at": shapes.moment(made.decided_at),
        "verdict": made.verdict,
    }
