"""Suggestions of automatic checks: apart from marks, held against people, counted with care."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qa import reviews, suggesting
from qa.drafts import Marked
from qa.errors import Unfinished
from qa.tables import Review, Suggestion

from .. import qa_world
from ..world import NOW

PEOPLE: dict[str, Any] = {"by": qa_world.INSPECTOR, "at": NOW}
RUBRIC: dict[str, Any] = {
    "title": "自动检查",
    "mode": "points",
    "sections": [
        {
            "key": "s",
            "title": "s",
            "items": [
                {
                    "key": "opening",
                    "title": "开头用语",
                    "kind": "check",
                    "check": {"kind": "opening", "phrases": ["您好"], "within": 10},
                    "options": [
                        {"key": "said", "points": 5},
                        {"key": "missing", "points": 0, "fails": True},
                    ],
                },
                {
                    "key": "patience",
                    "title": "耐心",
                    "kind": "choice",
                    "options": [{"key": "good", "points": 5}, {"key": "poor", "points": 0}],
                },
            ],
        }
    ],
}


def begun(session: Session, scorecard: Any, said: str = "您好，请讲。", **fields: Any) -> Review:
    """A review whose checks have been run."""
    call = qa_world.add_call(session)
    qa_world.add_transcript(session, call, [(0.5, 3.0, "agent", said)])
    review = qa_world.add_review(session, call, scorecard, **fields)
    for version in suggesting.versions_of(session, call):
        suggesting.run(session, call, version, None, NOW)
    return review


def finish(session: Session, review: Review, looked: tuple[str, ...] = (), **answers: str) -> Any:
    saves = 0
    if looked:
        reviews.save(session, review, Marked(looked=looked), 0, **PEOPLE)
        saves = 1
    reviews.save(session, review, Marked(answers), saves, **PEOPLE)
    return reviews.finish(session, review, **PEOPLE)


def test_a_check_leaves_its_suggestion_with_the_evidence_and_marks_nothing(
    session: Session,
) -> None:
    review = begun(session, qa_world.add_scorecard(session, rubric=RUBRIC))
    found = suggesting.newest(session, review.call_id, review.version_id)["opening"]
    assert (found.answer, found.outcome, found.evidence[0]["words"]) == ("said", "pass", "您好")
    assert reviews.current(session, review).answers == {}


def test_the_same_finding_again_adds_no_row_and_another_transcript_adds_one(
    session: Session,
) -> None:
    review = begun(session, qa_world.add_scorecard(session, rubric=RUBRIC))
    call, version = review.call, review.version
    assert suggesting.run(session, call, version, None, NOW + timedelta(days=1)) == []
    qa_world.add_transcript(session, call, [(0.5, 3.0, "agent", "喂，什么事？")])
    session.expire(call)
    assert [s.answer for s in suggesting.run(session, call, version, None, NOW)] == ["missing"]
    assert session.scalar(select(func.count(Suggestion.id))) == 2


def test_an_unproven_check_waits_for_a_person(session: Session) -> None:
    review = begun(session, qa_world.add_scorecard(session, rubric=RUBRIC))
    with pytest.raises(Unfinished, match="开头用语"):
        finish(session, review, patience="good")


def test_agreement_counts_only_marks_made_before_the_suggestion_was_seen(session: Session) -> None:
    """Three calls: one agrees unseen, one differs unseen, one was marked after looking."""
    card = qa_world.add_scorecard(session, rubric=RUBRIC)
    finish(session, begun(session, card), opening="said", patience="good")
    finish(session, begun(session, card), opening="missing", patience="good")
    after = finish(session, begun(session, card), ("opening",), opening="said", patience="good")
    assert after.first == {"opening": None}
    assert card.active is not None
    found = suggesting.standings(session, card.active)["opening"]
    assert (found.n, found.agreed, found.alone) == (2, 1, False)


def test_the_first_mark_stays_the_first_when_the_suggestion_changes_a_mind(
    session: Session,
) -> None:
    review = begun(session, qa_world.add_scorecard(session, rubric=RUBRIC))
    reviews.save(session, review, Marked({"opening": "missing"}, looked=["opening"]), 0, **PEOPLE)
    reviews.save(session, review, Marked({"opening": "said"}, looked=["opening"]), 1, **PEOPLE)
    reviews.save(session, review, Marked({"opening": "said", "patience": "good"}), 2, **PEOPLE)
    made = reviews.finish(session, review, **PEOPLE)
    assert (made.answers["opening"], made.first) == ("said", {"opening": "missing"})


def test_a_check_that_agreed_with_people_often_enough_counts_alone_and_is_told_apart(
    session: Session,
) -> None:
    """40 of 40: Wilson's lower bound is 91.2 %, over the 90 % that are asked for."""
    card = qa_world.add_scorecard(session, rubric=RUBRIC)
    for _ in range(40):
        finish(session, begun(session, card), opening="said", patience="good")
    made = finish(session, begun(session, card, "喂？"), patience="good")
    assert (made.answers["opening"], made.automatic, made.reported) == (
        "missing",
        ["opening"],
        50.0,
    )
    assert made.first == {"opening": None}
    blind = begun(session, card, purpose="calibration")
    with pytest.raises(Unfinished):
        finish(session, blind, patience="good")


def test_a_check_that_cannot_judge_says_so_and_suggests_nothing(session: Session) -> None:
    card = qa_world.add_scorecard(session, rubric=RUBRIC)
    call = qa_world.add_call(session)
    review = qa_world.add_review(session, call, card)
    [made] = suggesting.run(session, call, review.version, None, NOW)
    assert (made.outcome, made.answer) == ("unsure", None)
    assert suggesting.newest(session, call.id, review.version_id)["opening"].answer is None
