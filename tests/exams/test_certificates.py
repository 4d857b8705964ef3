"""Certificates: only for who passed, once for each, taken back with a reason, found by number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exams import certificates
from exams.tables import Exam
from kb.errors import InvalidContent, NotFound, Settled
from tests.exam_world import add_attempt, add_exam, add_grading, add_paper, add_question
from tests.world import NOW


def passed_by(session: Session, responses: list[str], kind: str = "promotion") -> Exam:
    exam = add_exam(session, add_paper(session, [add_question(session)]), kind=kind)
    for person, response in enumerate(responses, 1):
        add_attempt(session, exam, person, [response], graded=True)
    return exam


def test_everybody_who_passed_gets_one_and_only_one(session: Session) -> None:
    exam = passed_by(session, ["B", "A", "B"])
    found = certificates.issue(session, exam, None, by=9, at=NOW)
    assert [one.person_id for one in found.made] == [1, 3]
    assert len({one.number for one in found.made}) == 2
    again = certificates.issue(session, exam, None, by=9, at=NOW)
    assert (again.made, again.had) == ((), (1, 3))
    chosen = certificates.issue(session, exam, [2, 3, 77], by=9, at=NOW)
    assert (chosen.made, chosen.had, chosen.not_passed) == ((), (3,), (2, 77))


def test_a_daily_test_gives_none(session: Session) -> None:
    with pytest.raises(InvalidContent):
        certificates.issue(session, passed_by(session, ["B"], "daily"), None, by=9, at=NOW)


def test_one_is_taken_back_with_a_reason_and_valid_again_only_by_name(session: Session) -> None:
    exam = passed_by(session, ["B"])
    (one,) = certificates.issue(session, exam, None, by=9, at=NOW).made
    with pytest.raises(InvalidContent):
        certificates.revoke(session, one, " 　", NOW)
    certificates.revoke(session, one, "答案更正后未通过", NOW)
    with pytest.raises(Settled):
        certificates.revoke(session, one, "再撤一次", NOW)
    assert certificates.issue(session, exam, None, by=9, at=NOW).made == ()
    number = one.number
    (back,) = certificates.issue(session, exam, [1], by=9, at=NOW).made
    assert (back.number, back.revoked_at, back.reason) == (number, None, "")


def test_a_pass_that_became_a_fail_is_pointed_out(session: Session) -> None:
    exam = passed_by(session, ["B", "B"])
    certificates.issue(session, exam, None, by=9, at=NOW)
    assert certificates.doubtful(session, exam) == []
    attempt = certificates.attempt_of(session, certificates.of_person(session, 2)[0])
    add_grading(session, attempt, points=0.0, passed=False, cause="regrade", reason="答案有误")
    (one,) = certificates.doubtful(session, exam)
    assert one.person_id == 2
    certificates.revoke(session, one, "重新判分后未通过", NOW)
    assert certificates.doubtful(session, exam) == []


def test_a_number_is_found_however_it_was_typed(session: Session) -> None:
    (one,) = certificates.issue(session, passed_by(session, ["B"]), None, by=9, at=NOW).made
    wide = "".join(chr(ord(c) + 0xFEE0) for c in one.number.lower())
    for typed in (one.number, f" {one.number.lower()} ", wide, one.number.replace("-", "—")):
        assert certificates.find(session, typed) is one
    for typed in ("", "🚄", one.number[:-1], "ZX" + "9" * 500, "'; drop table"):
        with pytest.raises(InvalidContent):
            certificates.find(session, typed)
    with pytest.raises(NotFound):
        certificates.find(session, certificates.number_of(4, 4, 1999))


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(2000, 2100), st.data())
def test_a_slip_in_a_number_is_noticed(
    exam: int, person: int, year: int, data: st.DataObject
) -> None:
    number = certificates.number_of(exam, person, year)
    assert certificates.right(number)
    places = [n for n, c in enumerate(number) if c.isdigit()]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([c for c in "0123456789" if c != number[place]]))
    assert not certificates.right(number[:place] + other + number[place + 1 :])
