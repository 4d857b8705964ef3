"""A paper looked at before it is sat: pools, overlap, what is to be expected."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from random import Random

import pytest
from sqlalchemy.orm import Session

from exams import stats
from exams.feasibility import SIMULATED, check
from exams.forecast import Place, forecast
from exams.item_history import Item, history
from kb import articles
from kb.articles import Edit
from kb.gate import EVERYTHING
from kb.records import Record

from ..exam_world import add_attempt, add_exam, add_paper, add_version
from ..world import NOW
from .test_drawing import bank


def test_pools_are_counted_for_who_may_read_least_too(session: Session) -> None:
    rows = bank(session, 6, topics=["票务"])
    for row in rows[:2]:
        row.audiences = ["班长"]
    session.flush()
    paper = add_paper(session, rows=[{"number": 5, "topic": "票务"}])
    found = check(session, paper, EVERYTHING, "", NOW)
    (row,) = found.rows
    assert (row.words, row.wanted, row.pool, row.least) == ("第1行（票务）", 5, 6, 4)
    assert (found.short, row.enough) == ("", False)
    assert "要 5 道，可用的只有 4 道" in found.least_short


def test_a_row_that_is_starved_by_another_is_told(session: Session) -> None:
    bank(session, 3)
    paper = add_paper(session, rows=[{"number": 2}, {"number": 2, "kind": "judge"}])
    found = check(session, paper, EVERYTHING, "", NOW)
    assert [row.enough for row in found.rows] == [True, True]
    assert "第1行和第2行（判断题）要 4 道，可用的只有 3 道" in found.short
    assert found.overlap is None


def test_overlap_is_exact_where_rows_do_not_share_questions(session: Session) -> None:
    bank(session, 20, difficulty="easy")
    paper = add_paper(session, rows=[{"number": 5, "difficulty": "easy"}])
    overlap = check(session, paper, EVERYTHING, "", NOW).overlap
    assert overlap is not None
    assert (overlap.expected, overlap.percent, overlap.papers) == (5 * 5 / 20, 25, 0)


def test_overlap_is_drawn_where_they_do_and_comes_near_the_truth(session: Session) -> None:
    bank(session, 20)
    split = [{"number": 3, "points": 1}, {"number": 2, "points": 2}]
    found = check(session, add_paper(session, rows=split), EVERYTHING, "", NOW)
    assert found.overlap is not None
    assert found.overlap.papers == SIMULATED
    assert found.overlap.expected == pytest.approx(25 / 20, abs=0.15)
    assert found.mix[""] == pytest.approx(5)


def test_weights_are_met_over_all_rows_together_or_it_is_told(session: Session) -> None:
    for row in bank(session, 10, difficulty="easy")[:5]:
        row.difficulty = "hard"
    session.flush()
    rows = [{"number": 4}, {"number": 2, "difficulty": "easy"}]
    weights = {"高级": {"easy": 0, "medium": 0, "hard": 1}, "": {"easy": 1, "medium": 1, "hard": 0}}
    paper = add_paper(session, rows=rows, weights=weights)
    found = check(session, paper, EVERYTHING, "高级", NOW)
    assert [(r.words, r.wanted, r.pool) for r in found.rows[2:]] == [
        ("难度比例：易", 2, 5),
        ("难度比例：难", 4, 5),
    ]
    assert (found.short, found.mix["hard"], found.mix["easy"]) == ("", 4, 2)
    short = check(session, paper, EVERYTHING, "初级", NOW).short
    assert "难度比例（易 4、中 2、难 0）要 6 道，可用的只有 4 道" in short


def test_a_fixed_paper_says_what_became_of_its_questions(session: Session) -> None:
    rows = bank(session, 5, difficulty="hard")
    paper = add_paper(session, rows)
    rows[0].stale_at, rows[0].stale_why = NOW, "changed"
    rows[1].state = "retired"
    rows[2].audiences = ["班长"]
    add_version(session, rows[3], stem="新的题干")
    found = check(session, paper, EVERYTHING, "", NOW)
    assert [(t.place, t.left_out) for t in found.troubles] == [
        (1, True),
        (2, True),
        (3, False),
        (4, False),
    ]
    assert "已过时：原句改了" in found.troubles[0].sentence
    assert "已有第 2 版" in found.troubles[3].sentence
    assert (found.mix["hard"], found.possible) == (5, 5)


def test_questions_on_articles_of_the_last_thirty_days_are_counted(session: Session) -> None:
    for key, days in (("old", 31), ("new", 29)):
        record = Record(key=key, title=key, body="一句。")
        articles.put(session, record, Edit(1, NOW - timedelta(days=days)), publish_it=True)
    rows = bank(session, 3)
    for row, key in zip(rows, ("old", "new", ""), strict=True):
        row.article_key = key
    session.flush()
    found = check(session, add_paper(session, rows=[{"number": 1}]), EVERYTHING, "", NOW)
    assert (found.recent, found.pool, list(found.recent_articles)) == (1, 3, ["new"])


def test_of_a_paper_asked_as_it_stands_the_forecast_is_what_came_of_it(session: Session) -> None:
    rows = bank(session, 6, answer=True)
    paper = add_paper(session, rows, points=2)
    exam, chance = add_exam(session, paper), Random(6)
    table = []
    for person in range(30):
        able = chance.random()
        given = [chance.random() < able for _ in rows]
        add_attempt(session, exam, person, given, points=2, graded=True)
        table.append(tuple(Fraction(2 * each) for each in given))
    scores = stats.Scores(tuple(row.key for row in rows), (Fraction(2),) * 6, tuple(table))
    past = stats.statistics(scores)["paper"]
    found = check(session, paper, EVERYTHING, "", NOW).forecast
    assert found.mean == pytest.approx(100 * past["mean"] / 12)
    assert found.sd == pytest.approx(100 * past["sd"] / 12)
    assert found.alpha is not None
    assert 100 * found.alpha == pytest.approx(past["alpha"])
    assert (found.known, found.of, found.answers) == (6, 6, 180)


def test_a_later_attempt_practice_and_what_waits_for_a_marker_do_not_count(
    session: Session,
) -> None:
    rows = bank(session, 2)
    exam = add_exam(session, add_paper(session, rows))
    practice = add_exam(session, add_paper(session, rows), kind="practice")
    for person in range(9):
        add_attempt(session, exam, person, [True, True], graded=True)
        add_attempt(session, exam, person, [True, True], graded=True)
        add_attempt(session, practice, person, [True, True], graded=True)
    assert history(session) == {}
    add_attempt(session, exam, 99, [True, True], graded=True)
    assert {item.n for item in history(session).values()} == {10}


def test_where_too_little_is_known_there_is_no_number() -> None:
    items = {1: Item(10, 0.5, 0.25, 0.05)}
    known, unknown = Place(2, 1.0, {1: 1.0, 2: 1.0}), Place(1, 1.0, {3: 1.0})
    found = forecast([known, unknown], items)
    assert (found.mean, found.alpha, found.known, found.of, found.answers) == (
        *(None, None),
        *(1, 3, 10),
    )
    assert forecast([known], items).mean == 50
    assert forecast([Place(1, 1.0, {1: 1.0})], items).alpha is None
