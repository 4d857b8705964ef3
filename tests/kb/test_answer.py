"""Choosing the sentence that answers: verbatim, with its condition, or none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.answer import LONGEST, ask, best, choose, read
from tests.kb.test_markdown_render import bodies

FEES = """\
开车前8天以上退票不收退票费，48小时以上不足8天收票价的5%，不足24小时收20%。

## 费用

| 距开车时间 | 退票费 |
|---|---|
| 8天以上 | 不收 |
| 不足24小时 | 票价20% |

## 例外

- 铁路原因造成的退票，全额退款，不收手续费。
- 改签过的车票另有规定，见《改签过的车票再退票》。

## 到账

退款原路退回，7个工作日内到账。因为银行处理需要时间，节假日会顺延。
退款到不了账的，请拨打12306转人工，由张明负责核查。
"""
TOWER = (
    "东塔位于城东，建于1892年，高37米，由工程师李约设计。它在1923年的地震中倒塌，1931年重建。"
    "重建的原因是附近渔民需要灯塔引航。如今东塔归文物局管理，每天9:00至17:00开放，门票20元。"
)


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("东塔有多高", "37米"),
        ("东塔的门票多少钱", "20元"),
        ("东塔什么时候倒塌的", "1923年"),
        ("東塔什麼時候倒塌的", "1923年"),
        ("为什么要重建", "渔民"),
        ("东塔现在由谁管理", "文物局"),
        ("东塔位于哪里", "城东"),
        ("几点开放", "9:00"),
    ],
)
def test_the_answer_is_of_the_kind_asked_for(question: str, part: str) -> None:
    answer = best(question, TOWER, title="东塔")
    assert answer is not None
    assert part in answer.text


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("退款几天到账", "7个工作日"),
        ("铁路原因退票收手续费吗", "全额退款"),
        ("退款为什么会顺延", "银行处理"),
        ("核查由谁负责", "张明"),
    ],
)
def test_list_items_rows_and_prose_all_may_answer(question: str, part: str) -> None:
    answer = best(question, FEES, title="退票费")
    assert answer is not None
    assert part in answer.text


def test_an_answer_carries_the_condition_it_stands_under() -> None:
    body = "## 手续费\n\n退票按下列规定收费：\n\n- 团体票收10%。\n- 学生票收5%。\n"
    body += "\n> [!时限] 只到3月5日。\n"
    answer = best("学生票收多少", body, title="退票")
    assert answer is not None
    assert (answer.text, answer.condition) == (
        "学生票收5%。",
        "退票按下列规定收费；时限：只到3月5日",
    )


def test_a_row_is_found_by_its_column() -> None:
    body = "说明如下。\n\n| 席别 | 手续费 | 时限 |\n|---|---|---|\n"
    body += "| 硬座 | 2元 | 当天 |\n| 卧铺 | 5元 | 次日 |\n"
    answer = best("卧铺的手续费是多少", body)
    assert answer is not None
    assert answer.text == "卧铺 | 5元 | 次日"


def test_a_sentence_that_leans_on_the_one_before_is_given_with_it() -> None:
    body = "1892年李约设计了东塔。他因此获得了金质奖章。后来的事没有记载。"
    answer = best("谁获得了金质奖章", body, title="东塔")
    assert answer is not None
    assert answer.text == "1892年李约设计了东塔。他因此获得了金质奖章。"


@pytest.mark.parametrize("question", ["退票费能开发票吗", "退票费的发票在哪里开"])
def test_a_mere_yes_is_given_with_what_it_says_yes_to(question: str) -> None:
    body = "能。退票时收取的费用可以在180天内开具发票，在12306办理。\n\n改签费也一样。"
    answer = best(question, body, title="退票费能不能开发票")
    assert answer is not None
    assert answer.text.startswith("能。退票时")


def test_two_sentences_are_never_too_long_to_read_out() -> None:
    body = "一座很高的塔" * 20 + "。它因此获得了金质奖章。"
    answer = best("谁获得了金质奖章", body, title="东塔")
    assert answer is not None
    assert answer.text == "它因此获得了金质奖章。"
    assert len(answer.text) <= LONGEST


@pytest.mark.parametrize(
    "question", ["火星上有水吗", "how do I bake bread", "苹果手机充电线多少钱"]
)
def test_nothing_is_better_than_an_answer_to_another_question(question: str) -> None:
    assert best(question, TOWER, title="东塔") is None


@pytest.mark.parametrize("question", ["", " ", "？", "吗", "请问", "🤔", "\0", "\ud800"])
def test_a_question_without_a_word_does_no_harm(question: str) -> None:
    answer = best(question, FEES, title="退票费")
    assert answer is None or FEES[answer.start : answer.end] == answer.text


@pytest.mark.parametrize("body", ["", "\n", "。。。", "# 只有标题", "```\n只有代码\n```"])
def test_an_article_without_sentences_has_no_answer(body: str) -> None:
    assert best("退票多少钱", body) is None


@given(bodies, st.sampled_from(["退票手续费是多少", "甲", "为什么😀", "𠮷在哪里"]))
@settings(max_examples=200, deadline=None)
def test_the_answer_is_verbatim(body: str, question: str) -> None:
    answer = best(question, body, title="退票")
    if answer is not None:
        assert answer.text == body[answer.start : answer.end]
        assert 0 < answer.score <= 1


def test_an_article_read_once_answers_as_one_read_anew() -> None:
    reading = read(FEES, "退票费")
    for question in ("退款几天到账", "铁路原因退票收手续费吗", "几点开放"):
        assert choose(ask(question), reading) == best(question, FEES, title="退票费")


def test_the_script_of_the_question_makes_no_difference() -> None:
    simplified = best("退款几天到账", FEES, title="退票费")
    traditional = best("退款幾天到賬", FEES, title="退票費")
    assert simplified == traditional


def test_the_answer_says_what_spoke_for_it() -> None:
    answer = best("退款几天到账", FEES, title="退票费")
    assert answer is not None
    names = [name for name, _ in answer.signs]
    assert "long" in names
    assert "characters" in names


def test_a_huge_article_is_answered() -> None:
    words = random.Random(3).choices("退票改签手续费车站旅客座席时间", k=60_000)
    body = "".join(c + ("。" if i % 30 == 29 else "") for i, c in enumerate(words))
    body += "服务热线是12306。"
    answer = best("服务热线是多少", body)
    assert answer is not None
    assert "12306" in answer.text
