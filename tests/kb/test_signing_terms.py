"""Terms of signing: what an editor writes, and what comes from files of others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import InvalidContent
from kb.signing_terms import MOST_DAYS, Question, Terms, parse, written

BODY = "退票费最低按2元计收。改签只能一次。\n"
QUIZ = """退票费最低收多少？
- 1元
* 2元
> 最低按2元计收

能改签几次？
＊ 一次
－ 两次
＞ 改签只能一次
"""


def test_questions_are_read_as_they_are_written_full_width_signs_included() -> None:
    first, second = parse(QUIZ, BODY)
    assert first == Question("退票费最低收多少？", ("1元", "2元"), 1, "最低按2元计收")
    assert (second.options, second.right) == (("一次", "两次"), 0)
    assert parse(written((first, second)), BODY) == (first, second)


@pytest.mark.parametrize(
    "text, hint",
    [
        ("问？\n- 甲\n- 乙\n> 最低", "没有正确答案"),
        ("问？\n* 甲\n* 乙\n> 最低", "只能有一个"),
        ("问？\n* 甲\n> 最低", "2到6个选项"),
        ("问？\n* 甲\n- 乙", "出处"),
        ("问？\n* 甲\n- 乙\n> 正文里没有的话", "出处"),
        ("* 甲\n- 乙\n> 最低", "缺少题目"),
        ("问？\n再问？\n* 甲\n- 乙\n> 最低", "看不懂"),
        ("问？\n* " + "长" * 301 + "\n- 乙\n> 最低", "太长"),
        ("\n\n".join(["问？\n* 甲\n- 乙\n> 最低"] * 4), "最多3道"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_what_to_write(
    text: str, hint: str
) -> None:
    with pytest.raises(InvalidContent, match=hint) as wrong:
        parse(text, BODY)
    assert wrong.value.field == "quiz"


def test_usual_terms_leave_no_trace_in_the_data_and_others_come_back() -> None:
    assert Terms().into({"来源": "总部", "signing": 3}) == {"来源": "总部"}
    terms = Terms(False, 0, parse(QUIZ, BODY))
    assert Terms.of(terms.into({"来源": "总部"})) == terms


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["again", "days", "questions", "ask", "options", "right", "where"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_a_file_brings_the_terms_make_sense(kept: object) -> None:
    terms = Terms.of({"signing": kept})
    assert terms.days is None or 0 <= terms.days <= MOST_DAYS
    assert all(0 <= q.right < len(q.options) <= 6 for q in terms.questions)
    assert Terms.of(terms.into({})) == terms


def test_only_the_right_choice_of_each_question_counts() -> None:
    terms = Terms(questions=parse(QUIZ, BODY))
    assert terms.wrong([1, 0]) == []
    assert terms.wrong([1, None]) == [1]
    assert terms.wrong([]) == [0, 1]
    assert terms.wrong([1, 0, 9]) == []
