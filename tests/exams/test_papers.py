"""Papers kept, changed, copied, frozen, out of use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from exams import papers
from exams.errors import FrozenPaper
from exams.papers import Wanted
from kb.errors import EditConflict, InvalidContent, NotFound

from ..exam_world import add_question, add_version
from ..world import NOW

LATER = NOW + timedelta(hours=1)
ROWS = {"rows": [{"number": 5, "points": 2}]}


def test_a_paper_is_kept_and_changed_by_who_saw_it_last(session: Session) -> None:
    paper = papers.create(session, Wanted(" 十一月  月考 ", ROWS), by=7, at=NOW)
    assert (paper.title, papers.possible(paper), papers.state(paper)) == (
        "十一月 月考",
        10,
        "draft",
    )
    more = Wanted("十一月月考", {"rows": [{"number": 6, "points": 2}]}, "说明")
    papers.save(session, papers.hold(session, paper.id), more, 1, at=LATER)
    assert (papers.possible(paper), paper.saves, paper.changed_at) == (12, 2, LATER)
    with pytest.raises(EditConflict):
        papers.save(session, paper, more, 1, at=LATER)


def test_the_same_form_sent_twice_makes_one_paper(session: Session) -> None:
    wanted = Wanted("月考", ROWS)
    paper = papers.create(session, wanted, by=7, at=NOW)
    soon = NOW + timedelta(seconds=2)
    assert papers.create(session, wanted, by=7, at=soon) is paper
    assert papers.create(session, wanted, by=8, at=soon) is not paper
    assert papers.create(session, Wanted("月考", ROWS, "另一份"), by=7, at=soon) is not paper
    assert papers.create(session, wanted, by=7, at=LATER) is not paper
    copied = papers.copy(session, paper, by=7, at=soon)
    assert papers.copy(session, paper, by=7, at=soon) is copied is not paper


def test_a_paper_that_was_sat_changes_only_as_a_copy(session: Session) -> None:
    paper = papers.create(session, Wanted("月考", ROWS), by=7, at=NOW)
    papers.freeze(session, paper, NOW)
    with pytest.raises(FrozenPaper):
        papers.save(session, paper, Wanted("月考", ROWS), 1, at=LATER)
    again = papers.copy(session, paper, by=8, at=LATER)
    assert (again.title, again.of_id, again.used_at) == ("月考（副本）", paper.id, None)
    papers.save(session, again, Wanted("十二月", ROWS), 1, at=LATER)
    papers.retire(session, paper, LATER)
    assert papers.state(paper) == "retired"
    paper.content = {"rows": []}
    with pytest.raises(FrozenPaper):
        session.flush()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(" ", ROWS), "title"),
        (Wanted("题" * 121, ROWS), "title"),
        (Wanted("月\0考", ROWS), "title"),
        (Wanted("月考", ROWS, "说" * 2001), "note"),
        (Wanted("月考", {"questions": [{"version": 999, "points": 1}]}), "questions"),
    ],
)
def test_what_cannot_be_kept_is_refused(session: Session, wanted: Wanted, field: str) -> None:
    with pytest.raises(InvalidContent) as wrong:
        papers.create(session, wanted, by=7, at=NOW)
    assert wrong.value.field == field


def test_one_question_stands_on_a_fixed_paper_in_one_version(session: Session) -> None:
    row = add_question(session)
    first, second = row.latest, add_version(session, row, stem="新的")
    both = {"questions": [{"version": v.id, "points": 1} for v in (first, second)]}
    with pytest.raises(InvalidContent, match="第2题：和第1题"):
        papers.create(session, Wanted("月考", both), by=7, at=NOW)


def test_papers_are_found_by_title_and_state(session: Session) -> None:
    made = [
        papers.create(session, Wanted(title, ROWS), by=7, at=NOW + timedelta(minutes=n))
        for n, title in enumerate(["十月月考", "晋级考试", "十一月月考"])
    ]
    papers.freeze(session, made[0], NOW)
    papers.retire(session, made[1], NOW)

    def titles(**narrowed: str) -> list[str]:
        return [paper.title for paper in papers.listing(session, **narrowed)]

    assert titles() == ["十一月月考", "十月月考"]
    assert titles(text="月考 十一", state="draft") == ["十一月月考"]
    assert (titles(state="used"), titles(state="retired")) == (["十月月考"], ["晋级考试"])
    assert titles(text="%") == []
    for id in (0, -1, 10**12):
        with pytest.raises(NotFound):
            papers.get(session, id)
