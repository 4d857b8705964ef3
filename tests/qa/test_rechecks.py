"""A share of finished reviews is looked at again, blind, by somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, Settled
from qa import appeals, rechecks, standing
from qa.appeals import Verdict
from qa.assigning import Inspector
from qa.errors import NotSecond
from qa.rechecks import Wish
from qa.tables import Review

from ..qa_world import AGENT, GOOD, INSPECTOR, add_call, add_review, add_score, add_scorecard
from ..world import NOW

LEAD, SECOND = 31, 22
POOR = GOOD | {"greeting": "no"}
PEOPLE = (Inspector(str(INSPECTOR)), Inspector(str(SECOND)))


def wish(percent: int = 10, seed: str = "2026-11", **fields: Any) -> Wish:
    return Wish(NOW - timedelta(days=1), NOW + timedelta(days=1), percent, seed, **fields)


def finished(session: Session, count: int = 1) -> list[Review]:
    card = add_scorecard(session)
    made = [add_review(session, add_call(session), card) for _ in range(count)]
    for review in made:
        add_score(session, review, POOR)
    return made


def looked_at_again(session: Session, answers: dict[str, Any] = GOOD) -> tuple[Review, Review]:
    (first,) = finished(session)
    (second,) = rechecks.draw(session, wish(100), PEOPLE, by=LEAD, at=NOW).made
    add_score(session, second, answers)
    return first, second


@given(st.integers(1, 5000), st.integers(1, 100))
def test_the_share_is_rounded_up_and_never_more_than_there_are(count: int, percent: int) -> None:
    size = rechecks.size(count, percent)
    assert 1 <= size <= count
    assert 100 * (size - 1) < count * percent <= 100 * size


def test_the_same_seed_draws_the_same_and_says_with_what_probability(session: Session) -> None:
    finished(session, 30)
    drawn = rechecks.draw(session, wish(10), PEOPLE, by=LEAD, at=NOW)
    assert (drawn.population, len(drawn.made), drawn.left) == (30, 3, [])
    ids = [r.of_id for r in drawn.made]
    for review in drawn.made:
        assert (review.purpose, review.blind, review.probability) == ("recheck", True, "1/10")
        assert review.inspector_id == SECOND, "never who scored it first"
        assert "2026-11" in review.why[0]
        review.state = "cancelled"
    session.flush()
    assert [r.of_id for r in rechecks.draw(session, wish(10), PEOPLE, by=1, at=NOW).made] == ids


def test_what_was_drawn_is_not_drawn_again_and_nothing_left_is_said(session: Session) -> None:
    finished(session, 2)
    assert len(rechecks.draw(session, wish(100), PEOPLE, by=LEAD, at=NOW).made) == 2
    with pytest.raises(InvalidContent, match="没有"):
        rechecks.draw(session, wish(100), PEOPLE, by=LEAD, at=NOW)
    for wrong in (wish(0), wish(101), wish(5, " "), Wish(NOW, NOW, 5, "s")):
        with pytest.raises(InvalidContent):
            rechecks.draw(session, wrong, PEOPLE, by=LEAD, at=NOW)


def test_what_nobody_may_look_at_is_left_and_the_load_is_spread(session: Session) -> None:
    found = finished(session, 4)
    given_, left = rechecks.spread(found, [Inspector(str(INSPECTOR))])
    assert (given_, left) == ([], found)
    never = Inspector("40", never=frozenset({str(AGENT)}))
    people = [never, Inspector("41", load=1), Inspector("42")]
    assert [person for _, person in rechecks.spread(found, people)[0]] == [42, 41, 42, 41]


def test_the_agent_sees_nothing_of_a_second_look(session: Session) -> None:
    first, _ = looked_at_again(session)
    assert standing.listing(session, [AGENT])[1] == [first]


def test_both_are_compared_item_by_item(session: Session) -> None:
    first, second = looked_at_again(session)
    assert [(line.item.key, line.same) for line in rechecks.compare(first, second)] == [
        ("greeting", False),
        ("patience", True),
        ("fee", True),
    ]
    (found,) = rechecks.figures(session)
    assert (found.inspector_id, found.n, found.items, found.items_same) == (INSPECTOR, 1, 3, 2)
    assert found.stricter is not None
    assert (found.stricter.value, found.stricter.low) == (40.0, None), "one call has no interval"


def test_the_lead_keeps_or_replaces_once_with_words(session: Session) -> None:
    first, second = looked_at_again(session)
    for outcome, words in (("kept", " "), ("perhaps", "因为")):
        with pytest.raises(InvalidContent):
            rechecks.settle(session, second, outcome, words, by=LEAD, at=NOW)
    for close in (INSPECTOR, SECOND, AGENT):
        with pytest.raises(NotSecond):
            rechecks.settle(session, second, "replaced", "听得到", by=close, at=NOW)
    made = rechecks.settle(session, second, "replaced", "听得到", by=LEAD, at=NOW)
    assert first.score is not None
    assert (first.score.cause, first.score.reported, first.score.id) == (
        "recheck",
        100.0,
        made.result_id,
    )
    assert standing.news(session, AGENT) == [first]
    with pytest.raises(Settled, match="已经有了结论"):
        rechecks.settle(session, second, "kept", "听得到", by=LEAD, at=NOW)


def test_kept_changes_nothing_and_unfinished_cannot_be_settled(session: Session) -> None:
    (first,) = finished(session)
    (second,) = rechecks.draw(session, wish(100), PEOPLE, by=LEAD, at=NOW).made
    with pytest.raises(Settled, match="还没有完成"):
        rechecks.settle(session, second, "kept", "都对", by=LEAD, at=NOW)
    add_score(session, second, GOOD)
    rechecks.settle(session, second, "kept", "都对", by=LEAD, at=NOW)
    assert len(first.scores) == 1


def test_what_an_appeal_decided_outlives_a_second_look(session: Session) -> None:
    first, second = looked_at_again(session, POOR | {"patience": "poor"})
    appeal = appeals.make(session, first, "greeting", "报了", by=AGENT, at=NOW)
    with pytest.raises(Settled, match="等裁定"):
        rechecks.settle(session, second, "replaced", "更差", by=LEAD, at=NOW)
    appeals.opine(session, appeal, "yes", by=LEAD, at=NOW)
    appeals.decide(session, appeal, Verdict(True, "是"), by=LEAD, at=NOW)
    rechecks.settle(session, second, "replaced", "更差", by=LEAD, at=NOW)
    assert first.score is not None
    assert first.score.answers == GOOD | {"patience": "poor"}
    assert first.appeal_until is not None
