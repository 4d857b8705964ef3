"""Which questions make up a practice of five minutes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from exams import spacing
from exams.choosing import BUDGET, OF_ARTICLE, SECONDS, WELLS, Candidate, compose, minutes
from exams.streaks import REST, steadiness

TODAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 6, tzinfo=UTC)


def candidate(id: int, why: str = "new", kind: str = "single", article: str = "") -> Candidate:
    return Candidate(id, id, kind, article, why, 0.0)


candidates = st.lists(
    st.builds(
        Candidate,
        st.integers(1, 60),
        st.integers(1, 60),
        st.sampled_from(sorted(SECONDS)),
        st.sampled_from(["", "a", "b", "c"]),
        st.sampled_from(sorted(WELLS)),
        st.floats(0, 10),
    ),
    max_size=60,
)


@given(candidates, st.text(max_size=5))
def test_a_practice_fits_its_time_and_asks_nothing_twice(found: list[Candidate], seed: str) -> None:
    chosen = compose(found, seed)
    assert sum(SECONDS[one.kind] for one in chosen) <= BUDGET
    assert len({one.question_id for one in chosen}) == len(chosen)
    articles = Counter(one.article for one in chosen if one.article)
    assert max(articles.values(), default=0) <= OF_ARTICLE
    assert set(chosen) <= set(found)


@given(candidates, st.text(max_size=5), st.randoms(use_true_random=False))
def test_the_order_in_which_candidates_come_does_not_matter(
    found: list[Candidate], seed: str, chance: object
) -> None:
    ids = {one.question_id: one for one in found}
    turned = list(reversed(list(ids.values())))
    assert compose(ids.values(), seed) == compose(turned, seed)


def test_what_is_due_leaves_room_for_what_changed_and_for_new_questions() -> None:
    found = [candidate(n, "wrong") for n in range(1, 40)]
    found += [candidate(n, "changed") for n in range(40, 80)]
    found += [candidate(n) for n in range(80, 120)]
    whys = Counter(one.why for one in compose(found, "x"))
    assert whys == {"wrong": 7, "changed": 3, "new": 2}  # of 300 s: 180, 90 and the rest


def test_time_that_nothing_else_needs_goes_to_what_is_due() -> None:
    chosen = compose([candidate(n, "again") for n in range(1, 40)], "x")
    assert len(chosen) == BUDGET // SECONDS["single"]


def test_the_most_pressing_comes_first() -> None:
    found = [Candidate(n, n, "single", "", "wrong", float(n)) for n in range(1, 40)]
    assert max(one.question_id for one in compose(found, "seed")) == BUDGET // SECONDS["single"]


def test_minutes_are_told_in_whole_ones() -> None:
    assert minutes([]) == 1
    assert minutes(["single"] * 12) == 5


# When to ask again


def test_a_right_answer_waits_longer_each_time_and_a_wrong_one_comes_back_tomorrow() -> None:
    state, due = spacing.after(spacing.fresh(), Fraction(1), AT)
    waits = [due - AT]
    for _ in range(4):
        at = due
        state, due = spacing.after(state, Fraction(1), at)
        waits.append(due - at)
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(days=1)
    at = due
    _, due = spacing.after(state, Fraction(0), at)
    assert due - at == timedelta(days=1)


@given(
    st.lists(st.tuples(st.sampled_from([0, 0.5, 1]), st.integers(-5, 400)), min_size=1, max_size=30)
)
def test_whatever_is_answered_it_is_asked_again_within_the_longest_wait(
    answers: list[tuple[float, int]],
) -> None:
    state, at = spacing.fresh(), AT
    for fraction, days in answers:
        at += timedelta(days=days)  # a clock that goes back does no harm
        state, due = spacing.after(state, Fraction(fraction), at)
        heard = datetime.fromisoformat(state["last_review"])
        assert timedelta(0) < due - heard <= timedelta(days=spacing.LONGEST_DAYS)


# How steadily


def days(*ago: int) -> list[date]:
    return [TODAY - timedelta(days=n) for n in ago]


def test_days_off_between_shifts_do_not_end_a_streak() -> None:
    assert steadiness(days(0, 1, 4, 5), TODAY).streak == 4
    assert steadiness(days(0, 1, 2 + REST + 1), TODAY).streak == 2
    assert steadiness(days(REST + 2), TODAY).streak == 0
    assert steadiness([], TODAY).streak == 0


def test_a_day_counts_once_and_tomorrow_not_at_all() -> None:
    found = steadiness([*days(0, 0, 1), TODAY + timedelta(days=1)], TODAY)
    assert (found.streak, found.month) == (2, 2)


def test_weeks_begin_on_mondays_the_oldest_first() -> None:
    found = steadiness(days(0, 6, 7, 30), TODAY)  # the 22nd is a Sunday
    assert [n for _, n in found.weeks] == [0, 0, 1, 2]
    assert found.weeks[-1][0] == date(2026, 11, 16)
    assert found.month == 3
