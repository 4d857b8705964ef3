"""Item analysis: its figures are those of ``exams.stats``, its flags say what to look at."""

from __future__ import annotations

import random
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exams import results, stats
from exams.analysis import analyse, record
from exams.answered import about, taken
from exams.items import MINIMUM, Choice, Figures, against, choices, flags
from exams.tables import Correction, Exam
from tests.exam_world import (
    add_attempt,
    add_exam,
    add_grading,
    add_paper,
    add_question,
)
from tests.world import NOW

from .asked import question


def sit(session: Session, exam: Exam, person: int, responses: list[Any], **more: Any) -> None:
    add_attempt(session, exam, person, responses, graded=True, **more)


def fixed(session: Session, answered: list[list[Any]]) -> Exam:
    """An exam of single choices whose key is B, worth 2 points each."""
    questions = [add_question(session) for _ in answered[0]]
    exam = add_exam(session, add_paper(session, questions, points=2))
    for person, responses in enumerate(answered, 1):
        sit(session, exam, person, responses)
    return exam


@given(st.lists(st.lists(st.sampled_from("ABC"), min_size=3, max_size=3), min_size=1, max_size=6))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example has its own exam
)
def test_the_figures_are_those_of_the_scores_table(
    session: Session, answered: list[list[str]]
) -> None:
    found = analyse(session, fixed(session, answered))
    assert found.scores is not None
    again = stats.statistics(stats.read(stats.write(found.scores, found.order)))
    assert found.paper == again["paper"]
    for item in found.items:
        expected = again["items"][item.about.key]
        assert item.figures.facility == expected["facility"]
        assert item.figures.discrimination == expected["discrimination_index"]
        assert item.figures.efficiency == expected["discriminative_efficiency"]
        assert item.figures.weight == expected["effective_weight"]
        sd = expected["sd"]
        assert item.figures.sd == (None if sd is None else pytest.approx(sd / 2))


def test_only_the_first_complete_attempt_of_each_person_is_analysed(session: Session) -> None:
    exam = fixed(session, [["B", "A"], ["A", "B"]])
    exam.attempts = 0
    sit(session, exam, 1, ["B", "B"])
    third = add_attempt(session, exam, 3, ["B", "B"])
    add_grading(session, third, complete=False, passed=None)
    found = analyse(session, exam)
    assert (found.attempts, found.waiting) == (2, 1)
    assert [item.figures.facility for item in found.items] == [0.5, 0.5]
    everything = analyse(session, exam, first=False)
    assert (everything.attempts, everything.waiting) == (3, 1)


def test_drawn_papers_have_no_alpha_and_are_held_against_the_whole(session: Session) -> None:
    """Three questions of which everybody had two: y = T, as the shares 1, 1/2, 1/2, 0."""
    a, b, c = (add_question(session, f"drawn-{n}") for n in range(3))
    exam = add_exam(session, add_paper(session, rows=[{"number": 2}]))
    for person, (questions, responses) in enumerate(
        [([a, b], ["B", "B"]), ([a, c], ["B", "A"]), ([a, b], ["A", "B"]), ([c, a], ["A", "A"])], 1
    ):
        sit(session, exam, person, responses, questions=questions)
    found = analyse(session, exam)
    assert not found.same
    assert found.scores is None
    assert found.paper["alpha"] is None
    assert found.paper["mean"] == 50
    by_key = {item.about.key: item.figures for item in found.items}
    assert by_key["drawn-0"].n == 4
    scale = 10**6
    xs, ys = [scale, scale, 0, 0], [scale, scale // 2, scale // 2, 0]
    assert by_key["drawn-0"] == against(xs, ys, scale)
    assert by_key["drawn-0"].discrimination == pytest.approx(100 * 2**0.5 / 2)
    assert by_key["drawn-1"].n == 2
    assert by_key["drawn-0"].weight is None


def test_a_void_question_has_no_figures_and_spoils_none(session: Session) -> None:
    exam = fixed(session, [["B", "A"], ["A", "B"], ["B", "B"]])
    void = exam.paper.content["questions"][0]["version"]
    session.add(Correction(version_id=void, mode="void", reason="两个选项都对", at=NOW))
    session.flush()
    found = analyse(session, exam)
    assert [item.void for item in found.items] == [False, True]
    assert found.scores is not None
    assert len(found.scores.keys) == 1


def wrongly_keyed(n: int, seed: int = 5) -> list[list[str]]:
    """Able people answer C where the key says B; the rest of the paper they answer by the key."""
    chance = random.Random(seed)
    made = []
    for _ in range(n):
        able = chance.random()
        others = ["B" if chance.random() < able else chance.choice("ACD") for _ in range(9)]
        made.append(["C" if chance.random() < able else chance.choice("ABD"), *others])
    return made


def test_a_wrong_key_is_suspected_with_the_option_and_the_n(session: Session) -> None:
    found = analyse(session, fixed(session, wrongly_keyed(60)))
    item = min(found.items, key=lambda item: item.about.key)
    assert item.flags[0].kind == "key"
    assert item.flags[0].wrong
    took = item.choices[2].chosen
    assert item.flags[0].words == f"可能答案有误：选 C 的人成绩更好（选它的 {took} 人，n=60）"
    assert item in found.flagged[:2]
    assert not any(f.kind == "key" for other in found.items if other != item for f in other.flags)


def test_few_answers_are_not_judged(session: Session) -> None:
    found = analyse(session, fixed(session, wrongly_keyed(MINIMUM - 1)))
    assert not any(item.flags for item in found.items)
    assert all(item.figures.measured == "" for item in found.items)


def option(key: str, right: bool, chosen: int, r: float | None, n: int = 100) -> Choice:
    return Choice(key, "", right, chosen, n, r)


@pytest.mark.parametrize(
    ("figures", "label", "options", "kinds"),
    [
        (Figures(100, 0.6, 0.5, 30), "medium", [], []),
        (Figures(100, 0.97, 0.1, 5), "easy", [], ["easy"]),
        (Figures(100, 0.97, 0.1, 5), "hard", [], ["easy", "label"]),
        (Figures(100, 0.03, 0.1, 5), "hard", [], ["hard"]),
        (Figures(100, 0.5, 0.5, -12.3), "", [], ["negative"]),
        (Figures(20, 0.36, 0.48, 20), "medium", [], []),  # may well be medium: n is small
        (Figures(2000, 0.36, 0.48, 20), "medium", [], ["label"]),
        (Figures(100, 0.6, 0.5, 30), "", [option("B", True, 60, 0.3)], []),
        (
            Figures(100, 0.9, 0.3, 30),
            "",
            [option("A", False, 0, None), option("B", True, 97, 0.3), option("C", False, 3, -0.1)],
            ["unused", "rare"],
        ),
        (
            Figures(100, 0.3, 0.4, 10),
            "",
            [option("A", False, 30, 0.25), option("B", True, 30, 0.1)],
            ["key"],
        ),
        (  # the better people choose the key even more often
            Figures(100, 0.3, 0.4, 10),
            "",
            [option("A", False, 30, 0.25), option("B", True, 30, 0.4)],
            [],
        ),
        (Figures(0), "easy", [], []),
    ],
)
def test_flags(figures: Figures, label: str, options: list[Choice], kinds: list[str]) -> None:
    found = flags(figures, label, options)
    assert [flag.kind for flag in found] == kinds
    assert all(f"n={figures.n}" in flag.words for flag in found)


def test_what_was_chosen_is_counted_for_every_kind_of_choice() -> None:
    single = choices(question("single"), ["B", "C", None, ""], [3, 2, 1, 0])
    assert [(one.key, one.right, one.chosen) for one in single] == [
        ("A", False, 0),
        ("B", True, 1),
        ("C", False, 1),
        ("D", False, 0),
    ]
    assert single[0].correlation is None
    multiple = choices(question("multiple"), [["A", "C"], ["A"]], [1, 0])
    assert [(one.right, one.chosen, one.share) for one in multiple] == [
        (True, 2, 1),
        (False, 0, 0),
        (True, 1, 0.5),
        (False, 0, 0),
    ]
    assert multiple[2].correlation == 1
    judge = choices(question("judge"), [True, False, "对"], [1, 0, 1])
    assert [(one.key, one.right, one.chosen) for one in judge] == [
        ("对", True, 2),
        ("错", False, 1),
    ]
    assert choices(question("essay"), ["退票"], [1]) == ()


def test_a_question_is_known_from_all_its_exams(session: Session) -> None:
    asked, other = add_question(session), add_question(session)
    for title, answered in (("一月", ["B", "A"]), ("二月", ["B", "B", "B"])):
        exam = add_exam(session, add_paper(session, [asked, other], points=2), title=title)
        for person, response in enumerate(answered, 1):
            sit(session, exam, person, [response, response])
            sit(session, exam, person, ["A", "A"])  # a second attempt does not count
    (found,) = record(session, [asked.latest.id], NOW)
    assert (found.item.figures.n, found.item.figures.facility) == (5, 0.8)
    assert {(title, n, facility) for _, title, n, facility in found.exams} == {
        ("一月", 2, 0.5),
        ("二月", 3, 1.0),
    }
    assert found.item.figures.discrimination == 100
    assert record(session, [add_question(session).latest.id], NOW) == []


# Results


def test_results_are_those_that_count_and_say_how_many(session: Session) -> None:
    exam = fixed(session, [["B", "B"], ["B", "A"], ["A", "A"]])
    exam.attempts, exam.counts = 0, "best"
    sit(session, exam, 3, ["B", "B"])
    add_attempt(session, exam, 4, open=True)
    found = results.results(session, exam)
    assert [(one.person_id, one.percent, one.passed) for one in found] == [
        (1, 100, True),
        (2, 50, False),
        (3, 100, True),
        (4, None, None),
    ]
    assert [(one.submitted, one.writing) for one in found][2:] == [(2, False), (0, True)]
    whole = results.whole(found)
    assert (whole.n, whole.median, whole.passed, whole.settled) == (3, 100, 2, 3)
    counting = [id for one in found if one.counted for id in one.counted.attempts]
    attempts = taken(session, exam, attempts=counting)
    named = about(session, (a.version_id for each in attempts for a in each.answers))
    (part,) = results.by_part(attempts, named, lambda _: ["票务"])
    assert (sorted(part.shares), part.answers) == ([50, 100, 100], 6)


def test_small_groups_have_no_rank(session: Session) -> None:
    exam = fixed(session, [["B"]] * 5 + [["A"]] * 5 + [["B"]] * 4)
    found = results.groups(results.results(session, exam), lambda r: (r.person_id - 1) // 5)
    assert [(g.key, g.rank, g.n) for g in found] == [(0, 1, 5), (1, 2, 5), (2, None, 4)]


@given(st.lists(st.floats(0, 100)))
def test_a_histogram_loses_nobody(percents: list[float]) -> None:
    found = results.histogram(percents)
    assert sum(one.n for one in found) == len(percents)
    assert (found[0].low, found[-1].high, len(found)) == (0, 100, 10)


def test_earlier_ones_are_of_the_same_repetition(session: Session) -> None:
    first = add_exam(session, opens_at=NOW - timedelta(days=9))
    second = add_exam(session, of_id=first.id, opens_at=NOW - timedelta(days=8))
    add_exam(session, of_id=first.id, opens_at=NOW - timedelta(days=7), cancelled_at=NOW)
    last = add_exam(session, of_id=first.id, opens_at=NOW - timedelta(days=6))
    add_exam(session, opens_at=NOW - timedelta(days=20))
    assert [exam.id for exam in results.earlier(session, last)] == [first.id, second.id]
    assert results.earlier(session, first) == []


def test_marks_are_known_to_six_decimals() -> None:
    table = stats.Scores(("q",), (Fraction(1),), ((Fraction(333333, 1000000),),))
    assert stats.read(stats.write(table, ["a"])) == table
