"""An agent answers back: who may appeal what and until when, who decides, and what comes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled
from qa import appeals, remedies, reviews, slips, standing
from qa.appeals import HELD, Ties, Verdict
from qa.errors import NotSecond, TooLate, WouldLower
from qa.following import alike
from qa.rubric_read import parse
from qa.score import score
from qa.tables import Appeal, Review

from ..qa_world import (
    AGENT,
    GOOD,
    INSPECTOR,
    add_call,
    add_review,
    add_score,
    add_scorecard,
)
from ..world import NOW
from . import rubrics

LEAD, OTHER = 31, 32
POOR = GOOD | {"greeting": "no"}
"""Worth 60: four of ten points are gone."""


def scored(session: Session, answers: dict[str, Any] = POOR, **fields: Any) -> Review:
    review = add_review(session, add_call(session), add_scorecard(session), **fields)
    add_score(session, review, answers)
    return review


def appealed(session: Session, review: Review, item: str = "greeting") -> Appeal:
    return appeals.make(session, review, item, "开头第二秒就报了工号", by=AGENT, at=NOW)


def judged(session: Session, review: Review, answer: Any = "yes", item: str = "greeting") -> Appeal:
    appeal = appealed(session, review, item)
    appeals.opine(session, appeal, answer, by=LEAD, at=NOW)
    return appeal


# The agent


def test_an_appeal_upheld_makes_the_next_score_and_keeps_the_first(session: Session) -> None:
    review = scored(session)
    appeal = judged(session, review)
    appeals.decide(session, appeal, Verdict(True, "录音里听得到"), by=LEAD, at=NOW)
    assert appeal.state == "upheld"
    assert [(s.number, s.cause, s.reported) for s in review.scores] == [
        (1, "review", 60.0),
        (2, "appeal", 100.0),
    ]
    assert (appeal.score, appeal.result) == (review.scores[0], review.scores[1])
    assert review.score is appeal.result
    assert appeal.result.reason == "录音里听得到"


def test_an_appeal_rejected_leaves_the_score_alone(session: Session) -> None:
    review = scored(session)
    appeal = judged(session, review, "no")
    appeals.decide(session, appeal, Verdict(False, "录音里没有报工号"), by=LEAD, at=NOW)
    assert (appeal.state, len(review.scores), appeal.result) == ("rejected", 1, None)


def test_the_deadline_is_too_late_by_itself_and_the_moment_before_is_not(session: Session) -> None:
    review = scored(session)
    until = review.appeal_until
    assert until is not None
    with pytest.raises(TooLate, match="期限已过"):
        appeals.make(session, review, "greeting", "报了", by=AGENT, at=until)
    assert appeals.open_items(session, review, until) == []
    before = until - timedelta(microseconds=1)
    assert appeals.make(session, review, "greeting", "报了", by=AGENT, at=before).state == "waiting"


def test_one_appeal_waits_for_an_item_and_others_stand_beside_it(session: Session) -> None:
    review = scored(session)
    first = appealed(session, review)
    assert appealed(session, review) is first, "sent twice, it is one"
    with pytest.raises(Settled, match="等裁定"):
        appeals.make(session, review, "greeting", "另一个理由", by=AGENT, at=NOW)
    assert appealed(session, review, "patience") is not first
    assert appeals.open_items(session, review, NOW) == ["fee"]


def test_what_was_withdrawn_may_be_appealed_again_what_was_decided_may_not(
    session: Session,
) -> None:
    review = scored(session)
    first = appealed(session, review)
    appeals.withdraw(session, first, by=AGENT, at=NOW)
    appeals.withdraw(session, first, by=AGENT, at=NOW)
    with pytest.raises(Settled):
        appeals.opine(session, first, "yes", by=LEAD, at=NOW)
    again = judged(session, review, "no")
    appeals.decide(session, again, Verdict(False, "没有"), by=LEAD, at=NOW)
    with pytest.raises(Settled, match="裁定过"):
        appealed(session, review)
    with pytest.raises(Settled, match="不成立"):
        appeals.withdraw(session, again, by=AGENT, at=NOW)


def test_only_the_agent_appeals_only_what_counts_and_is_in_the_score(session: Session) -> None:
    review = scored(session)
    with pytest.raises(NotFound):
        appeals.make(session, review, "greeting", "报了", by=OTHER, at=NOW)
    with pytest.raises(InvalidContent, match="没有这一项"):
        appeals.make(session, review, "no-such", "报了", by=AGENT, at=NOW)
    for empty in ("", " \n", "\0"):
        with pytest.raises(InvalidContent):
            appeals.make(session, review, "greeting", empty, by=AGENT, at=NOW)
    waiting = add_review(session, add_call(session), add_scorecard(session))
    calibration = scored(session, purpose="recheck", of_id=review.id, blind=True)
    for hidden in (waiting, calibration):
        with pytest.raises(NotFound):
            appeals.make(session, hidden, "greeting", "报了", by=AGENT, at=NOW)


# The second person


@pytest.mark.parametrize(
    ("person", "ties"),
    [
        (AGENT, Ties()),
        (INSPECTOR, Ties()),
        (LEAD, Ties(agents=frozenset({AGENT}))),
        (LEAD, Ties(leads=frozenset({INSPECTOR}))),
        (LEAD, Ties(leads=frozenset({AGENT}))),
    ],
    ids=["agent", "inspector", "agent's lead", "led by the inspector", "led by the agent"],
)
def test_who_is_too_close_gives_no_opinion_and_no_verdict(
    session: Session, person: int, ties: Ties
) -> None:
    appeal = judged(session, scored(session))
    with pytest.raises(NotSecond):
        appeals.opine(session, appeal, "yes", by=person, at=NOW, ties=ties)
    with pytest.raises(NotSecond):
        appeals.decide(session, appeal, Verdict(True, "是"), by=person, at=NOW, ties=ties)


def test_an_opinion_comes_first_and_stays(session: Session) -> None:
    appeal = appealed(session, scored(session))
    with pytest.raises(Settled, match="请先听录音"):
        appeals.decide(session, appeal, Verdict(False, "否"), by=LEAD, at=NOW)
    for wrong in ("maybe", 3, ["yes"], None, "na"):
        with pytest.raises(InvalidContent):
            appeals.opine(session, appeal, wrong, by=LEAD, at=NOW)
    appeals.opine(session, appeal, "yes", by=LEAD, at=NOW)
    appeals.opine(session, appeal, "yes", by=LEAD, at=NOW)
    with pytest.raises(Settled, match="不能再改"):
        appeals.opine(session, appeal, "no", by=LEAD, at=NOW)


def test_of_two_who_decide_at_once_the_first_one_does(session: Session) -> None:
    appeal = judged(session, scored(session))
    with pytest.raises(Settled, match="另一位同事"):
        appeals.opine(session, appeal, "no", by=OTHER, at=NOW + HELD - timedelta(seconds=1))
    with pytest.raises(Settled, match="请先听录音"):
        appeals.decide(session, appeal, Verdict(True, "是"), by=OTHER, at=NOW)
    appeals.decide(session, appeal, Verdict(True, "是"), by=LEAD, at=NOW)
    with pytest.raises(Settled, match="已经了结"):
        appeals.decide(session, appeal, Verdict(False, "否"), by=LEAD, at=NOW)


def test_a_case_left_lying_for_a_day_may_be_taken_over(session: Session) -> None:
    appeal = judged(session, scored(session))
    appeals.opine(session, appeal, "no", by=OTHER, at=NOW + HELD)
    assert (appeal.opinion_by, appeal.opinion) == (OTHER, "no")
    appeals.decide(session, appeal, Verdict(False, "没有"), by=OTHER, at=NOW + HELD)
    assert appeal.decided_by == OTHER


def test_upholding_needs_another_answer_and_words(session: Session) -> None:
    appeal = judged(session, scored(session), "no")
    with pytest.raises(InvalidContent, match="一样"):
        appeals.decide(session, appeal, Verdict(True, "是"), by=LEAD, at=NOW)
    with pytest.raises(InvalidContent, match="理由"):
        appeals.decide(session, appeal, Verdict(True, " "), by=LEAD, at=NOW)
    appeals.decide(session, appeal, Verdict(True, "说明后改看法", "yes"), by=LEAD, at=NOW)
    assert (appeal.opinion, appeal.answer) == ("no", "yes"), "both are kept"


def test_where_another_answer_would_lower_the_score_it_stays_and_the_finding_is_kept(
    session: Session,
) -> None:
    review = scored(session)
    appeal = judged(session, review, "poor", "patience")
    appeals.decide(session, appeal, Verdict(True, "其实更差"), by=LEAD, at=NOW)
    assert (appeal.state, appeal.answer, appeal.result) == ("upheld", "poor", None)
    assert (len(review.scores), review.score.reported) == (1, 60.0)  # type: ignore[union-attr]


def test_items_a_new_answer_makes_visible_are_asked_for(session: Session) -> None:
    made = rubrics.form(
        "points",
        rubrics.section(
            "a",
            rubrics.item("asked"),
            rubrics.item("how", when={"item": "asked", "in": ["yes"]}),
        ),
    )
    review = add_review(session, add_call(session), add_scorecard(session, rubric=made))
    add_score(session, review, {"asked": "no"})
    appeal = judged(session, review, "yes", "asked")
    assert appeals.asked_besides(appeal, "yes") == ["how"]
    with pytest.raises(InvalidContent, match="how"):
        appeals.decide(session, appeal, Verdict(True, "问了"), by=LEAD, at=NOW)
    more = {"how": "half", "asked": "no", "no-such": 1}
    appeals.decide(session, appeal, Verdict(True, "问了", more=more), by=LEAD, at=NOW)
    assert review.score is not None
    assert review.score.answers == {"asked": "yes", "how": "half"}


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), made=rubrics.answered())
def test_no_appeal_ever_lowers_a_score(session: Session, data: st.DataObject, made: Any) -> None:
    """Random rubrics of all three modes, a random item, a random other answer."""
    form, answers = made
    before = score(parse(form), answers).as_dict()["reported"]
    inside = [each for part in form["sections"] for each in part["items"]]
    chosen = data.draw(st.sampled_from(inside))
    other = data.draw(rubrics.answer(chosen))
    assume(not alike(other, answers[chosen["key"]]))
    review = add_review(session, add_call(session), add_scorecard(session, rubric=form))
    add_score(session, review, answers)
    appeal = judged(session, review, other, chosen["key"])
    appeals.decide(session, appeal, Verdict(True, "改判"), by=LEAD, at=NOW)
    assert review.score is not None
    after = review.score.reported
    assert before is None or after is None or after >= before
    session.rollback()


# What everybody sees


def test_the_queue_shows_what_waits_longest_first(session: Session) -> None:
    review = scored(session)
    first, second = appealed(session, review), appealed(session, review, "patience")
    appeals.opine(session, second, "poor", by=LEAD, at=NOW)
    assert appeals.queue(session) == (2, [first, second])
    appeals.withdraw(session, first, by=AGENT, at=NOW)
    assert appeals.queue(session) == (1, [second])
    assert appeals.queue(session, "withdrawn") == (1, [first])


def test_the_agent_is_told_until_he_has_taken_note(session: Session) -> None:
    review = scored(session)
    assert standing.news(session, AGENT) == [review], "a new score"
    standing.note(session, review, by=AGENT, at=NOW)
    assert standing.news(session, AGENT) == []
    appeal = judged(session, review, "no")
    appeals.decide(session, appeal, Verdict(False, "没有"), by=LEAD, at=NOW)
    assert standing.news(session, AGENT) == [review], "a decision without a new score"
    standing.note(session, review, by=AGENT, at=NOW)
    assert (standing.news(session, AGENT), appeal.told_at) == ([], NOW)


# Slips


def test_the_inspector_corrects_a_slip_within_the_time_in_one_step(session: Session) -> None:
    review = scored(session)
    made = slips.correct(
        session, review, {"greeting": "yes"}, "点错了", by=INSPECTOR, settles=False, at=NOW
    )
    assert (made.number, made.cause, made.reason, made.reported) == (2, "slip", "点错了", 100.0)
    assert review.scores[0].reported == 60.0
    until = review.appeal_until
    assert until is not None
    with pytest.raises(TooLate):
        slips.correct(
            session, review, {"greeting": "no"}, "又错", by=INSPECTOR, settles=False, at=until
        )
    slips.correct(session, review, {"patience": "na"}, "又错", by=LEAD, settles=True, at=until)
    assert review.appeal_until == until + timedelta(days=5), "what changed may be appealed anew"


def test_no_slip_of_strangers_of_nothing_or_while_an_appeal_waits(session: Session) -> None:
    review = scored(session)
    right = {"greeting": "yes"}
    with pytest.raises(NotFound):
        slips.correct(session, review, right, "错", by=OTHER, settles=False, at=NOW)
    with pytest.raises(NotSecond):
        slips.correct(session, review, right, "错", by=AGENT, settles=True, at=NOW)
    for answers, reason in (({"greeting": "no"}, "错"), (right, " "), ({"x": "y"}, "错")):
        with pytest.raises(InvalidContent):
            slips.correct(session, review, answers, reason, by=LEAD, settles=True, at=NOW)
    appeal = judged(session, review)
    with pytest.raises(Settled, match="等裁定"):
        slips.correct(session, review, {"patience": "na"}, "错", by=LEAD, settles=True, at=NOW)
    appeals.decide(session, appeal, Verdict(True, "是"), by=LEAD, at=NOW)
    with pytest.raises(Settled, match="裁定过"):
        slips.correct(session, review, {"greeting": "no"}, "错", by=LEAD, settles=True, at=NOW)


def test_a_slip_may_lower_a_score_until_the_agent_has_acknowledged_it(session: Session) -> None:
    review = scored(session)
    lower = {"patience": "poor"}
    slips.correct(session, review, lower, "点错", by=INSPECTOR, settles=False, at=NOW)
    assert review.score is not None
    assert review.score.reported == 40.0
    standing.acknowledge(session, review, "知道了", by=AGENT, at=NOW)
    with pytest.raises(WouldLower, match="不能使它变低"):
        slips.correct(
            session, review, {"fee": "wrong"}, "点错", by=INSPECTOR, settles=False, at=NOW
        )
    slips.correct(session, review, {"patience": "good"}, "点错", by=LEAD, settles=True, at=NOW)


def test_a_failure_that_was_overturned_ends_its_loop(session: Session) -> None:
    review = scored(session, GOOD | {"fee": "wrong"})
    (loop,) = remedies.propose(session, review, NOW)
    appeal = judged(session, review, "right", "fee")
    appeals.decide(session, appeal, Verdict(True, "答对了"), by=LEAD, at=NOW)
    assert (loop.closed_at, loop.closed_why) == (NOW, remedies.OVERTURNED)
    assert remedies.open_for(session) == []


# Acknowledging


def test_a_score_is_acknowledged_once_and_twice_does_no_harm(session: Session) -> None:
    review = scored(session)
    assert standing.acknowledge(session, review, "以后注意", by=AGENT, at=NOW)
    later = NOW + timedelta(hours=1)
    assert not standing.acknowledge(session, review, "别的话", by=AGENT, at=later)
    assert (review.acknowledged_at, review.acknowledgement) == (NOW, "以后注意")
    with pytest.raises(NotFound):
        standing.acknowledge(session, review, "", by=OTHER, at=NOW)


def test_an_agent_sees_finished_reviews_that_count_and_the_mean_of_those_by_chance(
    session: Session,
) -> None:
    card = add_scorecard(session)
    call = add_call(session)
    mine = [scored(session)]
    for answers, fields in (
        (GOOD, {"chosen": "risk"}),
        (POOR, {"purpose": "recheck", "blind": True}),
        (POOR, {"purpose": "calibration"}),
    ):
        made = add_review(session, add_call(session), card, **fields)
        add_score(session, made, answers)
        mine += [made] if made.purpose == "score" else []
    add_review(session, call, card)
    add_score(session, add_review(session, add_call(session, agent_id=OTHER), card), GOOD)
    total, found = standing.listing(session, [AGENT])
    assert (total, {r.id for r in found}) == (2, {r.id for r in mine})
    span = (NOW - timedelta(days=30), NOW)
    by_card = {s.scorecard.id: s for s in standing.standings(session, AGENT, *span)}
    drawn, other = by_card[mine[0].scorecard_id], by_card[card.id]
    assert drawn.mean is not None
    assert (drawn.mean.value, drawn.mean.n, drawn.others) == (60.0, 1, 0)
    assert (other.mean, other.others) == (None, 1), "a call chosen by risk makes no mean"
    assert [(f.item, f.failed, f.n) for f in standing.failing(session, AGENT, *span)] == [
        ("greeting", 1, 1)
    ]
    for hidden in (r.id for r in (reviews.get(session, i) for i in range(1, 6)) if r not in mine):
        with pytest.raises(NotFound):
            standing.own(session, AGENT, hidden)
