"""Cutting a body into sentences: verbatim, whole, and with what they depend on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.markdown import Sentence, sentences
from kb.markdown.prose import spans
from tests.kb.test_markdown_render import bodies

signs = st.text(alphabet="退票费。！？；…，：“”（）()「」.;!?\"'*0123abZ \n\r\t-|>#", max_size=60)


def texts(body: str) -> list[str]:
    return [sentence.text for sentence in sentences(body)]


def one(body: str, words: str) -> Sentence:
    (found,) = [s for s in sentences(body) if words in s.text]
    return found


@given(st.one_of(bodies, signs))
@settings(max_examples=500, deadline=None)
def test_a_sentence_is_verbatim_and_sentences_never_overlap(body: str) -> None:
    end = 0
    for sentence in sentences(body):
        assert sentence.text == body[sentence.start : sentence.end]
        assert sentence.text == sentence.text.strip() != ""
        assert sentence.start >= end
        end = sentence.end


@given(signs)
@settings(max_examples=500, deadline=None)
def test_cutting_prose_loses_nothing_but_white_space(text: str) -> None:
    assert "".join("".join(text[a:b] for a, b in spans(text, 0, len(text))).split()) == "".join(
        text.split()
    )


@given(bodies)
@settings(max_examples=200, deadline=None)
def test_line_endings_do_not_change_the_sentences(body: str) -> None:
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    windows = body.replace("\n", "\r\n")
    assert [t.replace("\r\n", "\n") for t in texts(windows)] == texts(body)


SPLITS = [
    ("可以退票。不收费！真的？是的；好", ["可以退票。", "不收费！", "真的？", "是的；", "好"]),
    ("他说：“可以。”然后走了。", ["他说：“可以。”", "然后走了。"]),
    ("（详见附件。）下一句。", ["（详见附件。）", "下一句。"]),
    ("手续费（见第三条；不足2元的按2元。）照收。", ["手续费（见第三条；不足2元的按2元。）照收。"]),
    ("票价3.5元。版本2.0.1可用。", ["票价3.5元。", "版本2.0.1可用。"]),
    ("见https://a.cn/x?y=1;z.html。再说。", ["见https://a.cn/x?y=1;z.html。", "再说。"]),
    ("由Nexon Inc. 发行。", ["由Nexon Inc. 发行。"]),
    ("Dr. Li came. He left.", ["Dr. Li came.", "He left."]),
    ("It ended in 1998. Then came more.", ["It ended in 1998.", "Then came more."]),
    ("J. R. R. Tolkien 著。", ["J. R. R. Tolkien 著。"]),
    ("先问“还有别的吗？”，确认后道别。", ["先问“还有别的吗？”，确认后道别。"]),
    ("说“我理解；我可以帮您……”，不说“不行”。", ["说“我理解；我可以帮您……”，不说“不行”。"]),
    ("您的列车是……，请在……之前办理。", ["您的列车是……，请在……之前办理。"]),
    ("他说：“请稍候……”\n马上就好。", ["他说：“请稍候……”", "马上就好。"]),
    ("我..我那天晚上说了。", ["我..我那天晚上说了。"]),
    ("北京、上海……等地。", ["北京、上海……等地。"]),
    ("Tom&amp;Jerry公司。", ["Tom&amp;Jerry公司。"]),
    ("**不收费。**但要证件。", ["**不收费。**", "但要证件。"]),
    ("不收费。**但**要证件。", ["不收费。", "**但**要证件。"]),
    ("「好！」她說。『行？』", ["「好！」", "她說。", "『行？』"]),
    ("真的吗？！太好了!!!行", ["真的吗？！", "太好了!!!", "行"]),
    ("没有标点的一行", ["没有标点的一行"]),
    ("。。。", []),
    ("", []),
]


@pytest.mark.parametrize(("body", "expected"), SPLITS)
def test_prose_is_cut_where_a_reader_would_pause(body: str, expected: list[str]) -> None:
    assert texts(body) == expected


def test_lines_are_sentences_and_wrapped_lines_are_joined() -> None:
    assert texts("一、带证件\n二、去窗口") == ["一、带证件", "二、去窗口"]
    wrapped = "旅客应当按照车票载明的日期车次席别乘车并在规定的有效期内到达目的地\n车站。"
    assert texts(wrapped) == [wrapped]
    assert texts("The ticket is\nvalid today.") == ["The ticket is\nvalid today."]
    assert texts("> 带好证件，\n> 去窗口。") == ["带好证件，", "去窗口。"]


GUIDE = """\
开头一句。

## 退票手续费

退票按下列规定收费：

- 开车前8天以上，不收。
- 开车前48小时以上，收票价的5%。
  - 团体票另计。

如果旅客已经取票，须到窗口办理。

### 例外

春运不适用本条。

## 费用表

| 时间 | 手续费 |
|---|---|
| 8天以上 | **免费** |
| 24小时内 | 20% |

> [!适用] 2026年春运。另有说明。
> [!时限] 不在此列

> [!时限]
> 只到3月5日。
"""


def test_a_list_item_stands_under_the_sentence_that_leads_into_it() -> None:
    assert one(GUIDE, "48小时").condition == "退票按下列规定收费"
    assert one(GUIDE, "48小时").kind == "item"
    assert one(GUIDE, "团体票").condition == "开车前48小时以上，收票价的5%。"


def test_a_sentence_knows_its_headings() -> None:
    assert one(GUIDE, "开头").headings == ()
    assert one(GUIDE, "春运不适用").headings == ("退票手续费", "例外")
    assert one(GUIDE, "24小时内").headings == ("费用表",)


def test_a_sentence_under_a_rules_heading_stands_under_it() -> None:
    assert one(GUIDE, "春运不适用").condition == "例外"


def test_a_sentence_carries_its_own_leading_clause() -> None:
    assert one(GUIDE, "已经取票").condition == "如果旅客已经取票"
    assert one("上车后主动补票的，收手续费2元。", "2元").condition == "上车后主动补票的"
    assert one("收手续费2元，很少。", "2元").condition is None
    assert one("客户不同意时说“好的，我停止录音”。", "停止").condition is None


def test_a_table_row_is_verbatim_between_its_pipes_with_its_columns() -> None:
    row = one(GUIDE, "8天以上 |")
    assert row.text == "8天以上 | **免费**"
    assert row.kind == "row"
    assert row.columns == ("时间", "手续费")
    assert not [s for s in sentences(GUIDE) if s.text.startswith("时间 |")]


def test_a_section_rules_hold_for_its_sentences() -> None:
    assert one(GUIDE, "24小时内").condition == "适用：2026年春运；时限：只到3月5日"


def test_a_callouts_sentences_carry_its_label() -> None:
    found = one(GUIDE, "只到3月5日")
    assert (found.kind, found.condition) == ("callout", "时限")


def test_numbered_lines_without_markdown_are_items_of_what_leads_in() -> None:
    body = "下列情况可退：\n（1）列车停运\n（2）因病\n其他情况不退。"
    assert (one(body, "因病").kind, one(body, "因病").condition) == ("item", "下列情况可退")
    assert one(body, "其他").kind == "prose"


def test_a_short_item_is_read_whole_and_a_long_one_is_cut() -> None:
    assert texts("- 带证件。去窗口。") == ["带证件。去窗口。"]
    long = "带好本人的有效身份证件原件，复印件无效。" * 4
    assert len(texts(f"- {long}")) == 4


def test_code_has_no_sentences() -> None:
    assert texts("前文。\n\n```\nprint('。')\n```\n") == ["前文。"]


def test_neighbours_in_one_paragraph_share_its_number() -> None:
    first, second, third = sentences("一句。二句。\n\n三句。")
    assert first.paragraph == second.paragraph != third.paragraph


@pytest.mark.parametrize("body", ["（" * 50_000, "“。" * 50_000, "。*" * 50_000, "a." * 50_000])
def test_cutting_stays_quick_on_nasty_text(body: str) -> None:
    assert all(s.text == body[s.start : s.end] for s in sentences(body))
