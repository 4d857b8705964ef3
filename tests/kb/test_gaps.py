"""Unanswered questions: which mean the same, and the life of a gap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import gapbook, gaps
from kb.errors import InvalidContent, NotFound, Settled
from kb.gaps import LEAST, likeness, place
from kb.vocabulary import Vocabulary

from ..world import NOW, World

WORDS = Vocabulary(
    synonyms=(
        frozenset({"退款", "退费", "退钱"}),
        frozenset({"儿童", "小孩", "孩子", "小朋友", "娃"}),
        frozenset({"改签", "换票"}),
    )
)

SAME = [
    ("宠物能带上车吗", "可以带宠物坐车吗"),
    ("身份证丢了能坐车吗", "丢了身份证怎么坐车"),
    ("轮椅怎么预约", "请问预约轮椅服务怎么弄"),
    ("学生票一年几次", "学生票一年可以买几次"),
    ("能带充电宝吗", "充电宝可以带吗"),
    ("儿童票怎么买", "小孩的票怎么买"),
    ("退款多久到账", "退钱什么时候到账"),
    ("高铁上有没有无线网", "高铁有无线网吗"),
    ("積分怎麼兌換", "积分怎么兑换车票"),
    ("怎么开电子发票", "电子发票怎么开"),
    ("滑板车能带上高铁吗", "高铁可以带滑板车吗"),
    ("改签后可以再退票吗", "换票以后还能退吗"),
    ("列车上丢了行李找谁", "行李丢在列车上怎么办"),
    ("网上买的保险怎么退", "保险怎么退"),
    ("Ｇ１次停站有哪些", "g1次停站"),
]
DIFFERENT = [
    ("儿童票怎么买", "儿童票怎么退"),
    ("能带刀吗", "能带酒吗"),
    ("30天内能改签吗", "15天内可以改签吗"),
    ("G1次停站有哪些", "G2次停站有哪些"),
    ("学生票什么时候能买", "学生票多少钱"),
    ("高铁上能充电吗", "充电宝限制多少"),
    ("退票要多少钱", "改签要多少钱"),
    ("宠物怎么托运", "行李怎么托运"),
    ("身份证丢了能坐车吗", "护照丢了能坐车吗"),
    ("轮椅怎么预约", "轮椅能带上车吗"),
    ("积分怎么兑换", "积分什么时候过期"),
    ("电子发票怎么开", "电子发票在哪里看"),
    ("候车室能抽烟吗", "候车室能点外卖吗"),
    ("绑定手机号", "解绑手机号"),
    ("儿童要不要身份证", "老人要不要身份证"),
    ("高铁有无线网吗", "高铁有插座吗"),
    ("导盲犬可以进站吗", "送站的人可以进站吗"),
]
ASKED = st.sampled_from([question for pair in (*SAME, *DIFFERENT) for question in pair])


@pytest.mark.parametrize("one, other", SAME)
def test_questions_that_mean_the_same_are_alike(one: str, other: str) -> None:
    assert likeness(one, other, WORDS) >= LEAST


@pytest.mark.parametrize("one, other", DIFFERENT)
def test_questions_about_something_else_are_not(one: str, other: str) -> None:
    assert likeness(one, other, WORDS) < LEAST


@settings(max_examples=60, deadline=None)
@given(st.one_of(ASKED, st.text(max_size=30)), st.one_of(ASKED, st.text(max_size=30)))
def test_likeness_is_symmetric_between_0_and_1_and_whole_for_the_same(one: str, other: str) -> None:
    found = likeness(one, other, WORDS)
    assert 0 <= found <= 1
    assert found == likeness(other, one, WORDS)
    assert likeness(one, one) == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(ASKED, max_size=12))
def test_a_question_that_is_placed_stays_whatever_comes_after(asked: list[str]) -> None:
    """Grouping all at once, or in two sittings, ends the same; nobody is ever moved."""

    def group(questions: list[str], groups: list[list[str]]) -> list[list[str]]:
        groups = [list(g) for g in groups]
        for question in questions:
            at = place(question, groups, WORDS)
            groups[at].append(question) if at is not None else groups.append([question])
        return groups

    half = group(asked[:6], [])
    whole = group(asked, [])
    assert group(asked[6:], half) == whole
    for before, after in zip(half, whole, strict=False):
        assert after[: len(before)] == before


def test_the_group_that_is_most_alike_takes_the_question() -> None:
    groups = [["保险怎么退"], ["积分怎么兑换", "积分兑换车票"], ["轮椅怎么预约"]]
    assert place("积分怎么换车票", groups, WORDS) == 1
    assert place("站台票多少钱", groups, WORDS) is None
    assert place("什么", [], WORDS) is None


# The life of a gap


def person(world: World, who: str) -> int:
    return world.person(who).id


def raised(world: World, query: str, who: str = "agent", **more: object) -> int:
    with world.work(who, "test") as session:
        asking = gapbook.raise_gap(session, query, person(world, who), world.clock(), **more)  # type: ignore[arg-type]
        return asking.gap_id


def test_askings_of_one_meaning_share_a_gap_and_one_person_counts_once(world: World) -> None:
    first = raised(world, "宠物能带上车吗")
    assert raised(world, "宠物能带上车吗？ ") == first
    assert raised(world, "可以带宠物坐车吗", "other_agent") == first
    assert raised(world, "候车室几点开门") != first
    with world.reading() as session:
        gap = gapbook.get(session, first)
        assert [a.query for a in gap.askings] == ["宠物能带上车吗", "可以带宠物坐车吗"]
        assert gap.questions == ["宠物能带上车吗", "可以带宠物坐车吗"]


def test_an_editor_splits_moves_and_merges_and_new_askings_follow(world: World) -> None:
    first = raised(world, "宠物能带上车吗")
    raised(world, "可以带宠物坐车吗", "other_agent")
    editor = person(world, "editor")
    with world.work("editor", "test") as session:
        second = gapbook.get(session, first).askings[1]
        made = gapbook.move(session, first, [second.id], None, editor, NOW)
        assert made.id != first
        assert made.question == "可以带宠物坐车吗"
    assert raised(world, "可以带宠物坐车吗", "both") == made.id
    with world.work("editor", "test") as session:
        gapbook.merge(session, made.id, first, editor, NOW)
    with world.reading() as session:
        assert gapbook.get(session, made.id).end == "merged"
        assert gapbook.get(session, made.id).merged_into == first
        assert len(gapbook.get(session, first).askings) == 3
    with world.work("editor", "test") as session, pytest.raises(Settled):
        gapbook.rename(session, made.id, "新的问题")


def test_a_gap_cannot_be_split_to_nothing_nor_moved_to_nowhere(world: World) -> None:
    gap = raised(world, "宠物能带上车吗")
    with world.work("editor", "test") as session:
        asking = gapbook.get(session, gap).askings[0].id
        with pytest.raises(InvalidContent, match="至少要留一种"):
            gapbook.move(session, gap, [asking], None, 1, NOW)
        with pytest.raises(InvalidContent, match="先勾选"):
            gapbook.move(session, gap, [], None, 1, NOW)
        with pytest.raises(NotFound):
            gapbook.move(session, gap, [asking], 4711, 1, NOW)


def test_the_time_runs_from_the_first_unanswered_question_to_the_answer(world: World) -> None:
    early = NOW - timedelta(days=2)
    gap = raised(world, "宠物能带上车吗", missed_at=early)
    raised(world, "可以带宠物坐车吗", "other_agent")
    with world.work("editor", "test") as session, pytest.raises(InvalidContent):
        gapbook.close(session, gap, NOW, None, NOW)
    with world.work("editor", "test") as session:
        gapbook.take_up(session, gap, world.article("child-fare").id)
        gapbook.close(session, gap, NOW, None, NOW)
    with world.reading() as session:
        found = gapbook.closed(session, gapbook.ANSWERED)
        assert gapbook.speed(found) == gapbook.Speed(1, timedelta(days=2))
        assert [a.query for a in gapbook.untold(session, person(world, "agent"))] == [
            "宠物能带上车吗"
        ]
    assert gapbook.speed([]) == gapbook.Speed(0, None)
    assert raised(world, "宠物能带上车吗") != gap  # asked again in vain: a new gap


@pytest.mark.parametrize("query", ["", " ？", "长" * 401, "坏\0字", "\ud800半个"])
def test_what_is_no_question_is_refused(world: World, query: str) -> None:
    with world.work("agent", "test") as session, pytest.raises(InvalidContent):
        gapbook.raise_gap(session, query, 1, NOW)


def test_dropping_a_gap_needs_a_reason(world: World) -> None:
    gap = raised(world, "宠物能带上车吗")
    with world.work("editor", "test") as session:
        with pytest.raises(InvalidContent):
            gapbook.drop(session, gap, " ", 1, NOW)
        gapbook.drop(session, gap, "不是我们的业务", 1, NOW)
    with world.reading() as session:
        assert gaps.place("宠物能带上车吗", [g.questions for g in gapbook.waiting(session)]) is None
        assert gapbook.counts(session) == {"": 1, "dropped": 1}
