"""Exams arranged: rules kept and frozen, published, extended, cancelled, copied."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exams import arranging, ending, exam_rules, sittings
from exams.errors import BadExam, FrozenExam, MayNotSit
from exams.exam_rules import KINDS, Rules, faults, usual
from exams.tables import Exam
from kb.errors import EditConflict, InvalidContent, NotFound, Settled

from ..exam_world import AGENT, a_taker, add_attempt, add_exam, add_paper
from ..world import NOW

HOUR = timedelta(hours=1)


def rules(session: Session, **changed: object) -> Rules:
    given = {"title": "十一月月考", "paper_id": add_paper(session).id} | changed
    return replace(usual("monthly", NOW), **given)  # type: ignore[arg-type]


def draft(session: Session, **changed: object) -> Exam:
    return arranging.create(session, rules(session, **changed), by=1, at=NOW)


@given(st.sampled_from(list(KINDS)))
def test_what_a_kind_usually_has_can_be_kept_as_it_is(kind: str) -> None:
    assert faults(replace(usual(kind, NOW), title="考试", paper_id=1)) == {}
    assert faults(replace(usual(kind, NOW), title="\u202e考试", paper_id=1)).keys() == {"title"}


def test_an_exam_is_found_again_as_it_was_written(session: Session) -> None:
    wanted = rules(session, audience=frozenset({("team", "3"), ("person", "7")}), late_minutes=None)
    made = arranging.create(session, wanted, by=1, at=NOW)
    session.expire_all()
    assert exam_rules.of(arranging.get(session, made.id)) == wanted
    other = replace(wanted, minutes=None, audience=frozenset({("team", "3"), ("grade", "高级")}))
    arranging.save(session, made, other, saves=1)
    session.expire_all()
    assert exam_rules.of(arranging.get(session, made.id)) == other


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("title", "长" * 121),
        ("closes_at", NOW),
        ("closes_at", NOW + timedelta(days=4000)),
        ("minutes", 0),
        ("minutes", 10**12),
        ("attempts", -1),
        ("pass_percent", 100.5),
        ("pass_percent", float("nan")),
        ("grace_seconds", 301),
        ("results", "never"),
        ("paper_id", 10**30),
        ("note", "长" * 4001),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_field(
    session: Session, field: str, value: object
) -> None:
    with pytest.raises(BadExam) as refused:
        draft(session, **{field: value})
    assert list(refused.value.faults) == [field]


def test_a_repeated_exam_is_over_before_the_next_begins(session: Session) -> None:
    with pytest.raises(BadExam, match="24 小时"):
        draft(session, repeats="daily", closes_at=NOW + timedelta(hours=25))


def test_of_two_who_save_the_second_is_told(session: Session) -> None:
    exam = draft(session)
    arranging.save(session, exam, rules(session, title="甲"), saves=1)
    with pytest.raises(EditConflict):
        arranging.save(session, exam, rules(session, title="乙"), saves=1)
    assert exam.title == "甲"


def test_published_rules_stay_and_the_note_may_change(session: Session) -> None:
    exam = draft(session)
    arranging.publish(session, exam, NOW)
    assert exam.paper.used_at == NOW
    with pytest.raises(FrozenExam):
        arranging.save(session, exam, rules(session), saves=exam.saves)
    arranging.annotate(session, exam, "请带耳机。\0", exam.saves)
    assert exam.note == "请带耳机。"
    with pytest.raises(Settled):
        arranging.publish(session, exam, NOW)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"opens_at": NOW - 2 * HOUR, "closes_at": NOW}, "截止"),
        ({"audience": frozenset()}, "谁参加"),
    ],
)
def test_an_exam_that_nobody_could_sit_is_not_published(
    session: Session, fields: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Settled, match=sentence):
        arranging.publish(session, draft(session, **fields), NOW)


def test_a_retired_paper_is_not_published(session: Session) -> None:
    exam = draft(session)
    exam.paper.retired_at = NOW
    with pytest.raises(Settled, match="停用"):
        arranging.publish(session, exam, NOW)


def test_closing_later_gives_those_their_time_who_would_be_stopped_by_the_close(
    session: Session,
) -> None:
    exam = add_exam(session, minutes=60, closes_at=NOW + HOUR / 2)
    begun = NOW - HOUR / 6
    stopped = add_attempt(session, exam, AGENT, open=True, begun_at=begun)
    done = add_attempt(session, exam, 12)
    assert arranging.extend(session, exam, NOW + 2 * HOUR, NOW) == 1
    assert stopped.deadline_at == begun + HOUR
    assert done.deadline_at < NOW + HOUR
    with pytest.raises(InvalidContent):
        arranging.extend(session, exam, NOW + HOUR, NOW)
    with pytest.raises(Settled):
        arranging.extend(session, exam, NOW + 9 * HOUR, NOW + 2 * HOUR)


def test_a_cancelled_exam_ends_for_everybody(session: Session) -> None:
    exam = add_exam(session, repeats="daily")
    writing = add_attempt(session, exam, AGENT, open=True)
    assert arranging.cancel(session, exam, NOW) == 1
    assert writing.deadline_at == NOW
    assert not exam.repeats
    assert ending.expire(session, NOW + timedelta(seconds=exam.grace_seconds + 1)) == 1
    assert (writing.state, writing.submitted_at) == ("submitted", NOW)
    with pytest.raises(MayNotSit, match="取消"):
        sittings.check(session, exam, a_taker(12), NOW)
    with pytest.raises(Settled):
        arranging.cancel(session, exam, NOW)


def test_a_copy_is_a_draft_of_the_days_to_come(session: Session) -> None:
    exam = add_exam(
        session,
        opens_at=NOW - timedelta(days=30, hours=1),
        closes_at=NOW - timedelta(days=30),
        audience=[("team", "3")],
        allowances=[{"person_id": AGENT, "minutes": 5, "reason": "伤"}],
    )
    made = arranging.copy(session, exam, by=2, at=NOW)
    assert made.opens_at == NOW + timedelta(hours=23)
    assert made.closes_at - made.opens_at == HOUR
    assert (made.published_at, made.allowances, made.created_by) == (None, [], 2)
    assert [(each.kind, each.value) for each in made.audience] == [("team", "3")]
    assert arranging.copy(session, exam, by=2, at=NOW) is made  # pressed twice
    again = arranging.copy(session, made, by=2, at=NOW + HOUR)
    assert (again.title, again.id == made.id) == (made.title, False)
    assert again.opens_at == made.opens_at  # what is to come is not moved


def test_exams_are_listed_by_where_they_stand(session: Session) -> None:
    day = timedelta(days=1)
    made = {
        "draft": add_exam(session, published_at=None),
        "upcoming": add_exam(session, opens_at=NOW + day, closes_at=NOW + 2 * day),
        "open": add_exam(session, kind="daily", title="每日 A%"),
        "over": add_exam(session, closes_at=NOW - HOUR, opens_at=NOW - day, results="by_hand"),
        "cancelled": add_exam(session, cancelled_at=NOW),
    }
    for state, exam in made.items():
        assert exam_rules.state(exam, NOW) == state
        assert arranging.listing(session, NOW, state=state).rows == [exam]
    assert arranging.listing(session, NOW, state="waiting").rows == [made["over"]]
    sittings.release(session, made["over"], NOW)
    assert arranging.listing(session, NOW, state="waiting").total == 0
    assert arranging.listing(session, NOW, kind="daily").rows == [made["open"]]
    assert arranging.listing(session, NOW, text="a%").rows == [made["open"]]
    assert made["upcoming"] not in arranging.listing(session, NOW, before=NOW + HOUR).rows
    assert made["over"] not in arranging.listing(session, NOW, since=NOW - HOUR).rows
    page = arranging.listing(session, NOW, limit=2, offset=4)
    assert (page.total, len(page.rows)) == (5, 1)


@pytest.mark.parametrize("id", [0, -1, 10**30])
def test_an_id_that_nothing_has_is_not_found(session: Session, id: int) -> None:
    for find in (arranging.get, arranging.hold):
        with pytest.raises(NotFound):
            find(session, id)
