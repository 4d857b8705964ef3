"""Calibration sessions: blind while open, compared when closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, Settled
from qa import calibrations, reviews
from qa.calibrations import Planned
from qa.tables import Calibration, Call, Review

from ..qa_world import AGENT, GOOD, add_call, add_score, add_scorecard
from ..world import NOW

ANN, BOB, CAT = 21, 22, 23
LATER = NOW + timedelta(hours=1)


def planned(session: Session, among: list[Call], **changes: Any) -> Planned:
    version = add_scorecard(session).active
    assert version is not None
    given: dict[str, Any] = {
        "title": "退票类校准",
        "version": version.id,
        "calls": [call.id for call in among],
        "inspectors": [ANN, BOB, CAT],
    }
    return Planned(**(given | changes))


def made(session: Session, calls: int = 2, **changes: Any) -> Calibration:
    wanted = planned(session, [add_call(session) for _ in range(calls)], **changes)
    return calibrations.create(session, wanted, ANN, NOW)


def marked(session: Session, calibration: Calibration, who: int, *answers: dict[str, Any]) -> None:
    """Finish this person's reviews, call by call."""
    query = select(Review).where(
        Review.calibration_id == calibration.id, Review.inspector_id == who
    )
    for review, given in zip(session.scalars(query.order_by(Review.id)), answers, strict=False):
        add_score(session, review, given)


def test_everybody_gets_every_call_blind_and_it_counts_for_no_agent(session: Session) -> None:
    calibration = made(session)
    found = session.scalars(select(Review)).all()
    assert len(found) == 6
    assert {r.inspector_id for r in found} == {ANN, BOB, CAT}
    assert all(r.blind and r.purpose == "calibration" for r in found)
    assert [p.calls for p in calibrations.progress(session, calibration)] == [2, 2, 2]


def test_nobody_scores_an_own_call(session: Session) -> None:
    calibration = made(session, inspectors=[ANN, BOB, AGENT])
    assert [p.calls for p in calibrations.progress(session, calibration)] == [2, 2, 0]


def test_the_expert_takes_part(session: Session) -> None:
    calibration = made(session, inspectors=[ANN, BOB], expert=CAT)
    assert [seat.person_id for seat in calibration.seats] == [ANN, BOB, CAT]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "　"}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"calls": []}, "calls"),
        ({"calls": [999_999]}, "calls"),
        ({"inspectors": [ANN]}, "inspectors"),
        ({"inspectors": [ANN, ANN]}, "inspectors"),
        ({"version": 999_999}, "version"),
        ({"due_at": NOW}, "due_at"),
    ],
)
def test_what_cannot_be_a_session_is_refused_at_its_field(
    session: Session, changes: dict[str, Any], field: str
) -> None:
    wanted = planned(session, [add_call(session)], **changes)
    with pytest.raises(InvalidContent) as refused:
        calibrations.create(session, wanted, ANN, NOW)
    assert refused.value.field == field
    assert session.scalars(select(Review)).all() == []


def test_results_are_hidden_until_it_is_closed(session: Session) -> None:
    calibration = made(session)
    marked(session, calibration, ANN, GOOD, GOOD)
    with pytest.raises(Settled):
        calibrations.report(session, calibration)
    with pytest.raises(Settled):
        calibrations.add_note(session, calibration, "fee", "算错就算错", ANN, NOW)


def test_it_cannot_end_before_anything_can_be_compared(session: Session) -> None:
    calibration = made(session)
    marked(session, calibration, ANN, GOOD, GOOD)
    with pytest.raises(Settled):
        calibrations.close(session, calibration, ANN, LATER)


def test_ending_takes_back_what_nobody_finished(session: Session) -> None:
    calibration = made(session)
    marked(session, calibration, ANN, GOOD)
    marked(session, calibration, BOB, GOOD)
    calibrations.close(session, calibration, ANN, LATER)
    states = [r.state for r in session.scalars(select(Review).order_by(Review.id))]
    assert sorted(states) == ["cancelled"] * 4 + ["finished"] * 2
    with pytest.raises(Settled):
        calibrations.close(session, calibration, ANN, LATER)


def test_the_report_says_where_they_differ_and_who_is_strict(session: Session) -> None:
    """Ann finds the fee wrong (0 points of 10, fatal) where the others find all right.

    Item fee: on each of four calls one of three pairs agrees, so 1/3; greeting: always, so 1.
    Severity: call mean (0+100+100)/3, so Ann is −200/3 and the others +100/3.
    """
    calibration = made(session, calls=4, expert=CAT, inspectors=[ANN, BOB])
    wrong = GOOD | {"fee": "wrong"}
    marked(session, calibration, ANN, *[wrong] * 4)
    marked(session, calibration, BOB, *[GOOD] * 4)
    marked(session, calibration, CAT, *[GOOD] * 4)
    calibrations.close(session, calibration, ANN, LATER)
    found = calibrations.report(session, calibration)
    items = {item.item: item for item in found.items}
    assert items["fee"].percent is not None
    assert items["fee"].percent.value == pytest.approx(1 / 3)
    assert items["greeting"].percent is not None
    assert items["greeting"].percent.value == 1
    points = {who: s.points.value for who, s in found.severities.found.items()}
    assert points[str(ANN)] == pytest.approx(-200 / 3)
    assert points[str(BOB)] == points[str(CAT)] == pytest.approx(100 / 3)
    bias = {d.inspector: d.bias.value for d in found.deviations}
    assert bias == {str(ANN): -100, str(BOB): 0}
    assert {tuple(sorted(given.values())) for given in found.marks["fee"].values()} == {
        ("right", "right", "wrong")
    }


def test_what_was_agreed_is_kept_with_its_item(session: Session) -> None:
    calibration = made(session)
    for who in (ANN, BOB):
        marked(session, calibration, who, GOOD, GOOD)
    calibrations.close(session, calibration, ANN, LATER)
    calibrations.add_note(session, calibration, "fee", " 说错费率即为错 ", BOB, LATER)
    calibrations.add_note(session, calibration, "", "下月再来一次", ANN, LATER)
    with pytest.raises(InvalidContent):
        calibrations.add_note(session, calibration, "nothing", "x", ANN, LATER)
    with pytest.raises(InvalidContent):
        calibrations.add_note(session, calibration, "fee", " ", ANN, LATER)
    kept = [(n.item, n.text) for n in calibrations.notes(session, calibration)]
    assert kept == [("fee", "说错费率即为错"), ("", "下月再来一次")]


def test_an_open_session_stands_before_those_that_ended(session: Session) -> None:
    first, second = made(session, calls=1), made(session, calls=1)
    for who in (ANN, BOB):
        marked(session, second, who, GOOD)
    calibrations.close(session, second, ANN, LATER)
    third = made(session, calls=1)
    assert calibrations.all_sessions(session) == [third, first, second]


def test_marks_of_a_session_stay_out_of_the_score_of_the_call(session: Session) -> None:
    calibration = made(session, calls=1)
    marked(session, calibration, ANN, GOOD)
    [call] = [entry.call for entry in calibration.calls]
    card = calibration.version.scorecard
    assert reviews.on(session, call, card.id) is None
