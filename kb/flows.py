"""Scripts as trees: what to say, what the caller may answer, and where that leads. Pure.

A flow is the ``data["flow"]`` of a revision of kind ``script``. So everything that holds for
texts holds for it: the gate, drafts and frozen versions, review, audiences, dates, search. The
revision's body is ``outline(flow)``: search and comparison read what is said, and an answer's
place in the body is true.

    {"start": "1", "nodes": [
      {"key": "1", "title": "问车次", "say": "请问您坐哪一趟车？",
       "options": [{"text": "知道车次", "to": "2"}], "articles": ["refund-fee"]},
      {"key": "2", "title": "结束", "say": "谢谢来电。", "end": true}]}
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .errors import InvalidContent

FIELD = "flow"
MOST_NODES = 200
MOST_OPTIONS = 9
"""One for each digit key."""

MOST_ARTICLES = 9
MAX_TITLE, MAX_SAY, MAX_OPTION, MAX_KEY = 60, 2000, 80, 40


@dataclass(frozen=True, slots=True)
class Option:
    """What the caller answers, and the key of the node that follows ('' = not decided yet)."""

    text: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One step. ``articles``: keys of what to read up on here; ``end``: the talk is over."""

    key: str
    title: str = ""
    say: str = ""
    options: tuple[Option, ...] = ()
    articles: tuple[str, ...] = ()
    end: bool = False

    @property
    def name(self) -> str:
        return self.title or f"第 {self.key} 步"


@dataclass(frozen=True, slots=True)
class Flow:
    """The nodes in the order of the page; ``start`` is the key of the first step."""

    start: str = ""
    nodes: tuple[Node, ...] = ()

    def node(self, key: str) -> Node | None:
        return next((node for node in self.nodes if node.key == key), None)


@dataclass(frozen=True, slots=True)
class Remark:
    """What the check found: a ``fault`` keeps the flow from being published."""

    node: str
    sentence: str
    fault: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """A node on the way, and the option (from 1) chosen there; None where the agent stands."""

    node: Node
    chosen: int | None = None

    @property
    def answer(self) -> str:
        return "" if self.chosen is None else self.node.options[self.chosen - 1].text


# In and out


def of(data: Mapping[str, Any]) -> Flow | None:
    """The flow of a revision's data; None where there is none that can be read."""
    if FIELD not in data:
        return None
    try:
        return parse(data[FIELD])
    except InvalidContent:
        return None


def parse(value: object) -> Flow:
    """A flow from JSON. Raises InvalidContent naming what is wrong with it."""
    raw = _object(value, "流程")
    listed = raw.get("nodes", [])
    if not isinstance(listed, list):
        raise _wrong("nodes 应是一列步骤。")
    if len(listed) > MOST_NODES:
        raise _wrong(f"最多{MOST_NODES}步，现在有{len(listed)}步，请拆成几个流程。")
    nodes = tuple(_node(item, number) for number, item in enumerate(listed, 1))
    keys = [node.key for node in nodes]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise _wrong(f"有两步的编号都是“{twice}”。")
    start = _text(raw.get("start", ""), "start", MAX_KEY)
    return Flow(start or (keys[0] if keys else ""), nodes)


def _node(value: object, number: int) -> Node:
    where = f"第{number}个步骤"
    raw = _object(value, where)
    key = _text(raw.get("key", ""), f"{where}的 key", MAX_KEY)
    if not key:
        raise _wrong(f"{where}没有编号（key）。")
    options, articles = raw.get("options", []), raw.get("articles", [])
    if not isinstance(options, list) or not isinstance(articles, list):
        raise _wrong(f"{where}的 options 和 articles 应是列表。")
    if len(options) > MOST_OPTIONS or len(articles) > MOST_ARTICLES:
        raise _wrong(f"{where}的选项和文章各最多{MOST_OPTIONS}个。")
    end = raw.get("end", False)
    if not isinstance(end, bool):
        raise _wrong(f"{where}的 end 应是 true 或 false。")
    return Node(
        key=key,
        title=_text(raw.get("title", ""), f"{where}的名称", MAX_TITLE),
        say=_text(raw.get("say", ""), f"{where}的话", MAX_SAY, lines=True),
        options=tuple(_option(item, where) for item in options),
        articles=tuple(
            dict.fromkeys(t for item in articles if (t := _text(item, f"{where}的文章编号", 200)))
        ),
        end=end,
    )


def _option(value: object, where: str) -> Option:
    raw = _object(value, f"{where}的选项")
    return Option(
        _text(raw.get("text", ""), f"{where}的选项", MAX_OPTION),
        _text(raw.get("to", ""), f"{where}的选项的去处", MAX_KEY),
    )


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(f"{where}应是 JSON 对象。")
    return value


def _text(value: object, where: str, most: int, *, lines: bool = False) -> str:
    if not isinstance(value, str):
        raise _wrong(f"{where}应是文字。")
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    text = text if lines else " ".join(text.split())
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise _wrong(f"{where}里有不能保存的字符，请删去。")
    if len(text) > most:
        raise _wrong(f"{where}最长{most}个字，现在有{len(text)}个字。")
    return text


def _wrong(sentence: str) -> InvalidContent:
    return InvalidContent(FIELD, f"话术流程：{sentence}")


def dump(flow: Flow) -> dict[str, Any]:
    """As JSON; ``parse(dump(flow)) == flow``."""
    return {"start": flow.start, "nodes": [_dumped(node) for node in flow.nodes]}


def _dumped(node: Node) -> dict[str, Any]:
    return {
        "key": node.key,
        "title": node.title,
        "say": node.say,
        "options": [{"text": option.text, "to": option.to} for option in node.options],
        "articles": list(node.articles),
        "end": node.end,
    }


def outline(flow: Flow) -> str:
    """The flow as Markdown: each step under its name. Linked articles are left out: who may read
    the script need not be allowed to know of them."""
    blocks = []
    for node in flow.nodes:
        answers = "\n".join(f"- {_answer(flow, option)}" for option in node.options)
        blocks += [f"## {_plain(node.name)}", _plain(node.say), answers]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _answer(flow: Flow, option: Option) -> str:
    after = flow.node(option.to)
    return _plain(option.text) + (f" → {_plain(after.name)}" if after else "")


def _plain(text: str) -> str:
    """No line of it begins a heading, list, quote or table by itself."""
    lines = (line.strip().lstrip("#>|-+*=`~ \t") for line in text.split("\n"))
    return "\n\n".join(line for line in lines if line)


# The check


def check(flow: Flow, existing: Collection[str] = ()) -> list[Remark]:
    """What is wrong, in the order of the page. ``existing``: keys of articles that are there."""
    if not flow.nodes:
        return [Remark("", "流程里还没有步骤。")]
    found: list[Remark] = []
    if flow.node(flow.start) is None:
        found.append(Remark("", f"开始的一步“{flow.start}”不在流程里。"))
    reached, ending = reachable(flow, flow.start), leading_to_an_end(flow)
    for node in flow.nodes:
        found += [Remark(node.key, sentence) for sentence in _faults(flow, node, existing)]
        if node.key not in reached:
            found.append(Remark(node.key, f"“{node.name}”走不到：没有选项通向它。"))
        elif node.key not in ending and node.options:
            found.append(Remark(node.key, f"从“{node.name}”走下去到不了结束。"))
        if node.key in reached and any(
            node.key in reachable(flow, option.to) for option in node.options
        ):
            found.append(Remark(node.key, f"“{node.name}”会绕回自己，可以反复走。", fault=False))
    return found


def _faults(flow: Flow, node: Node, existing: Collection[str]) -> Iterator[str]:
    if not node.say:
        yield f"“{node.name}”没有写要说的话。"
    if node.end and node.options:
        yield f"“{node.name}”是结束，不该再有选项。"
    if not node.end and not node.options:
        yield f"“{node.name}”是死路：既不是结束，也没有选项。"
    for number, option in enumerate(node.options, 1):
        if not option.text:
            yield f"“{node.name}”的第{number}个选项没有写旅客的回答。"
        if not option.to:
            yield f"“{node.name}”的选项“{option.text}”没有选下一步。"
        elif flow.node(option.to) is None:
            yield f"“{node.name}”的选项“{option.text}”通向不存在的“{option.to}”。"
    texts = [option.text for option in node.options]
    for text in dict.fromkeys(t for t in texts if t and texts.count(t) > 1):
        yield f"“{node.name}”有两个选项都是“{text}”。"
    for key in node.articles:
        if key not in existing:
            yield f"“{node.name}”链接的文章“{key}”不存在或已停用。"


def reachable(flow: Flow, start: str) -> frozenset[str]:
    """Keys of the nodes one can come to from there, itself included."""
    after = {node.key: [option.to for option in node.options] for node in flow.nodes}
    return _spread([start] if start in after else [], after)


def leading_to_an_end(flow: Flow) -> frozenset[str]:
    """Keys of the nodes from which some end can be reached."""
    before: dict[str, list[str]] = {node.key: [] for node in flow.nodes}
    for node in flow.nodes:
        for option in node.options:
            if option.to in before:
                before[option.to].append(node.key)
    return _spread([node.key for node in flow.nodes if node.end], before)


def _spread(start: list[str], after: Mapping[str, Sequence[str]]) -> frozenset[str]:
    seen, waiting = set(start), list(start)
    while waiting:
        for key in after[waiting.pop()]:
            if key in after and key not in seen:
                seen.add(key)
                waiting.append(key)
    return frozenset(seen)


def linked(flow: Flow) -> list[str]:
    """Keys of all articles it links to."""
    return list(dict.fromkeys(key for node in flow.nodes for key in node.articles))


# Walking


def walk(flow: Flow, choices: Sequence[int]) -> list[Step]:
    """The steps taken by these choices (from 1), the last one where the agent stands.

    A choice that is not offered ends the way before it. [] of a flow without a start.
    """
    node = flow.node(flow.start)
    steps: list[Step] = []
    for choice in choices:
        if node is None or not 1 <= choice <= len(node.options):
            break
        after = flow.node(node.options[choice - 1].to)
        if after is None:
            break
        steps.append(Step(node, choice))
        node = after
    return [*steps, Step(node)] if node else []


# Changing


def fresh_key(flow: Flow) -> str:
    """A number that no node has."""
    numbers = [int(n.key) for n in flow.nodes if n.key.isascii() and n.key.isdigit()]
    return str(max(numbers, default=0) + 1)


def put(flow: Flow, node: Node) -> Flow:
    """With this node in its place, or at the end where it is new."""
    if flow.node(node.key) is None:
        return Flow(flow.start or node.key, (*flow.nodes, node))
    return replace(flow, nodes=tuple(node if n.key == node.key else n for n in flow.nodes))


def without(flow: Flow, key: str) -> Flow:
    """Without this node; options that led to it lead nowhere yet, and the check says so."""
    nodes = tuple(
        replace(n, options=tuple(replace(o, to="") if o.to == key else o for o in n.options))
        for n in flow.nodes
        if n.key != key
    )
    start = flow.start if flow.start != key else (nodes[0].key if nodes else "")
    return Flow(start, nodes)


def moved(flow: Flow, key: str, by: int) -> Flow:
    """The node some places up (negative) or down on the page; within the page."""
    keys = [node.key for node in flow.nodes]
    if key not in keys:
        return flow
    nodes = list(flow.nodes)
    node = nodes.pop(keys.index(key))
    nodes.insert(max(0, min(keys.index(key) + by, len(nodes))), node)
    return replace(flow, nodes=tuple(nodes))
