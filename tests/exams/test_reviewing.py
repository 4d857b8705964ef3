"""The bank searched, changed in bulk, and generated questions judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from exams import bank_search, bulk, kept, reviewing
from exams.bank_search import Wanted
from exams.bulk import Change
from exams.from_articles import propose
from exams.kept import Kept
from exams.tables import BankQuestion
from kb.errors import InvalidContent, NotFound, Settled
from kb.gate import EVERYTHING, Viewer

from .asked import question

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)


def row(session: Session, key: str) -> BankQuestion:
    return kept.get(session, key)


@pytest.fixture
def proposed(session: Session) -> Session:
    made = [
        question("judge", key="a", source={"article": "one"}),
        question("single", key="b", source={"article": "two"}),
        question("blank", key="c", source={"article": "one"}),
    ]
    propose(session, made, None, AT)
    return session


def test_questions_are_looked_at_article_by_article(proposed: Session) -> None:
    seen = []
    found = reviewing.following(proposed, EVERYTHING)
    while found is not None and found.key not in seen:
        seen.append(found.key)
        found = reviewing.following(proposed, EVERYTHING, found)
    assert seen == ["a", "c", "b"]


def test_judgements_are_counted_with_their_reasons(proposed: Session) -> None:
    reviewing.accept(proposed, row(proposed, "a"), 7, LATER)
    kept.revise(proposed, row(proposed, "c"), question("blank", stem="改过"), 7, AT)
    reviewing.accept(proposed, row(proposed, "c"), 7, LATER)
    reviewing.reject(proposed, row(proposed, "b"), "trivial", "", 7, LATER)
    found = reviewing.figures(proposed, EVERYTHING)
    assert (found.waiting, found.accepted, found.edited, found.judged) == (0, 2, 1, 3)
    assert found.reasons == {"trivial": 1}
    assert [v.content["stem"] for v in row(proposed, "c").versions] == ["题干", "改过"]


def test_nobody_judges_twice_and_a_judgement_can_be_taken_back(proposed: Session) -> None:
    reviewing.accept(proposed, row(proposed, "a"), 7, AT)
    with pytest.raises(Settled, match="已经处理过，现在是“在用”"):
        reviewing.reject(proposed, row(proposed, "a"), "trivial", "", 8, AT)
    reviewing.undo(proposed, row(proposed, "a"))
    assert row(proposed, "a").state == "proposed"
    with pytest.raises(Settled):
        reviewing.undo(proposed, row(proposed, "a"))


def test_what_was_asked_cannot_be_taken_back(proposed: Session) -> None:
    reviewing.accept(proposed, row(proposed, "a"), 7, AT)
    row(proposed, "a").latest.used_at = AT
    with pytest.raises(Settled, match="已经考过"):
        reviewing.undo(proposed, row(proposed, "a"))


@pytest.mark.parametrize(("reason", "remark"), [("", ""), ("dull", ""), ("other", "  ")])
def test_a_rejection_says_why(proposed: Session, reason: str, remark: str) -> None:
    with pytest.raises(InvalidContent):
        reviewing.reject(proposed, row(proposed, "a"), reason, remark, 7, AT)
    assert row(proposed, "a").state == "proposed"


# Searching


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (Wanted(), ["a", "b"]),
        (Wanted(text="退票費"), ["a"]),
        (Wanted(text="Ａ"), ["a"]),
        (Wanted(text="100%"), []),
        (Wanted(kind="judge", difficulty="easy"), ["a"]),
        (Wanted(topic="票务"), ["a"]),
        (Wanted(topic="票"), []),
        (Wanted(article="two"), ["b"]),
        (Wanted(stale="1"), []),
        (Wanted(state="retired"), []),
    ],
)
def test_the_bank_is_narrowed(session: Session, wanted: Wanted, keys: list[str]) -> None:
    Kept(session, AT).keep(
        [
            question("judge", key="a", stem="退票费？", topics=["票务/退票"], difficulty="easy"),
            question("blank", key="b", stem="10件", source={"article": "two"}, topics=["行李"]),
        ]
    )
    found = bank_search.search(session, EVERYTHING, wanted)
    assert sorted(r.key for r in found.rows) == keys
    assert found.total == len(keys)
    assert bank_search.topics(session) == ["票务", "票务/退票", "行李"]


def test_who_may_not_read_the_article_does_not_learn_of_the_question(session: Session) -> None:
    Kept(session, AT).keep([question("judge")])
    row(session, "q").audiences = ["班长"]
    session.flush()
    id = row(session, "q").id
    assert bank_search.seen(session, Viewer(frozenset({"班长"})), id).key == "q"
    with pytest.raises(NotFound):
        bank_search.seen(session, Viewer(frozenset({"座席"})), id)


# Many at once


def test_many_are_changed_at_once(session: Session) -> None:
    Kept(session, AT).keep([question("judge", topics=["甲"]), question("essay", key="e")])
    change = Change(difficulty="hard", grade="高级", add="乙", remove="甲")
    rows = [row(session, "q"), row(session, "e")]
    assert bulk.apply(session, rows, change, 7, LATER) == 2
    found = row(session, "q")
    assert (found.difficulty, found.grade, [t.topic for t in found.topics]) == (
        "hard",
        "高级",
        ["乙"],
    )
    assert bulk.apply(session, rows, change, 7, LATER) == 0
    assert bulk.apply(session, rows, Change(state="retire"), 7, LATER) == 2
    assert {r.state for r in rows} == {"retired"}


def test_a_bad_change_is_refused(session: Session) -> None:
    for change in (Change(difficulty="wild"), Change(grade="级" * 21), Change(add="x" * 201)):
        with pytest.raises(InvalidContent):
            bulk.apply(session, [], change, 7, AT)
