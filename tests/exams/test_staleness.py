"""Does a question still rest on what its article says?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exams import kept, refreshing
from exams.kept import Kept
from exams.questions import Source
from exams.staleness import Text, look
from exams.tables import BankQuestion
from kb import articles
from kb.articles import Edit
from kb.errors import InvalidContent
from kb.records import Record

from .asked import question

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
BODY = "## 费用\n\n开车前8天以上退票，不收退票费。开车后不退。\n\n- 学生票：同成人票。\n"
QUOTE = "开车前8天以上退票，不收退票费。"
SOURCE = Source("fee", 1, BODY.index(QUOTE), BODY.index(QUOTE) + len(QUOTE), QUOTE)
BEFORE = Text("退票费", BODY)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (BODY, "same"),
        (BODY.replace("开车后", "列车开车后"), "same"),
        ("新的一段在前面。\n\n" + BODY, "moved"),
        (BODY.replace("## 费用", "## 费用\n\n先看时间。"), "moved"),
        (BODY.replace("8天", "15天"), "changed"),
        (BODY.replace("## 费用", "## 团体票的费用"), "context"),
        ("## 费用\n\n请到窗口咨询。\n", "gone"),
        ("", "gone"),
    ],
)
def test_a_sentence_is_looked_for_in_the_new_text(body: str, state: str) -> None:
    found = look(SOURCE, Text("退票费", body), BEFORE)
    assert found.state == state
    assert body[found.start : found.end] == found.quote


def test_the_sentence_that_took_its_place_is_shown() -> None:
    found = look(SOURCE, Text("退票费", BODY.replace("8天", "15天")), BEFORE)
    assert (found.quote, found.stale) == ("开车前15天以上退票，不收退票费。", True)


def test_another_title_is_another_question() -> None:
    assert look(SOURCE, Text("团体票退票费", BODY), BEFORE).state == "context"
    assert look(SOURCE, Text("团体票退票费", BODY)).state == "same"


def test_without_a_text_in_force_nothing_holds() -> None:
    assert look(SOURCE, None, BEFORE).stale


def test_lines_together_are_found_together() -> None:
    body = "1. 取票\n2. 验证\n3. 进站\n"
    source = Source("way", 1, 0, len(body) - 1, body[:-1])
    found = look(source, Text("怎么走", "提示。\n1. 取票\n2. 安检\n3. 进站\n"))
    assert (found.state, found.quote) == ("changed", "1. 取票\n2. 安检\n3. 进站")


@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_words_that_are_there_are_never_lost(before: str, after: str) -> None:
    body = before + QUOTE + after
    found = look(SOURCE, Text("退票费", body))
    assert found.state in ("same", "moved")
    assert body[found.start : found.end] == QUOTE


# Over the tables


def put(session: Session, body: str, **changed: object) -> None:
    record = Record(**{"key": "fee", "title": "退票费", "body": body} | changed)  # type: ignore[arg-type]
    articles.put(session, record, Edit(1, AT), publish_it=True)


def one(session: Session) -> BankQuestion:
    session.expire_all()
    return kept.get(session, "q")


@pytest.fixture
def asked(session: Session) -> Session:
    put(session, BODY)
    evidence = {"article": "fee", "revision": 1, "start": SOURCE.start, "end": SOURCE.end}
    Kept(session, AT).keep([question("judge", source={**evidence, "quote": QUOTE})])
    return session


def test_a_question_turns_stale_and_back(asked: Session) -> None:
    assert not refreshing.due(asked, AT)
    put(asked, BODY.replace("8天", "15天"))
    assert refreshing.due(asked, AT)
    assert refreshing.settle(asked, AT) == 1
    assert (one(asked).stale_why, one(asked).stale_at) == ("changed", AT)
    assert refreshing.settle(asked, AT + timedelta(days=1)) == 0
    put(asked, BODY)
    refreshing.settle(asked, AT)
    assert (one(asked).stale_why, one(asked).stale_at) == ("", None)


def test_an_article_out_of_force_makes_its_questions_stale(asked: Session) -> None:
    articles.retire(asked, articles.get(asked, "fee"), Edit(1, AT))
    refreshing.settle(asked, AT)
    assert one(asked).stale_why == "withdrawn"


def test_audiences_follow_the_article(asked: Session) -> None:
    put(asked, BODY, audiences=("班长",))
    assert refreshing.settle(asked, AT) == 1
    assert (one(asked).audiences, one(asked).stale_why) == (["班长"], "")


def test_still_right_moves_the_source_to_the_new_text(asked: Session) -> None:
    put(asked, BODY.replace("8天", "15天"))
    refreshing.settle(asked, AT)
    refreshing.still_right(asked, one(asked), 7, AT)
    found = one(asked)
    assert (found.stale_why, [v.number for v in found.versions]) == ("", [1, 2])
    source = kept.question_of(found.latest).source
    assert source is not None
    assert (source.revision, source.quote) == (2, "开车前15天以上退票，不收退票费。")
    assert not refreshing.due(asked, AT)


def test_a_sentence_that_is_gone_cannot_be_confirmed(asked: Session) -> None:
    put(asked, "请到窗口咨询。\n")
    refreshing.settle(asked, AT)
    with pytest.raises(InvalidContent, match="已经没有了"):
        refreshing.still_right(asked, one(asked), 7, AT)


def test_a_question_on_an_article_of_elsewhere_is_left_alone(session: Session) -> None:
    Kept(session, AT).keep([question("judge", source={"article": "elsewhere", "quote": "x"})])
    assert refreshing.settle(session, AT) == 0
