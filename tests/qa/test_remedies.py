"""The loop of a failed item, its evidence, and coaching."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb import articles
from kb.articles import Edit
from kb.errors import InvalidContent, NotFound, Settled
from qa import coachings, loops, remedies
from qa.coachings import Task
from qa.intervals import difference, wilson
from qa.loops import Count, Effect
from qa.tables import Remedy, Review, Scorecard

from ..qa_world import AGENT, GOOD, RUBRIC, add_call, add_review, add_score, add_scorecard
from ..world import NOW, REFUND

LEAD, OTHER = 31, 12
WRONG, CURT = GOOD | {"fee": "wrong"}, GOOD | {"patience": "poor"}


def scored(
    session: Session, card: Scorecard, answers: dict[str, Any], days: float = 1, **fields: Any
) -> Review:
    at = NOW - timedelta(days=days)
    review = add_review(session, add_call(session, at=at), card, **fields)
    add_score(session, review, answers, at=min(at, NOW))
    return review


def begun(session: Session, card: Scorecard) -> Remedy:
    (loop,) = remedies.propose(session, scored(session, card, WRONG), NOW)
    return loop


def test_a_critical_item_needs_one_failure_others_with_an_article_two(session: Session) -> None:
    made = deepcopy(RUBRIC)
    made["sections"][0]["items"][1]["article"] = "patience-rule"
    card = add_scorecard(session, rubric=made)
    for days in (4, 3):
        failed = scored(session, card, GOOD | {"greeting": "no"}, days=days)
        assert remedies.propose(session, failed, NOW) == [], "there is nothing to read"
    assert remedies.propose(session, scored(session, card, CURT, days=91), NOW) == []
    assert remedies.propose(session, scored(session, card, CURT, days=80), NOW) == []
    (curt,) = remedies.propose(session, scored(session, card, CURT), NOW)
    assert (curt.item, curt.article_key) == ("patience", "patience-rule")
    assert begun(session, card).item == "fee"
    assert remedies.propose(session, scored(session, card, WRONG), NOW) == [], "one is open"
    assert [r.item for r in remedies.open_for(session, [AGENT])] == ["patience", "fee"]
    assert remedies.open_for(session, [OTHER]) == []


def test_a_second_look_and_a_calibration_begin_no_loop(session: Session) -> None:
    card = add_scorecard(session)
    for purpose in ("recheck", "calibration"):
        assert remedies.propose(session, scored(session, card, WRONG, purpose=purpose), NOW) == []


def test_the_article_is_proposed_in_the_revision_in_force(session: Session) -> None:
    loop = begun(session, add_scorecard(session))
    assert (loop.article_key, loop.article_revision) == ("refund-fee", None), "not in force"
    articles.put(session, REFUND, Edit(1, NOW), publish_it=True)
    again = begun(session, add_scorecard(session, "other"))
    assert again.article_revision == 1


def test_opening_the_article_is_reading_it_once(session: Session) -> None:
    loop = begun(session, add_scorecard(session))
    later = NOW + timedelta(days=1)
    remedies.opened(session, OTHER, "refund-fee", 3, NOW)
    remedies.opened(session, AGENT, "change-ticket", 3, NOW)
    assert loop.read_at is None
    remedies.opened(session, AGENT, "refund-fee", 3, NOW)
    remedies.opened(session, AGENT, "refund-fee", 4, later)
    assert (loop.read_at, loop.article_revision) == (NOW, 3)


def test_a_quiz_is_offered_where_somebody_offers_one(session: Session) -> None:
    class Offering:
        def offer(self, session: Session, remedy: Remedy) -> str:
            return f"quiz-of-{remedy.article_key}"

        def taken_at(self, session: Session, remedy: Remedy) -> None:
            return None

        def address(self, remedy: Remedy) -> str:
            return "/quizzes/1"

    review = scored(session, add_scorecard(session), WRONG)
    (loop,) = remedies.propose(session, review, NOW, Offering())
    assert loop.quiz == "quiz-of-refund-fee"


def test_a_loop_is_closed_by_hand_with_a_reason_once(session: Session) -> None:
    loop = begun(session, add_scorecard(session))
    with pytest.raises(InvalidContent, match="为什么"):
        remedies.close(session, loop, " ", by=LEAD, at=NOW)
    remedies.close(session, loop, "离岗", by=LEAD, at=NOW)
    with pytest.raises(Settled):
        remedies.close(session, loop, "再来", by=LEAD, at=NOW)


def test_before_and_after_count_calls_by_chance_around_the_reading(session: Session) -> None:
    """Before: days 9 to 6 with two failures; the call that opened the loop (day 5) and a risky one
    do not count. Between opening and reading (day 3): neither. After: days 2 and 1."""
    card = add_scorecard(session)
    for days, answers in ((9, WRONG), (8, WRONG), (7, GOOD), (6, GOOD)):
        scored(session, card, answers, days)
    scored(session, card, WRONG, 5.5, chosen="risk")
    opening = scored(session, card, WRONG, 5)
    (loop,) = remedies.propose(session, opening, NOW - timedelta(days=4))
    scored(session, card, WRONG, 3)
    remedies.opened(session, AGENT, "refund-fee", 1, NOW - timedelta(days=2.5))
    scored(session, card, GOOD, 2, chosen="resample")
    scored(session, card, GOOD, 1)
    found = loops.effects(session, [loop], NOW)
    assert found == {loop.id: Effect(Count(2, 4), Count(0, 2))}
    assert found[loop.id].says == "unknown"
    assert loops.pooled([loop], found) == {(card.id, "fee"): (1, found[loop.id])}
    assert loops.effects(session, [], NOW) == {}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ((8, 10), (0, 10), "improved"),
        ((1, 5), (0, 5), "unknown"),
        ((4, 4), (0, 9), "unknown"),
        ((5, 5), (0, 5), "improved"),
        ((0, 0), (0, 15), "unknown"),
        ((0, 0), (0, 16), "seldom"),
        ((0, 10), (8, 10), "worse"),
        ((0, 0), (0, 0), "unknown"),
    ],
)
def test_closing_is_proposed_only_on_evidence(
    before: tuple[int, int], after: tuple[int, int], says: str
) -> None:
    """0 of 16: the upper bound is z²/(n + z²) = 3.8415/19.8415 = 19.4 %; 0 of 15: 20.4 %."""
    found = Effect(Count(*before), Count(*after))
    assert found.says == says
    assert found.may_close == (says in ("improved", "seldom"))


def test_the_interval_of_a_difference_is_newcombes() -> None:
    """56 of 70 against 48 of 80, method 10 of the paper: 0.2000, from 0.0524 to 0.3339."""
    found = difference((56, 70), (48, 80))
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (
        0.2,
        0.0524,
        0.3339,
    )
    assert difference((0, 0), (1, 2)) is None


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 30), st.integers(1, 30))
def test_the_difference_lies_within_its_interval_and_turns_round(
    a: int, n: int, b: int, m: int
) -> None:
    a, b = min(a, n), min(b, m)
    one, other = difference((a, n), (b, m)), difference((b, m), (a, n))
    assert one is not None
    assert other is not None
    assert one.low is not None
    assert one.high is not None
    assert -1 <= one.low <= one.value <= one.high <= 1
    assert other.low == pytest.approx(-one.high)
    assert wilson(a, n) is not None


# Coaching


def test_coaching_is_given_answered_and_closed(session: Session) -> None:
    review = scored(session, add_scorecard(session), WRONG)
    task = Task("练退票费口径", "读三遍", NOW + timedelta(days=3), review, "fee", "refund-fee")
    given_ = coachings.give(session, AGENT, task, by=LEAD, at=NOW)
    assert coachings.of(session, [AGENT], open=True) == (1, [given_])
    with pytest.raises(NotFound):
        coachings.acknowledge(session, given_, "好", by=OTHER, at=NOW)
    with pytest.raises(InvalidContent):
        coachings.acknowledge(session, given_, "", by=AGENT, at=NOW)
    for _ in range(2):
        coachings.acknowledge(session, given_, "先背表格", by=AGENT, at=NOW)
    with pytest.raises(Settled):
        coachings.acknowledge(session, given_, "别的", by=AGENT, at=NOW)
    with pytest.raises(InvalidContent, match="结果"):
        coachings.close(session, given_, " ", by=LEAD, at=NOW)
    with pytest.raises(Settled):
        coachings.close(session, given_, "我自己了结", by=AGENT, at=NOW)
    coachings.close(session, given_, "口径准确了", by=LEAD, at=NOW)
    assert coachings.of(session, [AGENT], open=True) == (0, [])
    assert coachings.of(session, None, open=False) == (1, [given_])


def test_the_due_date_itself_is_overdue(session: Session) -> None:
    due = NOW + timedelta(days=1)
    given_ = coachings.give(session, AGENT, Task("练开场白", due_at=due), by=LEAD, at=NOW)
    assert not coachings.overdue(given_, due - timedelta(seconds=1))
    assert coachings.overdue(given_, due)
    coachings.close(session, given_, "好了", by=LEAD, at=due)
    assert not coachings.overdue(given_, due)


def test_coaching_that_does_not_fit_is_refused(session: Session) -> None:
    review = scored(session, add_scorecard(session), WRONG)
    waiting = add_review(session, add_call(session), add_scorecard(session))
    for agent, task in (
        (AGENT, Task("")),
        (AGENT, Task("长" * 121)),
        (AGENT, Task("练", due_at=NOW)),
        (LEAD, Task("练")),
        (OTHER, Task("练", review=review)),
        (AGENT, Task("练", review=waiting)),
        (AGENT, Task("练", review=review, item="no-such")),
        (AGENT, Task("练", item="fee")),
        (AGENT, Task("练\0")),
    ):
        with pytest.raises(InvalidContent):
            coachings.give(session, agent, task, by=LEAD, at=NOW)
