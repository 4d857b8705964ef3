"""An exam while it goes on: seats, hints, counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exams import watching
from exams.tallies import NONE, Tally, tallies
from exams.watching import Counts, counts, hints

from ..exam_world import (
    AGENT,
    OTHER_AGENT,
    add_attempt,
    add_event,
    add_exam,
    add_paper,
    add_question,
)
from ..world import NOW

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Event:
    kind: str
    at: datetime = NOW
    page: str = "a"
    position: int | None = None
    data: Any = None
    address: str = ""
    browser: str = ""


def test_leaving_lasts_until_the_page_is_looked_at_again() -> None:
    found = hints(
        [
            Event("left"),
            Event("left", NOW + SECOND),  # hidden, then the window lost the focus as well
            Event("returned", NOW + 28 * SECOND),
            Event("returned", NOW + 29 * SECOND),
            Event("left", NOW + 60 * SECOND),
            Event("opened", NOW + 61 * SECOND),
            Event("left", NOW + 90 * SECOND),
        ]
    )
    assert [hint.away for hint in found] == [28 * SECOND, SECOND, timedelta(0)]
    assert found[-1].until is None
    assert counts(found) == Counts(left=3, away=29 * SECOND)


def test_another_page_address_or_browser_is_told_with_what_it_was() -> None:
    found = hints(
        [
            Event("begun", address="10.0.0.5", browser="Chrome"),
            Event("opened", address="10.0.0.5", browser="Chrome"),
            Event("opened", page="b", address="10.0.0.9", browser="Chrome"),
            Event("opened", page="b"),
            Event("submitted", page="", address="10.0.0.9", browser="Firefox"),
        ]
    )
    assert [(hint.kind, hint.before, hint.after) for hint in found] == [
        ("page", "a", "b"),
        ("address", "10.0.0.5", "10.0.0.9"),
        ("browser", "Chrome", "Firefox"),
    ]


@given(
    st.lists(
        st.builds(
            Event,
            st.sampled_from(watching.LOOKED_AT),
            st.integers(0, 1000).map(lambda n: NOW + n * SECOND),
            st.sampled_from("ab"),
            address=st.sampled_from(["", "1", "2"]),
        )
    )
)
def test_counts_are_never_negative_and_say_what_the_hints_say(events: list[Event]) -> None:
    found = hints(events)
    counted = counts(found)
    numbers = (counted.left, counted.pasted, counted.pages, counted.addresses, counted.browsers)
    assert min(numbers) >= 0
    assert sum(numbers) == len(found)
    assert counted.away >= timedelta(0)


def test_each_seat_says_how_far_somebody_is(session: Session) -> None:
    asked = [add_question(session, kind=kind) for kind in ("single", "judge", "single")]
    exam = add_exam(session, add_paper(session, asked))
    done = add_attempt(session, exam, OTHER_AGENT, ["B", True, "B"])
    writing = add_attempt(session, exam, AGENT, ["B", None, "C"], open=True)
    add_event(session, writing, "pasted", NOW, 2, {"length": 40})
    add_event(session, writing, "allowed", NOW + SECOND)
    add_attempt(session, add_exam(session), AGENT, open=True)
    first, second = watching.seats(session, exam)
    assert (first.attempt_id, first.answered, first.questions) == (writing.id, 2, 3)
    assert first.heard_at == NOW
    assert first.counts == Counts(pasted=1)
    assert first.left(NOW) == writing.deadline_at - NOW
    assert (second.attempt_id, second.answered, bool(second.counts)) == (done.id, 3, False)
    [pasted] = hints(watching.events_of(session, writing))
    assert (pasted.position, pasted.data) == (2, {"length": 40})


def test_people_are_counted_by_what_counts_for_them(session: Session) -> None:
    exam = add_exam(session, attempts=2, counts="best", pass_percent=100)
    for response in ("A", "B"):  # the second is right
        add_attempt(session, exam, AGENT, [response], graded=True)
    add_attempt(session, exam, OTHER_AGENT, ["A"], graded=True)
    add_attempt(session, exam, 13, ["B"])  # not graded yet
    add_attempt(session, exam, 14, open=True)
    empty = add_exam(session)
    found = tallies(session, [exam, empty])
    assert found == {exam.id: Tally(begun=4, submitted=3, judged=2, passed=1), empty.id: NONE}
    assert tallies(session, []) == {}
