"""The bank over its tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from exams import duplicates, kept
from exams.errors import FrozenQuestion
from exams.from_articles import in_force, propose
from exams.kept import Kept
from exams.questions import Question
from exams.tables import BankQuestion
from kb import articles
from kb.articles import Edit
from kb.errors import NotFound
from kb.records import Record

from .asked import question

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
BODY = "开车前8天以上退票，不收退票费。\n"
SOURCE = {"article": "fee", "revision": 1, "start": 0, "end": 16, "quote": BODY[:16]}


def published(session: Session, **changed: object) -> None:
    record = Record(
        **{"key": "fee", "title": "退票费", "body": BODY, "category": "票务/退票"} | changed
    )  # type: ignore[arg-type]
    articles.put(session, record, Edit(1, AT), publish_it=True)


def keep(session: Session, *questions: Question, at: datetime = AT) -> Kept:
    bank = Kept(session, at, 7)
    bank.keep(questions)
    return bank


def row(session: Session, key: str = "q") -> BankQuestion:
    session.expire_all()
    return kept.get(session, key)


def test_a_question_is_found_again_as_it_was_kept(session: Session) -> None:
    asked = [question(kind, key=kind) for kind in ("single", "blank", "number", "match", "essay")]
    assert keep(session, *asked).added == [each.key for each in asked]
    session.expire_all()
    found = {each.key: each for each in Kept(session, AT).all()}
    assert found == {each.key: each for each in asked}


def test_the_same_again_is_nothing_and_another_text_a_version(session: Session) -> None:
    keep(session, question("judge"))
    assert keep(session, question("judge")).unchanged == ["q"]
    assert keep(session, question("judge", answer=False), at=LATER).revised == ["q"]
    versions = row(session).versions
    assert [(v.number, v.content["answer"], v.author_id) for v in versions] == [
        (1, True, 7),
        (2, False, 7),
    ]


def test_a_version_that_was_asked_is_never_rewritten(session: Session) -> None:
    keep(session, question("judge"))
    found = row(session)
    assert kept.revise(session, found, question("judge", stem="新的"), 8, LATER)
    assert [v.content["stem"] for v in row(session).versions] == ["新的"]
    row(session).latest.used_at = LATER
    session.flush()
    assert not kept.revise(session, found, question("judge", stem="新的"), 8, LATER)
    assert kept.revise(session, found, question("judge", stem="更新的"), 8, LATER)
    assert [v.content["stem"] for v in row(session).versions] == ["新的", "更新的"]
    found.versions[0].content = {"stem": "改写"}
    with pytest.raises(FrozenQuestion):
        session.flush()


def test_topics_and_audiences_come_from_the_article(session: Session) -> None:
    published(session, audiences=("票务一组",))
    keep(session, question("judge", source=SOURCE))
    found = row(session)
    assert [t.topic for t in found.topics] == ["票务/退票"]
    assert (found.article_key, found.audiences) == ("fee", ["票务一组"])
    keep(session, question("judge", source=SOURCE, topics=["费用", "票务/退票"]))
    assert [t.topic for t in row(session).topics] == ["票务/退票", "费用"]
    keep(session, question("judge", key="other", source={"article": "nowhere"}))
    assert row(session, "other").audiences == []


def test_the_stem_is_kept_folded_with_its_options(session: Session) -> None:
    keep(session, question("single", stem="退票費是多少？"))
    assert "退票费" in row(session).folded
    assert "48小时" in row(session).folded


def test_a_mark_changes_with_what_an_editor_sees(session: Session) -> None:
    keep(session, question("judge"))
    before = kept.mark(row(session))
    assert kept.mark(row(session)) == before
    row(session).grade = "高级"
    session.flush()
    assert kept.mark(row(session)) != before


def test_what_somebody_has_judged_is_not_proposed_again(session: Session) -> None:
    first, judged = propose(session, [question("judge"), question("judge", key="r")], None, AT)
    assert (first.added, judged) == (["q", "r"], [])
    row(session, "r").state = "rejected"
    again = [question("judge", stem="另写"), question("judge", key="r", stem="另写")]
    bank, judged = propose(session, again, None, LATER)
    assert (bank.revised, judged) == (["q"], ["r"])
    assert row(session, "r").latest.content["stem"] == "题干"


def test_an_unknown_question_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="找不到试题"):
        kept.get(session, "nothing")


NEARLY = {
    "a": "开车前48小时以上、不足8天退票的，退票费是票价的百分之几？",
    "b": "开车前48小时以上，不足8天退票的，退票費是票價的百分之幾",
    "c": "年满60周岁的旅客优先安排下铺，是否正确？",
}


def test_nearly_the_same_is_found_however_it_is_written() -> None:
    assert [key for key, _ in duplicates.like(NEARLY["a"], list(NEARLY.items())[1:])] == ["b"]
    assert duplicates.pairs(NEARLY.items()) == [("a", "b")]
    assert duplicates.pairs([]) == []


def test_rows_of_one_table_are_no_duplicates_of_each_other() -> None:
    options = [{"key": "A", "text": "人工通道核验"}, {"key": "B", "text": "多数车站可刷闸机"}]
    stem = "《哪些证件可以买火车票》（适用范围）：“旅客”为“%s”，“进站”是____。"
    asked = {
        who: duplicates.said(
            {"stem": stem % who, "options": options, "answer": key, "kind": "single"}
        )
        for who, key in {"内地居民": "A", "没有证件的儿童": "B"}.items()
    }
    assert duplicates.pairs(asked.items()) == []
    again = duplicates.said({"stem": "“旅客”为“内地居民”，“进站”是？", "answer": "人工通道核验"})
    assert [key for key, _ in duplicates.like(again, asked.items())] == ["内地居民"]


def test_the_base_of_questions_knows_who_may_read_each_article(session: Session) -> None:
    published(session)
    published(session, key="secret", audiences=("班长",))
    lender, asked = in_force(session, AT)[::-1]
    assert (asked.key, asked.audiences, lender.audiences) == ("fee", (), ("班长",))
    assert not lender.lends(asked)
    assert asked.lends(lender)
