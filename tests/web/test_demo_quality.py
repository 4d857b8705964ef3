"""What is judged in the demo centre: the same every time, and it shows what it is meant to."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest

from kb.formats import find_files
from qa.calibration import item_report
from qa.drawing import Chosen, pick
from qa.ratings import ratings
from qa.sampled import Facts
from qa.score import score
from qa.severity import severities
from qa.starters import starter
from web.demo import stories
from web.demo.centre import FOLDER as ARTICLES
from web.demo.conversations import Talk, talks
from web.demo.people import PEOPLE
from web.demo.quality import SAMPLES, WINDOWS, Marking, Sample, Window, marking
from web.demo.strictness import STRICTNESS, answers, points

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
MONTHLY = SAMPLES[0]
LENIENT, MIDDLE, STRICT = "DEMO20", "DEMO04", "DEMO23"


def of(key: str) -> Talk:
    return next(talk for talk in talks() if talk.key == key)


def window(talk: Talk) -> Window:
    return next(each for each in WINDOWS if each.holds(talk))


def rubric_of(key: str) -> str:
    return "deductions" if of(key).queue == "投诉" else "seven"


def marks(key: str, inspector: str, nth: int = 0) -> Marking:
    return marking(of(key), rubric_of(key), inspector, window(of(key)), nth)


def drawn(sample: Sample, each: Window) -> list[Chosen]:
    agents = sorted({talk.agent for talk in talks()})
    facts = [
        Facts(
            n,
            talk.key,
            agents.index(talk.agent),
            talk.began(NOW),
            talk.seconds,
            talk.queue,
            talk.direction,
            talk.satisfaction,
        )
        for n, talk in enumerate(talks())
        if each.holds(talk) and talk.consent
    ]
    return pick(sample.content, facts, each.seed)


# The model of the inspectors


def test_marks_are_the_same_every_time() -> None:
    for talk in talks():
        for name in talk.truth:
            assert answers(talk, name, STRICT) == answers(talk, name, STRICT)
            assert marking(talk, name, STRICT, WINDOWS[0], 3) == marking(
                talk, name, STRICT, WINDOWS[0], 3
            )


def test_the_severity_put_in_is_the_severity_found() -> None:
    """The intervals of the strict, the middle and the lenient one do not touch."""
    scores = {
        talk.key: {i: found for i in STRICTNESS if (found := points(talk, "seven", i)) is not None}
        for talk in talks()
        if "seven" in talk.truth
    }
    found = {name: each.points for name, each in severities(scores).found.items()}
    assert found[STRICT].high is not None
    assert found[MIDDLE].low is not None
    assert found[MIDDLE].high is not None
    assert found[LENIENT].low is not None
    assert found[STRICT].high < found[MIDDLE].low
    assert found[MIDDLE].high < found[LENIENT].low
    assert found[STRICT].value == pytest.approx(-4, abs=1.5)
    assert found[LENIENT].value == pytest.approx(5, abs=1.5)


def test_where_a_call_leaves_no_room_all_mark_the_same() -> None:
    perfect = of("T1101")
    assert len({points(perfect, "seven", inspector) for inspector in STRICTNESS}) == 1


def test_the_calibrated_calls_show_clear_items_and_unclear_ones() -> None:
    given = {
        key: {i: answers(of(key), "seven", i) for i in STRICTNESS} for key in stories.CALIBRATED
    }
    found = {
        item.key: item_report(
            item.key,
            ratings((key, i, str(given[key][i][item.key])) for key in given for i in STRICTNESS),
        )
        for item in starter("seven").items()
    }
    assert len(stories.CALIBRATED) == 6
    assert found["pace"].percent is not None
    assert found["pace"].percent.value == 1
    assert found["manner"].percent is not None
    assert found["manner"].percent.value < 0.8
    assert not {of(key).agent for key in stories.CALIBRATED} & set(STRICTNESS)


# The draws


def test_every_agent_is_drawn_as_often_as_the_centre_promises() -> None:
    """Two calls in two weeks by chance, where he has so many."""
    for each in WINDOWS:
        calls = Counter(
            talk.agent for talk in talks() if each.holds(talk) and "seven" in talk.truth
        )
        picks = Counter(of(found.key).agent for found in drawn(MONTHLY, each))
        assert picks == {agent: min(2, count) for agent, count in calls.items()}
    chances = {found.probability for each in WINDOWS for found in drawn(MONTHLY, each)}
    assert chances == {Fraction(1), Fraction(2, 3)}


def test_calls_of_which_a_story_is_told_are_drawn_for_certain() -> None:
    sure = {f.key for each in WINDOWS for f in drawn(MONTHLY, each) if f.probability == 1}
    told = {each.call for each in (*stories.APPEALS, *stories.COACHING, stories.SLIP)}
    assert {*told, stories.TOO_LATE} <= sure


def test_every_complaint_is_looked_at_by_risk() -> None:
    picks = [found for each in WINDOWS for found in drawn(SAMPLES[1], each)]
    assert {found.kind for found in picks} == {"risk"}
    assert {found.key for found in picks} == {
        talk.key for talk in talks() if "deductions" in talk.truth
    }


def test_low_marks_of_refund_calls_are_looked_at_by_risk() -> None:
    picks = [each for w in WINDOWS for each in drawn(SAMPLES[2], w)]
    assert picks
    assert {each.why for each in picks} == {("满意度不高于3",)}
    assert {each.kind for each in picks} == {"risk"}
    assert all("refund" in of(each.key).truth for each in picks)


def test_reviews_are_over_before_the_demo_begins_and_before_the_next_draw() -> None:
    for earlier, later in pairwise(WINDOWS):
        for nth in range(9):
            marked = marking(of("T1501"), "seven", STRICT, earlier, nth)
            assert earlier.drawn_at(NOW) < marked.began(NOW) < marked.finished(NOW)
            assert marked.finished(NOW) < min(NOW, later.drawn_at(NOW))


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_at_whatever_hour_it_begins_nothing_has_happened_in_the_future(hour: int) -> None:
    now = NOW.replace(hour=hour, minute=1)
    assert all(talk.began(now) < now for talk in talks())
    assert all(each.drawn_at(now) < now for each in WINDOWS)
    for each in WINDOWS:
        first, last = each.period(now)
        assert {t.key for t in talks() if first <= t.began(now) < last} == {
            t.key for t in talks() if each.holds(t)
        }


# What became of it


@pytest.mark.parametrize("appealed", stories.APPEALS, ids=lambda each: each.call)
@pytest.mark.parametrize("inspector", STRICTNESS)
def test_an_appeal_is_of_something_that_was_marked_in_time(
    appealed: stories.Appealed, inspector: str
) -> None:
    given = marks(appealed.call, inspector).answers
    assert appealed.item in given
    assert 0 < appealed.after < 5
    if appealed.state == "upheld":
        truth = answers(of(appealed.call), rubric_of(appealed.call), inspector)
        assert given[appealed.item] != truth[appealed.item] == appealed.opinion
    if appealed.state == "rejected":
        assert given[appealed.item] == appealed.opinion


def test_appeals_are_in_every_state_and_one_waits_too_long() -> None:
    assert {each.state for each in stories.APPEALS} == {
        "waiting",
        "upheld",
        "rejected",
        "withdrawn",
    }
    waiting = [each for each in stories.APPEALS if each.state == "waiting"]
    since = [window(of(each.call)).on - each.after for each in waiting]
    assert max(since) > 7
    assert 0 < min(since) < 5
    assert window(of(stories.TOO_LATE)).on > 10


def test_an_upheld_appeal_raises_the_score_and_the_slip_too() -> None:
    upheld = next(each for each in stories.APPEALS if each.state == "upheld")
    corrected = [(upheld.call, upheld.item, upheld.opinion)]
    corrected.append((stories.SLIP.call, stories.SLIP.item, stories.SLIP.answer))
    for call, item, answer in corrected:
        given = marks(call, MIDDLE).answers
        before, after = (
            score(starter("seven"), given),
            score(starter("seven"), given | {item: answer}),
        )
        assert before.reported is not None
        assert after.reported is not None
        assert before.reported < after.reported


def test_coaching_follows_a_score_that_fell_short_and_is_open_closed_and_overdue() -> None:
    numbers = {member.number for member in PEOPLE if "supervisor" in member.roles}
    keys = {file.path.stem for file in find_files([ARTICLES])}
    for task in stories.COACHING:
        assert task.coach in numbers
        assert not task.article or task.article in keys
        assert task.given < window(of(task.call)).on - 1
        assert task.due < task.given
        for inspector in STRICTNESS:
            given = marks(task.call, inspector).answers
            best = answers(of("T1101"), "seven", inspector)
            assert given[task.item] != best[task.item]
    assert [task for task in stories.COACHING if task.closed is not None]
    assert [task for task in stories.COACHING if task.answered is None and task.due > 0]
    assert [task for task in stories.COACHING if task.answered is None and task.due < 0]


def test_a_remark_lies_within_its_recording_and_is_of_an_item() -> None:
    for each in stories.REMARKS:
        talk = of(each.call)
        assert talk.sound
        assert 0 <= each.start < (each.end or talk.seconds) <= talk.seconds
        assert each.item in marks(each.call, MIDDLE).answers


def test_work_takes_longer_than_listening() -> None:
    assert all(
        timedelta(seconds=talk.seconds) < timedelta(seconds=marks(talk.key, STRICT).worked)
        for talk in talks()
        if talk.truth
    )
