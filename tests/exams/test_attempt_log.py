"""Taking answers: whatever pages send, in whatever order, the table is what the log says."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import ending, recording
from exams.attempt_log import replay
from exams.ending import Origin
from exams.errors import HeldElsewhere
from exams.recording import Ack, Sent
from exams.tables import Attempt, AttemptEvent, AttemptQuestion, Base, Grading
from kb.errors import NotFound
from kb.models import Base as KbBase

from .. import memory
from ..exam_world import AGENT, OTHER_AGENT, add_attempt, add_exam, add_paper, add_question
from ..world import NOW

KINDS = ("single", "multiple", "judge", "blank", "number", "order", "match", "essay")
BEGUN = NOW - timedelta(minutes=20)
DEADLINE = BEGUN + timedelta(minutes=60)


def sat(session: Session, kinds: tuple[str, ...] = ("single", "essay"), **fields: Any) -> Attempt:
    """An attempt that goes on, with a question of each kind; until ``DEADLINE``, grace 10 s."""
    asked = [add_question(session, kind=kind) for kind in kinds]
    return add_attempt(session, add_exam(session, add_paper(session, asked)), open=True, **fields)


def taken(session: Session, attempt: Attempt, page: str, sequence: int = 1, over: str = "") -> bool:
    return recording.take(session, attempt.id, AGENT, page, sequence, over, NOW)


def send(session: Session, attempt: Attempt, page: str, *sent: Sent, at: Any = NOW) -> Ack:
    return recording.record(session, attempt.id, AGENT, page, sent, at)


def logged(session: Session, attempt: Attempt) -> list[AttemptEvent]:
    query = select(AttemptEvent).where(AttemptEvent.attempt_id == attempt.id)
    return list(session.scalars(query.order_by(AttemptEvent.id)))


def rows(session: Session, attempt: Attempt) -> list[AttemptQuestion]:
    query = select(AttemptQuestion).where(AttemptQuestion.attempt_id == attempt.id)
    query = query.order_by(AttemptQuestion.position)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def matches_its_log(session: Session, attempt: Attempt) -> None:
    """The table says what the log says, and only the page that held it was listened to."""
    holder, found = "", replay(logged(session, attempt))
    for event in logged(session, attempt):
        holder = event.page if event.kind == "opened" else holder
        assert event.kind not in ("answered", "flagged") or event.page == holder
    asked = rows(session, attempt)
    assert {r.position: r.response for r in asked if r.response is not None} == found.responses
    assert {r.position: r.event for r in asked if r.event} == found.events
    assert {r.position for r in asked if r.flagged} == found.flagged
    session.refresh(attempt)
    assert (attempt.holder, attempt.state, attempt.ended) == (
        found.holder,
        found.state,
        found.ended,
    )


# The log and the table

PAGES = ("p", "q")
numbers = st.integers(2, 7)
positions = st.sampled_from([1, 1, 1, 2])
choices = st.sampled_from([None, "A", "B", "C", "D", "不可能的"])
answers = st.builds(Sent, numbers, st.just("answered"), positions, choices)
flags = st.builds(Sent, numbers, st.just("flagged"), positions, st.booleans())
batches = st.tuples(
    st.just("send"),
    st.sampled_from(PAGES),
    st.lists(answers | answers | flags, min_size=1, max_size=3),
)
takeovers = st.tuples(st.just("take"), st.sampled_from(PAGES), st.integers(1, 20))
ends = st.tuples(st.sampled_from(["submit", "expire"]), st.sampled_from(PAGES), st.just(0))


@given(acts=st.lists(batches | batches | batches | takeovers, max_size=12), end=st.none() | ends)
@settings(max_examples=100)
def test_any_interleaving_of_pages_repeats_and_delays_leaves_the_table_as_the_log_says(
    acts: list[tuple[str, str, Any]], end: tuple[str, str, Any] | None
) -> None:
    with memory.session(KbBase, Base) as session:
        attempt = sat(session)
        promised: set[tuple[str, int]] = set()
        for kind, page, more in [("take", "p", 1), *acts, *([end, *acts[-2:]] if end else [])]:
            if kind == "take":
                held = select(Attempt.holder).where(Attempt.id == attempt.id)
                taken(session, attempt, page, more, session.scalar(held) or "")
            elif kind == "send":
                ack = send(session, attempt, page, *more)
                promised |= {(page, number) for number in ack.acknowledged}
                assert {*ack.acknowledged, *ack.refused} == {event.sequence for event in more}
            elif kind == "submit":
                with contextlib.suppress(HeldElsewhere):
                    ending.submit(session, attempt.id, AGENT, page, NOW)
            else:
                ending.expire(session, DEADLINE + timedelta(seconds=11))
        matches_its_log(session, attempt)
        kept = {(e.page, e.sequence) for e in logged(session, attempt) if e.kind != "late"}
        assert promised <= kept


def test_every_kind_is_kept_in_keys_whatever_letters_it_was_given_in(session: Session) -> None:
    attempt = sat(session, KINDS)
    for row in attempt.questions[:2]:
        row.order = ["D", "C", "B", "A"]
    attempt.questions[5].order = ["C", "B", "A"]
    attempt.questions[6].order = ["快速", "动车", "高速动车"]
    taken(session, attempt, "p")
    given = [
        "A",
        ["A", "C"],
        False,
        ["30天", ""],
        "30天",
        ["B", "A", "C"],
        {"G": "动车"},
        "先说时限",
    ]
    ack = send(
        session, attempt, "p", *(Sent(n + 1, "answered", n, r) for n, r in enumerate(given, 1))
    )
    assert (ack.acknowledged, ack.refused) == (list(range(2, 10)), {})
    assert [row.response for row in rows(session, attempt)] == [
        "D", ["B", "D"], False, ["30天", ""], "30天", ["B", "C", "A"], {"G": "动车"}, "先说时限",
    ]  # fmt: skip
    matches_its_log(session, attempt)


def test_what_arrives_late_from_the_same_page_is_kept_but_changes_nothing(session: Session) -> None:
    attempt = sat(session)
    taken(session, attempt, "p")
    send(session, attempt, "p", Sent(5, "answered", 1, "B"))
    assert send(session, attempt, "p", Sent(4, "answered", 1, "A")).acknowledged == [4]
    assert send(session, attempt, "p", Sent(5, "answered", 1, "C")).acknowledged == [5]
    assert rows(session, attempt)[0].response == "B"
    assert len(logged(session, attempt)) == 4


def test_an_older_page_is_refused_and_may_come_back_with_what_it_had_unsaved(
    session: Session,
) -> None:
    attempt = sat(session)
    assert taken(session, attempt, "old")
    send(session, attempt, "old", Sent(2, "answered", 1, "A"))
    assert taken(session, attempt, "new", over="old")
    ack = send(session, attempt, "old", Sent(2, "answered", 1, "A"), Sent(3, "answered", 1, "B"))
    assert (ack.acknowledged, ack.holder) == ([2], False)
    assert ack.refused[3][0] == "elsewhere"
    assert not taken(session, attempt, "old", 4, over="old")  # it does not know who holds it
    assert not taken(session, attempt, "old", 1, over="new")  # an old request comes again
    assert taken(session, attempt, "old", 4, over="new")
    assert taken(session, attempt, "old", 4, over="new")
    assert send(session, attempt, "old", Sent(3, "answered", 1, "B")).acknowledged == [3]
    assert rows(session, attempt)[0].response == "B"
    matches_its_log(session, attempt)


def test_the_grace_takes_what_was_on_its_way_and_later_is_evidence_alone(session: Session) -> None:
    attempt = sat(session)
    taken(session, attempt, "p")
    within, after = DEADLINE + timedelta(seconds=10), DEADLINE + timedelta(seconds=11)
    assert send(session, attempt, "p", Sent(2, "answered", 1, "A"), at=within).acknowledged == [2]
    for _ in range(2):
        ack = send(session, attempt, "p", Sent(3, "answered", 1, "B"), at=after)
        assert (ack.acknowledged, ack.state, ack.ended) == ([], "submitted", "by_time")
        assert ack.refused[3][0] == "late"
    late = [event for event in logged(session, attempt) if event.kind == "late"]
    assert [(e.sequence, e.data) for e in late] == [(3, {"kind": "answered", "data": "B"})]
    assert rows(session, attempt)[0].response == "A"
    assert (attempt.submitted_at, attempt.graded) == (DEADLINE, 1)
    matches_its_log(session, attempt)


def test_handing_in_twice_is_harmless_and_only_the_page_that_holds_it_can(session: Session) -> None:
    attempt = sat(session)
    taken(session, attempt, "p")
    with pytest.raises(HeldElsewhere):
        ending.submit(session, attempt.id, AGENT, "q", NOW)
    origin = Origin("10.0.0.7", "Firefox" * 100)
    for _ in range(2):
        done = ending.submit(session, attempt.id, AGENT, "p", NOW, origin)
        assert (done.state, done.ended, done.submitted_at) == ("submitted", "by_hand", NOW)
    assert len(session.scalars(select(Grading)).all()) == 1
    assert [e.kind for e in logged(session, attempt)] == ["begun", "opened", "submitted"]
    assert logged(session, attempt)[-1].address == "10.0.0.7"


def test_the_job_hands_in_what_is_over_and_leaves_what_is_not(session: Session) -> None:
    first, second = sat(session), sat(session, begun_at=NOW - timedelta(minutes=10))
    assert ending.expire(session, DEADLINE + timedelta(seconds=10)) == 0
    assert ending.expire(session, DEADLINE + timedelta(seconds=11)) == 1
    assert (first.state, second.state) == ("submitted", "open")
    assert ending.expire(session, DEADLINE + timedelta(seconds=11)) == 0


def test_one_bad_event_holds_back_no_other_and_no_question_is_made_up(session: Session) -> None:
    attempt = sat(session)
    taken(session, attempt, "p")
    ack = send(
        session, attempt, "p",
        Sent(2, "answered", 1, "不是选项"), Sent(3, "answered", 99, "A"),
        Sent(4, "answered", 2, "x" * 1_000_000), Sent(5, "answered", 1, "B"),
        Sent(6, "pasted", 2, {"length": 120}),
    )  # fmt: skip
    assert ack.acknowledged == [5, 6]
    assert {n: why for n, (why, _) in ack.refused.items()} == dict.fromkeys((2, 3, 4), "invalid")
    assert rows(session, attempt)[0].response == "B"
    matches_its_log(session, attempt)


def test_nobody_writes_into_or_hands_in_the_attempt_of_another(session: Session) -> None:
    attempt = sat(session)
    with pytest.raises(NotFound):
        recording.take(session, attempt.id, OTHER_AGENT, "p", 1, "", NOW)
    with pytest.raises(NotFound):
        recording.record(session, attempt.id, OTHER_AGENT, "p", [Sent(1, "answered", 1, "A")], NOW)
    with pytest.raises(NotFound):
        ending.submit(session, attempt.id, OTHER_AGENT, "p", NOW)
