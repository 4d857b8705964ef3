"""Whether a paper can be drawn for everybody who is invited."""

from __future__ import annotations

from sqlalchemy.orm import Session

from exams.readiness import shortages
from kb.gate import Viewer

from ..exam_world import a_taker, add_paper, add_question
from ..world import NOW


def test_only_those_are_named_who_cannot_be_asked_enough(session: Session) -> None:
    add_question(session, stem="第一题问退票")
    add_question(session, stem="另一题问改签时限", audiences=["票务一组"])
    paper = add_paper(session, rows=[{"number": 2}])
    people = [
        a_taker(1, grade="初级", viewer=Viewer(frozenset({"票务一组", "1001"}))),
        a_taker(2, grade="初级", viewer=Viewer(frozenset({"票务二组", "1002"}))),
        a_taker(3, grade="初级", viewer=Viewer(frozenset({"票务二组", "1003"}))),
        a_taker(4, grade="高级", viewer=Viewer(None)),
    ]
    [found] = shortages(session, paper, people, NOW)
    assert (found.grade, found.people) == ("初级", (2, 3))
    assert "不够" in found.why
    assert shortages(session, paper, [people[0], people[3]], NOW) == []
    assert [each.people for each in shortages(session, paper, [], NOW)] == [()]
    assert shortages(session, add_paper(session, rows=[{"number": 1}]), people, NOW) == []
