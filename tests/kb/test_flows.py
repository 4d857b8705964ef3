"""Scripts as trees: read, checked, walked and changed, without any database."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import flows
from kb.errors import InvalidContent
from kb.flows import Flow, Node, Option

FLOW = Flow(
    "1",
    (
        Node("1", "问车次", "请问哪一趟车？", (Option("知道", "2"), Option("不知道", "3"))),
        Node("2", "办理", "请到窗口办理。", end=True, articles=("refund-fee",)),
        Node("3", "帮着找", "从哪站到哪站？", (Option("找到了", "1"), Option("找不到", "2"))),
    ),
)

keys = st.sampled_from(["1", "2", "3", "4", "甲"])
words = st.text(st.sampled_from("退票改签 #>-|\n"), max_size=12)
nodes = st.builds(
    Node,
    key=keys,
    title=words.map(lambda t: " ".join(t.split())),
    say=words.map(str.strip),
    options=st.lists(
        st.builds(Option, words.map(lambda t: " ".join(t.split())), keys), max_size=4
    ).map(tuple),
    end=st.booleans(),
)
trees = st.lists(nodes, min_size=1, max_size=5, unique_by=lambda node: node.key).map(
    lambda found: Flow(found[0].key, tuple(found))
)


def sentences(flow: Flow, *existing: str) -> str:
    return "".join(found.sentence for found in flows.check(flow, existing) if found.fault)


def with_node(**changed: object) -> Flow:
    return flows.put(FLOW, replace(FLOW.nodes[1], **changed))  # type: ignore[arg-type]


def test_a_flow_without_a_fault_may_be_published_and_its_loop_is_said() -> None:
    found = flows.check(FLOW, ["refund-fee"])
    assert [remark.fault for remark in found] == [False, False]
    assert "会绕回自己" in found[0].sentence


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        (Flow(), "还没有步骤"),
        (replace(FLOW, start="9"), "开始的一步“9”不在"),
        (with_node(end=False), "死路"),
        (with_node(say=""), "没有写要说的话"),
        (with_node(options=(Option("再问", "1"),)), "不该再有选项"),
        (with_node(articles=("gone",)), "“gone”不存在"),
        (flows.put(FLOW, Node("4", "孤岛", "没人来", end=True)), "走不到"),
        (with_node(end=False, options=(Option("回去", "1"),)), "到不了结束"),
        (with_node(end=False, options=(Option("去", "9"),)), "不存在的“9”"),
        (with_node(end=False, options=(Option("去", ""),)), "没有选下一步"),
        (with_node(end=False, options=(Option("", "1"),)), "没有写旅客的回答"),
        (with_node(end=False, options=(Option("是", "1"), Option("是", "3"))), "都是“是”"),
    ],
)
def test_what_would_leave_an_agent_lost_is_said_in_words(flow: Flow, said: str) -> None:
    assert said in sentences(flow, "refund-fee")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "流程",
        {"nodes": "x"},
        {"nodes": [1]},
        {"nodes": [{"title": "没有编号"}]},
        {"nodes": [{"key": "1"}, {"key": "1"}]},
        {"nodes": [{"key": "1", "say": 5}]},
        {"nodes": [{"key": "1", "end": "yes"}]},
        {"nodes": [{"key": "1", "options": [None]}]},
        {"nodes": [{"key": "1", "options": [{"text": "a"}] * 10}]},
        {"nodes": [{"key": "1", "say": "长" * 2001}]},
        {"nodes": [{"key": str(n)} for n in range(201)]},
        {"nodes": [{"key": "1", "say": "\0"}]},
    ],
)
def test_json_that_is_no_flow_is_refused_in_words(value: object) -> None:
    with pytest.raises(InvalidContent, match="话术流程："):
        flows.parse(value)


@given(trees)
def test_a_flow_comes_back_from_json_as_it_was(flow: Flow) -> None:
    assert flows.parse(json.loads(json.dumps(flows.dump(flow)))) == flow


@given(trees, st.lists(st.integers(0, 5), max_size=12))
def test_a_walk_follows_only_options_that_are_there(flow: Flow, choices: list[int]) -> None:
    steps = flows.walk(flow, choices)
    assert steps[0].node.key == flow.start
    assert steps[-1].chosen is None
    for step, after in pairwise(steps):
        assert step.chosen is not None
        assert step.node.options[step.chosen - 1].to == after.node.key


@given(trees)
def test_whatever_passes_the_check_leads_from_every_step_to_an_end(flow: Flow) -> None:
    if not any(found.fault for found in flows.check(flow)):
        for node in flow.nodes:
            assert any(flow.node(k).end for k in flows.reachable(flow, node.key))  # type: ignore[union-attr]
            assert node.end or node.options


@given(trees, keys, st.integers(-3, 3))
def test_moving_changes_the_order_alone(flow: Flow, key: str, by: int) -> None:
    after = flows.moved(flow, key, by)
    assert sorted(n.key for n in after.nodes) == sorted(n.key for n in flow.nodes)
    assert after.start == flow.start


def test_without_a_step_its_options_lead_nowhere_and_the_check_says_so() -> None:
    after = flows.without(FLOW, "3")
    assert after.nodes[0].options == (Option("知道", "2"), Option("不知道", ""))
    assert "没有选下一步" in sentences(after, "refund-fee")
    assert flows.without(FLOW, "1").start == "2"


def test_the_outline_says_every_word_and_no_linked_article() -> None:
    text = flows.outline(FLOW)
    assert "## 问车次\n\n请问哪一趟车？\n\n- 知道 → 办理\n- 不知道 → 帮着找" in text
    assert "refund-fee" not in text
