"""Reports: who counts, what stands for what, and every figure with its n."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from qa import report_output, report_quality, report_recordings, report_rows
from qa.intervals import mean, weighted_mean
from qa.report_rows import ItemRow, Row, Wanted
from qa.severity import severities
from qa.tables import Appeal, Listening

from ..qa_world import (
    AGENT,
    GOOD,
    INSPECTOR,
    add_call,
    add_recording,
    add_review,
    add_score,
    add_scorecard,
    add_scored,
    add_transcript,
)
from ..world import NOW

MONTH = Wanted(NOW - timedelta(days=30), NOW)
BAD = GOOD | {"fee": "wrong"}
"""Worth 0, and 60 without the fatal failure."""


def row(reported: float | None = 80.0, chance: Fraction | None = None, **changes: Any) -> Row:
    given: dict[str, Any] = {
        "review_id": 1,
        "call_id": 1,
        "agent_id": AGENT,
        "queue": "退改签",
        "started_at": NOW,
        "inspector_id": INSPECTOR,
        "scorecard_id": 1,
        "version_id": 1,
        "chosen": "random",
        "probability": chance,
        "raw": reported,
        "reported": reported,
        "critical": None,
        "finished_at": NOW,
        "worked": 60.0,
    }
    return Row(**(given | changes))


def test_only_finished_reviews_that_count_are_rows(session: Session) -> None:
    card = add_scorecard(session)
    counted = add_scored(session, add_call(session), card)
    add_review(session, add_call(session), card)
    add_score(session, add_review(session, add_call(session), card, purpose="calibration"))
    add_score(session, add_review(session, counted.call, card, purpose="recheck"))
    found = report_rows.rows(session, MONTH)
    assert [r.review_id for r in found] == [counted.id]
    assert found[0].probability == Fraction(1, 10)
    assert found[0].reported == 100


def test_the_score_that_holds_is_the_latest(session: Session) -> None:
    review = add_scored(session, add_call(session), add_scorecard(session), BAD)
    assert report_rows.rows(session, MONTH)[0].reported == 0
    assert report_rows.rows(session, MONTH)[0].fatal
    add_score(session, review, GOOD, cause="appeal")
    assert [r.reported for r in report_rows.rows(session, MONTH)] == [100]
    failed = [r.item for r in report_rows.item_rows(session, MONTH) if r.failed]
    assert failed == []


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 2),
        ({"agents": frozenset({AGENT})}, 1),
        ({"agents": frozenset()}, 0),
        ({"queue": "投诉"}, 1),
        ({"inspector_id": INSPECTOR}, 2),
        ({"inspector_id": 99}, 0),
        ({"scorecard_id": 999}, 0),
        ({"last": NOW - timedelta(days=2)}, 0),
    ],
)
def test_reports_are_narrowed(session: Session, changes: dict[str, Any], count: int) -> None:
    card = add_scorecard(session)
    add_scored(session, add_call(session), card)
    add_scored(session, add_call(session, agent_id=12, queue="投诉"), card)
    wanted = Wanted(**({"first": MONTH.first, "last": MONTH.last} | changes))
    assert len(report_rows.rows(session, wanted)) == count


def test_a_mean_weighs_calls_by_how_many_they_stand_for() -> None:
    """One of 2 calls scored 100, one of 8 scored 50: (2·100 + 8·50) / 10 = 60."""
    rows = [row(100.0, Fraction(1, 2)), row(50.0, Fraction(1, 8))]
    found = report_quality.overall(rows)
    assert found.score is not None
    assert found.score.value == pytest.approx(60)
    assert found.n == 2


def test_risk_directed_reviews_enter_no_mean() -> None:
    rows = [row(90.0), row(10.0, chosen="risk"), row(0.0, chosen="manual")]
    found = report_quality.overall(rows)
    assert found.score is not None
    assert (found.score.value, found.n) == (90, 1)
    assert found.others == {"risk": 1, "manual": 1}


def test_nobody_is_ranked_under_the_minimum() -> None:
    rows = [row(99.0, agent_id=1)] + [row(80.0, agent_id=2) for _ in range(3)]
    rows += [row(80.0, agent_id=3) for _ in range(3)] + [row(70.0, agent_id=4) for _ in range(4)]
    found = report_quality.standings(rows, lambda r: r.agent_id, minimum=3)
    assert [(one.key, one.rank, one.n) for one in found] == [
        (2, 1, 3),
        (3, 1, 3),
        (4, 3, 4),
        (1, None, 1),
    ]


def test_a_review_without_a_score_is_no_nought() -> None:
    found = report_quality.overall([row(80.0), row(None)])
    assert found.score is not None
    assert (found.score.value, found.n) == (80, 1)


def test_severity_is_taken_away_only_where_it_is_known_of_everybody() -> None:
    """Ann (21) is five points under the mean of the two, so her 80 is an 85."""
    known = severities({f"c{n}": {"21": 80.0, "22": 90.0} for n in range(4)})
    adjusted = report_quality.overall([row(80.0)], known).adjusted
    assert adjusted is not None
    assert adjusted.value == pytest.approx(85)
    stranger = row(80.0, inspector_id=99)
    assert report_quality.overall([row(80.0), stranger], known).adjusted is None


def test_an_interval_stays_within_what_scores_can_be() -> None:
    """25 and 100: the mean is 62.5, Student's interval −414 to 539."""
    found = report_quality.overall([row(25.0), row(100.0)]).score
    assert found is not None
    assert (found.value, found.low, found.high) == (62.5, 0, 100)
    bonus = report_quality.overall([row(25.0), row(110.0)]).score
    assert bonus is not None
    assert bonus.high == 110


def test_equal_scores_say_nothing_of_how_far_others_lie_apart() -> None:
    found = report_quality.overall([row(100.0), row(100.0)]).score
    assert found is not None
    assert (found.value, found.low, found.high, found.n) == (100, None, None, 2)


def test_failures_stand_in_their_order_with_what_they_add_up_to() -> None:
    """Of five failures by chance three are of a and two of b; risk reviews stand apart."""
    chance = [ItemRow(1, "a", failed, 1, "random") for failed in (True, True, True, False)]
    chance += [ItemRow(1, "b", failed, 1, "random") for failed in (True, True)]
    found = report_quality.failing([*chance, ItemRow(1, "b", True, 1, "risk")])
    assert [(f.item, f.share, f.running) for f in found] == [("a", 0.6, 0.6), ("b", 0.4, 1.0)]
    assert found[0].failed is not None
    assert (found[0].failed.value, found[0].failed.n) == (0.75, 4)
    assert (found[1].other_failed, found[1].other_n) == (1, 1)


def test_a_trend_shows_the_weeks_in_which_nothing_was_drawn() -> None:
    monday = datetime(2026, 11, 2, tzinfo=UTC)
    rows = [row(80.0, started_at=monday), row(60.0, started_at=monday + timedelta(days=15))]
    steps = report_quality.trend(rows, monday, monday + timedelta(days=21), UTC)
    assert [step.first for step in steps] == [date(2026, 11, d) for d in (2, 9, 16)]
    assert [step.score.n if step.score else 0 for step in steps] == [1, 0, 1]


@given(st.lists(st.floats(0, 100), min_size=2, max_size=30), st.floats(0.5, 50))
def test_equal_weights_are_no_weights(values: list[float], weight: float) -> None:
    plain, weighted = mean(values), weighted_mean(values, [weight] * len(values))
    assert plain is not None
    assert weighted is not None
    assert weighted.value == pytest.approx(plain.value)
    assert weighted.low == pytest.approx(plain.low, abs=1e-6)
    assert weighted.high == pytest.approx(plain.high, abs=1e-6)


# What inspectors did


def test_an_inspectors_work_is_counted_with_appeals_and_rechecks(session: Session) -> None:
    card = add_scorecard(session)
    first = add_scored(session, add_call(session), card)
    second = add_scored(session, add_call(session), card, BAD)
    first.worked, second.worked = 100.0, 300.0
    add_review(session, add_call(session), card, due_at=NOW - timedelta(days=1))
    for state, review in (("upheld", second), ("rejected", first), ("withdrawn", first)):
        appeal = Appeal(
            review=review,
            item="fee",
            score_id=review.scores[0].id,
            reason="x",
            state=state,
            by=AGENT,
            at=NOW,
        )
        session.add(appeal)
    again = add_review(
        session, second.call, card, purpose="recheck", of_id=second.id, inspector_id=22
    )
    add_score(session, again, GOOD)
    session.flush()
    rows = report_rows.rows(session, MONTH)
    known = severities(report_rows.doubly_scored(session))
    [work] = report_output.by_inspector(session, MONTH, rows, known, NOW)
    assert (work.inspector_id, work.finished, work.waiting, work.overdue) == (INSPECTOR, 2, 1, 1)
    assert (work.median_seconds, work.total_seconds) == (200, 400)
    assert work.overturned is not None
    assert (work.overturned.value, work.overturned.n) == (0.5, 2)
    assert work.changed is not None
    assert (work.changed.value, work.changed.n) == (1, 1)
    assert work.severity is not None
    assert work.severity.value == pytest.approx(-50)
    [item] = report_output.disputed(session, MONTH)
    assert (item.item, item.made, item.withdrawn, item.waiting) == ("fee", 3, 1, 0)
    assert item.upheld is not None
    assert (item.upheld.value, item.upheld.n) == (0.5, 2)


# What was recorded


def test_recordings_are_counted_by_queue(session: Session) -> None:
    card = add_scorecard(session)
    heard = add_call(session, queue="投诉", seconds=100.0, satisfaction=5)
    sound = add_recording(session, heard)
    add_transcript(session, heard)
    add_scored(session, heard, card)
    session.add(Listening(call_id=heard.id, recording_id=sound.id, person_id=1, at=NOW, until=NOW))
    add_call(session, queue="投诉", seconds=50.0, consent="no", satisfaction=5)
    gone = add_call(session, queue="投诉", seconds=50.0)
    add_recording(session, gone, removed_at=NOW)
    add_recording(session, add_call(session, queue="行李"), state="failed", error="坏了")
    session.flush()
    complaints, luggage = report_recordings.kept(session, MONTH)
    assert (complaints.queue, complaints.calls, complaints.seconds) == ("投诉", 3, 200)
    assert (complaints.with_sound, complaints.refused, complaints.removed) == (1, 1, 1)
    assert (complaints.with_transcript, complaints.heard, complaints.reviewed) == (1, 1, 1)
    assert complaints.coverage is not None
    assert (complaints.coverage.n, complaints.satisfaction) == (3, {5: 2})
    assert (luggage.queue, luggage.failed, luggage.with_sound) == ("行李", 1, 1)
