"""A paper drawn for somebody: what may stand on it, and what does."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exams import drawing, papers
from exams.blueprints import Blueprint, Row, Weights
from exams.drawing import choose, draw, lay_out, met
from exams.errors import PoolTooSmall
from exams.pools import Candidate
from exams.questions import DIFFICULTIES
from exams.tables import BankQuestion, Paper
from exams.takers import Taker
from kb import articles
from kb.articles import Edit
from kb.gate import Viewer
from kb.records import Record

from ..exam_world import a_taker, add_attempt, add_exam, add_paper, add_question
from ..world import NOW


def drawn(
    session: Session, paper: Paper, taker: Taker | None = None, seed: str = "s", seen: object = ()
) -> list[str]:
    found = draw(
        session,
        paper,
        taker or a_taker(),
        seed=seed,
        unseen_first=True,
        seen=seen,  # type: ignore[arg-type]
        at=NOW,
    )
    return [each.version.content["key"] for each in found]


def bank(session: Session, size: int, **content: object) -> list[BankQuestion]:
    """Questions that are not alike."""
    stems = (
        f"{chr(0x4E00 + 97 * n)}{chr(0x5E00 + 89 * n)}{chr(0x6E00 + 83 * n)}" for n in range(size)
    )
    return [
        add_question(session, f"q{n:02}", "judge", stem=stem, **content)  # type: ignore[arg-type]
        for n, stem in enumerate(stems)
    ]


def test_the_same_seed_draws_the_same_and_another_another(session: Session) -> None:
    bank(session, 30)
    paper = add_paper(session, rows=[{"number": 10}])
    first = drawn(session, paper)
    assert first == drawn(session, paper)
    assert len(set(first)) == 10
    assert set(first) != set(drawn(session, paper, seed="t"))


def test_a_question_less_in_the_bank_changes_only_its_own_place(session: Session) -> None:
    rows = bank(session, 30)
    paper = add_paper(session, rows=[{"number": 10}])
    first = drawn(session, paper)
    next(row for row in rows if row.key == first[4]).state = "retired"
    session.flush()
    assert [key for key in first if key != first[4]] == drawn(session, paper)[:9]


def test_only_what_may_be_asked_of_this_person_now_is_drawn(session: Session) -> None:
    ok, stale, proposed, hidden, senior, moved = bank(session, 6)
    stale.stale_at, proposed.state, hidden.audiences, senior.grade = (
        *(NOW, "proposed", ["班长"]),
        "高级",
    )
    record = Record(key="fee", title="退票费", body="不收。", audiences=("班长",))
    articles.put(session, record, Edit(1, NOW - timedelta(days=9)), publish_it=True)
    moved.article_key = "fee"  # its audiences have not followed the article yet
    session.flush()
    everything = add_paper(session, rows=[{"number": 1}])
    nobody = Viewer(frozenset())
    assert drawn(session, everything, a_taker(viewer=nobody)) == [ok.key]
    lead = a_taker(viewer=Viewer(frozenset({"班长"})), grade="高级")
    assert set(drawn(session, add_paper(session, rows=[{"number": 4}]), lead)) == {
        *(ok.key, hidden.key, senior.key, moved.key)
    }
    for_seniors = add_paper(session, rows=[{"number": 1, "grade": "高级"}])
    assert drawn(session, for_seniors, a_taker(viewer=nobody)) == [senior.key]


def test_no_two_that_ask_nearly_the_same_or_rest_on_one_sentence(session: Session) -> None:
    stem = "旅客在开车前八天以上办理退票时应当核收的退票费是多少"
    source = {"article": "fee", "quote": "不收退票费"}
    add_question(session, "a", "judge", stem=stem)
    add_question(session, "b", "judge", stem=stem + "呢？")
    add_question(session, "c", "judge", stem="儿童票", source=source)
    add_question(session, "d", "judge", stem="团体订票", source=source)
    found = drawn(session, add_paper(session, rows=[{"number": 2}]))
    assert len(set(found) & {"a", "b"}) == len(set(found) & {"c", "d"}) == 1
    with pytest.raises(PoolTooSmall) as wrong:
        drawn(session, add_paper(session, rows=[{"number": 3, "kind": "judge"}]))
    assert (wrong.value.row, wrong.value.wanted, wrong.value.found) == ("第1行（判断题）", 3, 2)


def test_what_somebody_met_comes_after_the_rest_and_the_longest_ago_first(
    session: Session,
) -> None:
    rows = bank(session, 6)
    exam = add_exam(session, add_paper(session, rows))
    for days, asked in ((9, rows[:2]), (5, rows[2:4]), (1, rows[1:2])):
        begun = NOW - timedelta(days=days)
        add_attempt(session, exam, questions=asked, begun_at=begun)
    seen = met(session, 11)
    assert seen == [rows[n].id for n in (0, 2, 3, 1)]
    paper = add_paper(session, rows=[{"number": 4}])
    for seed in "abc":
        keys = drawn(session, paper, seed=seed, seen=seen)
        assert set(keys) == {rows[n].key for n in (4, 5, 0, 2)}
        assert keys[2:] == ["q00", "q02"]


def test_a_fixed_paper_is_asked_as_it_is_without_what_may_not_be_asked(session: Session) -> None:
    rows = bank(session, 4)
    paper = add_paper(session, rows[::-1], points=2.5)
    rows[1].stale_at, rows[2].audiences = NOW, ["班长"]
    session.flush()
    nobody = a_taker(viewer=Viewer(frozenset()))
    found = draw(session, paper, nobody, seed="s", unseen_first=False, seen=(), at=NOW)
    assert [(d.version.id, d.points) for d in found] == [
        (rows[n].latest.id, Fraction(5, 2)) for n in (3, 0)
    ]
    rows[0].state = rows[3].state = "retired"
    session.flush()
    with pytest.raises(PoolTooSmall):
        drawn(session, paper, nobody)


# Any blueprint over any bank

candidates = st.lists(
    st.builds(
        Candidate,
        id=st.just(0),
        key=st.just(""),
        version=st.just(0),
        kind=st.sampled_from(["single", "judge"]),
        difficulty=st.sampled_from(["", *DIFFICULTIES]),
        grade=st.sampled_from(["", "", "高级"]),
        article=st.just(""),
        content=st.just('{"stem": ""}'),
        topics=st.frozensets(st.sampled_from(["a", "a/b", "c"]), max_size=2),
    ),
    max_size=25,
)
rows = st.builds(
    Row,
    number=st.integers(1, 4),
    points=st.just(Fraction(1)),
    topic=st.sampled_from(["", "a", "a/b"]),
    difficulty=st.sampled_from(["", "easy", "hard"]),
    kind=st.sampled_from(["", "single"]),
    grade=st.sampled_from(["", "高级"]),
)


@given(candidates, st.lists(rows, min_size=1, max_size=4), st.booleans(), st.text(max_size=5))
def test_a_drawn_paper_is_what_its_rows_ask_for(
    there: list[Candidate], asked: list[Row], weighted: bool, seed: str
) -> None:
    known = [
        Candidate(n + 1, f"q{n}", n, *(c.kind, c.difficulty, c.grade, ""), c.content, c.topics)
        for n, c in enumerate(there)
    ]
    content = Blueprint(tuple(asked), {"": Weights(2, 1, 1)} if weighted else {})
    layout = lay_out(content, known, "初级")
    try:
        chosen = choose(layout, seed)
    except PoolTooSmall:
        return
    assert chosen == choose(lay_out(content, known[::-1], "初级"), seed)
    keys = [each.key for some in chosen for each in some]
    assert len(set(keys)) == len(keys) == content.number
    for row, some in zip(asked, chosen, strict=True):
        assert len(some) == row.number
        assert all(each.fits(row, "初级") for each in some)
    if layout.shares is not None:
        counts = Counter(each.difficulty for some in chosen for each in some)
        assert counts == Counter(layout.shares)


def test_freezing_a_paper_freezes_the_questions_it_names(session: Session) -> None:
    rows = bank(session, 2)
    paper = add_paper(session, rows)
    papers.freeze(session, paper, NOW)
    papers.freeze(session, paper, NOW + timedelta(days=1))
    assert [paper.used_at, *(row.latest.used_at for row in rows)] == [NOW] * 3


def test_chance_is_the_same_for_ever() -> None:
    assert drawing.chance("17-42-1", "fee-1").hex() == "ad181c454596e3f538f8f877c189142e"
