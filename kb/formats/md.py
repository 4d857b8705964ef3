"""Markdown files: YAML front matter between two lines of ``---``, then the body.

Written: front matter, one blank line, the body, one line end. Read: one blank line after the
front matter and one line end at the end of the file belong to the file, not to the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ..records import Record
from . import fields
from .encoding import decode
from .source import Context, Item, Unreadable, reader
from .typed import understood

_FRONT = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_OPENING = re.compile(r"---[ \t]*\n")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(\S.*)")
_CLOSING = re.compile(r"(?:^|[ \t])#+\Z")
_CODE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LISTS = ("tags", "questions", "audiences")


@reader()
def read(path: Path, context: Context) -> Iterator[Item]:
    """The file's one article. A missing title is the first heading, else the file's name."""
    front, body = _parts(decode(path.read_bytes()))
    values = _front_values(front)
    if not values.get("key"):
        values["key"] = context.key
    if not values.get("title"):
        values["title"], body = heading_as_title(body)
    values["title"] = values["title"] or context.title
    values["body"] = body
    yield fields.article(values, context, None)


def dumps(record: Record) -> str:
    """The file's text. The category is always stated: moving the file moves no article."""
    values = fields.as_fields(record)
    body = values.pop("body")
    front = {"key": record.key, "title": record.title, "kind": record.kind}
    front = {**front, "category": record.category, **values}
    text = yaml.dump(front, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))
    return f"---\n{text}---\n\n{body}\n"


def heading_as_title(body: str) -> tuple[str, str]:
    """The first heading and the body, which loses the heading if it begins with it."""
    lines = body.split("\n")
    fence = ""
    blank = True
    for number, line in enumerate(lines):
        code = _CODE.match(line)
        if code:
            fence = "" if fence and code[1].startswith(fence) else fence or code[1]
        found = None if fence or code else _HEADING.match(line)
        title = _CLOSING.sub("", found[1].rstrip()).rstrip() if found else ""
        if title:
            rest = "\n".join(lines[number + 1 :]).lstrip("\n")
            return title, rest if blank else body
        blank = blank and not line.strip()
    return "", body


def _parts(text: str) -> tuple[str, str]:
    """Front matter ('' = none) and body."""
    found = _FRONT.match(text)
    if found:
        front, body = found[1], text[found.end() :].removeprefix("\n")
    elif _OPENING.match(text):
        raise Unreadable("文件开头的 --- 没有对应的结束行 ---，请补上。", 1)
    else:
        front, body = "", text
    return front, body.removesuffix("\n")


def _front_values(front: str) -> dict[str, Any]:
    """Known fields as typed; the others as YAML reads them. Raises Unreadable."""
    try:
        return _mapping(front)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(
            f"文件开头的字段写得不对（{error.problem}）；含有冒号、引号的值请用引号括起来。",
            mark.line + 2 if mark else None,
        ) from None
    except yaml.YAMLError:
        raise Unreadable("文件开头的字段里有不能用的控制字符，请删去。") from None
    except (ValueError, RecursionError):
        raise Unreadable("文件开头的字段里有数字太长，或嵌套太深，请改正。") from None


def _mapping(front: str) -> dict[str, Any]:
    loader = _Loader(front)
    node = loader.get_single_node()
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise Unreadable("文件开头两行 --- 之间应为“字段: 值”，每行一个。", 2)
    values: dict[str, Any] = {}
    for name, value in node.value:
        line = name.start_mark.line + 2
        if not isinstance(name, yaml.ScalarNode):
            raise Unreadable("字段名应为文字。", line)
        if name.value in values:
            raise Unreadable(f"字段“{name.value}”出现了两次，请只留一个。", line)
        if name.value == "body":
            raise Unreadable("正文写在两行 --- 之后，不能再有 body 字段。", line)
        values[name.value] = _value(loader, name.value, value)
    return values


def _value(loader: _Loader, name: str, node: yaml.Node) -> object:
    if name not in fields.LABELS:
        return loader.construct_object(node, deep=True)
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if isinstance(node, yaml.ScalarNode):
        return node.value if name == "category" else understood(name, node.value)
    if name in _LISTS and isinstance(node, yaml.SequenceNode):
        return [each.value for each in node.value]
    return node.value


class _Loader(yaml.SafeLoader):
    """SafeLoader that guesses less: 007, 1:30, yes and 2026-11-21 are texts; no aliases."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        # A few nested aliases can stand for more values than memory holds.
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "不能用 * 引用", event.start_mark)
        return super().compose_node(parent, index)


# Each a part of what PyYAML takes for the type, so that whatever is written is quoted if need be.
for _tag, _pattern in (
    ("null", r"~|null|"),
    ("bool", r"true|false"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)"),
    ("float", r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), None
    )


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Quoted wherever a line break of any kind would have to be folded."""
    style = '"' if len(text.splitlines()) > 1 or text[-1:].isspace() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)
