"""The answer given against the one in force when it was given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from kb import articles, lexicon
from kb.articles import Edit
from kb.gate import EVERYTHING, Viewer
from kb.records import Record
from qa.checks import Heard
from qa.checks.facts import compare, values
from qa.knowledge import KnowledgeBase
from web.db import SYSTEM, Database

from .calls import BEGAN, Base, find, heard

OLD, NEW = BEGAN - timedelta(days=90), BEGAN + timedelta(days=5)
FEE = Base(
    ("退票", OLD, "开车前48小时以上的退票费为票价的5%，不足24小时的为20%。"),
    ("退票", NEW, "开车前8天以上不收退票费，不足24小时的收10%。"),
    ("行李", OLD, "行李请自行保管。"),
)
QUESTION = "3-6 客户：我想问一下，退票要扣多少钱？"
CHECK = {"kind": "answer"}


def shown(values_of: str) -> list[str]:
    return [each.shown for each in values(values_of)]


# Values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("三十天内免费", ["30天", "免费"]),
        ("不是5%，是百分之二十", ["20%"]),
        ("一次性收取", []),
        ("12月1日起每张2元", ["日期-12-01", "2元"]),
        ("不收手续费", ["免费"]),
        ("退票费５％", ["5%"]),
        ("退票費是兩百塊錢", ["200元"]),
    ],
)
def test_values_of_a_text(text: str, found: list[str]) -> None:
    assert shown(text) == found


@pytest.mark.parametrize(
    ("said", "standard", "right", "wrong"),
    [
        ("扣百分之五", "收5%", 1, 0),
        ("扣百分之十", "收5%", 0, 1),
        ("半个小时", "30分钟以内", 1, 0),
        ("全额退给您", "不收退票费", 1, 0),
        ("要收5%", "不收退票费", 0, 1),
        ("免费的", "收5%", 0, 1),
        ("您的票是553元，扣5%", "收5%", 1, 0),
        ("2026年12月1日", "12月1日起", 1, 0),
        ("12月3日", "12月1日起", 0, 1),
    ],
)
def test_values_are_held_against_those_of_the_standard(
    said: str, standard: str, right: int, wrong: int
) -> None:
    found = compare(values(said), values(standard), ())
    assert (len(found.right), len(found.wrong)) == (right, wrong)


def test_a_value_repeated_from_the_customer_is_wrong_only_where_nothing_right_was_said() -> None:
    theirs = values("我的票是100元，听说要扣30%")
    assert compare(values("100元的票扣5%"), values("收5%，最低2元"), theirs).wrong == ()
    assert compare(values("对，30%"), values("收5%"), theirs).wrong == (0,)


# Calls


def test_the_right_rate_agrees() -> None:
    call = heard(QUESTION, "7-12 座席：两天以前退的话，收百分之五的手续费。", knowledge=FEE)
    found = find(CHECK, call)
    assert (found.outcome, found.answer) == ("agrees", "yes")
    assert [e.words for e in found.evidence[1:]] == ["百分之五"]
    comparison = found.details["comparisons"][0]
    assert comparison["standard"]["revision"] == 1
    assert comparison["expected"] == ["2880分钟", "5%", "1440分钟", "20%"]


def test_a_wrong_rate_is_shown_with_what_it_should_have_been_and_convicts_nobody() -> None:
    call = heard(QUESTION, "7-12 座席：要扣百分之十的手续费。", knowledge=FEE)
    found = find(CHECK, call)
    assert (found.outcome, found.answer) == ("differs", None)
    assert "说的是10%" in found.reason
    assert "第1版" in found.reason
    assert [(e.words, e.note) for e in found.evidence[1:]] == [("百分之十", "与标准不同")]
    assert set(found.details["routes"]) == {"agent", "article"}


def test_the_standard_is_the_one_of_the_moment_and_not_of_today() -> None:
    lines = (QUESTION, "7-12 座席：扣百分之十。")
    today = Heard(heard(*lines).utterances, began=NEW, knowledge=FEE)
    assert find(CHECK, today).outcome == "agrees"
    assert find(CHECK, heard(*lines, knowledge=FEE)).outcome == "differs"
    before = Heard(heard(*lines).utterances, began=OLD - timedelta(days=1), knowledge=FEE)
    found = find(CHECK, before)
    assert (found.outcome, found.answer) == ("silent", None)
    assert set(found.details["routes"]) == {"article"}


def test_no_value_no_base_no_question_and_no_time_are_each_said() -> None:
    silent = heard(QUESTION, "7-12 座席：请您去窗口问。", knowledge=FEE)
    assert find(CHECK, silent).outcome == "unanswered"
    assert find({**CHECK, "unanswered": "no"}, silent).answer == "no"
    luggage = heard("3-6 客户：行李可以放在哪里？", "7-9 座席：自己看好", knowledge=FEE)
    assert find(CHECK, luggage).outcome == "open"
    nobody = heard("3-6 客户：你好", "7-9 座席：您好，请讲", knowledge=FEE)
    assert find({**CHECK, "unasked": "na"}, nobody, na=True).answer == "na"
    assert "知识库" in find(CHECK, heard(QUESTION)).reason
    assert "通话时间" in find(CHECK, Heard(heard(QUESTION).utterances, knowledge=FEE)).reason
    assert "谁问谁答" in find(CHECK, heard("3-6 退票要扣多少钱？", knowledge=FEE)).reason


def test_only_the_next_turns_are_the_answer() -> None:
    lines = (
        QUESTION,
        "7-9 座席：我查一下",
        "10-11 客户：好",
        "12-14 座席：查到了",
        "15-16 客户：嗯",
        "17-19 座席：扣百分之五",
    )
    assert find(CHECK, heard(*lines, knowledge=FEE)).outcome == "agrees"
    assert find({**CHECK, "turns": 2}, heard(*lines, knowledge=FEE)).outcome == "unanswered"


def test_only_questions_about_its_subject_count_and_may_be_asked_in_its_own_words() -> None:
    lines = ("3-6 客户：那个车票我不想要了，", "6-8 客户：要扣钱吗", "9-12 座席：扣百分之五")
    check = {**CHECK, "about": ["扣钱"], "question": "退票手续费是多少"}
    found = find(check, heard(*lines, knowledge=FEE), article="fee-2")
    assert found.outcome == "agrees"
    assert found.details["comparisons"][0]["question"] == 1
    assert found.settings["article"] == "fee-2"
    assert find({**check, "about": ["行李"]}, heard(*lines, knowledge=FEE)).outcome == "unasked"


# The real knowledge base

DAY0 = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        for day, body, audiences in (
            (0, "退票手续费为票价的5%。", ()),
            (10, "退票手续费为票价的20%。", ()),
        ):
            record = Record("fee", "退票手续费怎么收", body, audiences=audiences)
            edit = Edit(1, DAY0 + timedelta(days=day))
            articles.put(session, record, edit, publish_it=True)
        secret = Record("duty", "值班电话是几号", "值班电话每月5日更换。", audiences=("班长",))
        articles.put(session, secret, Edit(1, DAY0), publish_it=True)
        yield session


def asked(session: Session, viewer: Viewer, day: float) -> Heard:
    lines = heard("3-6 客户：退票手续费怎么收", "7-9 座席：收百分之五").utterances
    now = DAY0 + timedelta(days=100)
    return Heard(
        lines,
        began=DAY0 + timedelta(days=day),
        knowledge=KnowledgeBase(session, viewer, now),
    )


@pytest.mark.parametrize("check", [CHECK, {**CHECK, "article": "fee"}])
def test_the_base_is_asked_as_it_stood_at_the_call(session: Session, check: dict[str, str]) -> None:
    assert find(check, asked(session, EVERYTHING, 5)).outcome == "agrees"
    differs = find(check, asked(session, EVERYTHING, 15))
    assert differs.outcome == "differs"
    assert differs.details["comparisons"][0]["standard"]["revision"] == 2
    assert find(check, asked(session, EVERYTHING, -5)).outcome == "silent"


def test_who_may_not_read_an_article_does_not_learn_of_it(session: Session) -> None:
    now = DAY0 + timedelta(days=100)
    at = DAY0 + timedelta(days=5)
    for viewer, found in ((EVERYTHING, True), (Viewer(frozenset({"座席"})), False)):
        base = KnowledgeBase(session, viewer, now)
        assert (base.in_force("值班电话是几号", at, "duty") is not None) is found
        anywhere = base.in_force("值班电话是几号", at)
        assert (anywhere is not None and anywhere.article == "duty") is found


def test_synonyms_are_those_of_the_centre(session: Session) -> None:
    lexicon.put_group(session, ["退票", "退款"], DAY0)
    base = KnowledgeBase(session, EVERYTHING, DAY0)
    call = heard("0-3 座席：退款要收费", knowledge=base)
    check = {"kind": "required", "phrases": ["退票要收费"], "synonyms": True}
    assert find(check, call).outcome == "pass"
