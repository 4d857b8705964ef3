"""What differs between two records, as people read it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Literal

from . import attachments, flows, signing_terms
from .fieldrules import texts
from .records import KINDS, Record
from .signing_terms import Terms
from .text import analyse

Run = tuple[Literal["same", "old", "new"], str]
"""A stretch of text: in both, only in the older, only in the newer."""

Opcode = tuple[str, int, int, int, int]

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "title": "标题",
        "kind": "类型",
        "category": "分类",
        "tags": "标签",
        "questions": "相似问",
        "audiences": "适用对象",
        "effective_from": "生效时间",
        "effective_to": "失效时间",
        "must_sign": "须签收",
        "body": "正文",
    }
)
"""The fields that are compared, in order."""

TOLD = (attachments.FIELD, flows.FIELD, signing_terms.FIELD)
"""Fields of ``data`` that are told in words of their own."""

NONE: Mapping[str, str] = MappingProxyType(
    {
        "category": "没有分类",
        "audiences": "所有人",
        "effective_from": "发布即生效",
        "effective_to": "长期有效",
    }
)
"""What it means that a field is empty, where that means something."""

FINE = 4_000
"""Characters up to which a changed stretch is compared word by word."""

MOST_LINES = 2_000
"""Lines up to which a stretch is compared line by line: the effort grows with the square."""

BEIJING = timezone(timedelta(hours=8))

_LINES = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not the same: its texts, and both woven into one."""

    field: str
    label: str
    old: str
    new: str
    runs: Sequence[Run]


def differences(
    old: Record,
    new: Record,
    names: Mapping[str, str] = MappingProxyType({}),
    *,
    audience: Callable[[str], str] = str,
    everything: bool = True,
) -> list[Difference]:
    """The fields in which the records differ: in the order of ``LABELS``, then the fields of
    their own, under their ``names``, the files, and what else there is.

    ``audience`` tells how one is called. Without ``everything``: only what a reader of the text
    is shown; where a script leads, the answers of questions, and fields without a name are an
    editor's matter.
    """
    sides = [
        (field, label, _text(old, field, audience), _text(new, field, audience))
        for field, label in LABELS.items()
    ]
    sides += [
        (key, name, _said(old.data, key), _said(new.data, key)) for key, name in names.items()
    ]
    sides.append((attachments.FIELD, "附件", *_files(old.data, new.data)))
    if everything:
        sides.append((flows.FIELD, "流程链接的文章", _leads(old.data), _leads(new.data)))
        sides.append((signing_terms.FIELD, "签收要求", _terms(old.data), _terms(new.data)))
        rest = {*old.data, *new.data} - {*names, *TOLD}
        sides += [
            (key, f"附加数据“{key}”", _said(old.data, key), _said(new.data, key))
            for key in sorted(rest)
        ]
    return [
        Difference(field, label, before, after, woven(before, after))
        for field, label, before, after in sides
        if before != after
    ]


def woven(old: str, new: str) -> list[Run]:
    """Both texts as runs: the old ones and the same ones together are ``old``, likewise new."""
    runs: list[Run] = []
    for a, b in _blocks(_LINES.findall(old), _LINES.findall(new)):
        if a == b:
            runs.append(("same", a))
        elif len(a) + len(b) <= FINE:
            runs.extend(_words(a, b))
        else:
            runs.extend((("old", a), ("new", b)))
    return [run for run in runs if run[1]]


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Stretches of lines that belong together."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    yield "".join(old[:start]), "".join(old[:start])
    middle = old[start : len(old) - end], new[start : len(new) - end]
    if len(middle[0]) + len(middle[1]) <= MOST_LINES:
        for _, i, j, k, m in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
            yield "".join(middle[0][i:j]), "".join(middle[1][k:m])
    else:
        yield "".join(middle[0]), "".join(middle[1])
    yield "".join(old[len(old) - end :]), "".join(old[len(old) - end :])


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines are the same from the beginning."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)))


def _words(old: str, new: str) -> Iterator[Run]:
    """Word by word: a number with its unit, a code or a term changes as a whole."""
    a, b = words(old), words(new)
    for tag, i, j, k, m in _joined(SequenceMatcher(None, a, b, autojunk=False).get_opcodes(), a):
        if tag == "equal":
            yield "same", "".join(a[i:j])
        else:
            yield "old", "".join(a[i:j])
            yield "new", "".join(b[k:m])


def words(text: str) -> list[str]:
    """The text cut into its words, and what stands between them; together they are the text."""
    cut: list[str] = []
    place = 0
    tokens = sorted(analyse(text), key=lambda token: (token.start, -token.end))
    for token in tokens:
        if token.start >= place < token.end:
            cut.extend(text[place : token.start])
            cut.append(text[token.start : token.end])
            place = token.end
    cut.extend(text[place:])
    return cut


def _joined(opcodes: Sequence[Opcode], old: Sequence[str]) -> Iterator[Opcode]:
    """Changes with no more than a comma or one character between them are read as one."""
    held: Opcode | None = None
    for place, code in enumerate(opcodes):
        tag, i, j, k, m = code
        between = tag == "equal" and 0 < place < len(opcodes) - 1 and _slight(old[i:j])
        if tag == "equal" and not between:
            if held is not None:
                yield held
            held = None
            yield code
        elif held is None:
            held = ("replace", i, j, k, m)
        else:
            held = ("replace", held[1], j, held[3], m)
    if held is not None:
        yield held


def _slight(stretch: Sequence[str]) -> bool:
    return len(stretch) == 1 and len(stretch[0]) == 1 and stretch[0] != "\n"


def _said(data: Mapping[str, object], key: str) -> str:
    """A value of the data in words; of no known sort as JSON."""
    value = data.get(key)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping) or any(isinstance(one, Mapping) for one in _items(value)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return "、".join(texts(value))


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _files(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, str]:
    """The files by name, a line each; one of the same name and another content says so."""
    before = {file.name: file.sha256 for file in attachments.named(old)}
    after = attachments.named(new)
    lines = [
        file.name + ("（换了内容）" if before.get(file.name, file.sha256) != file.sha256 else "")
        for file in after
    ]
    return "\n".join(before), "\n".join(lines)


def _leads(data: Mapping[str, object]) -> str:
    """What each step of a script leads to, a line each. What it says is the body."""
    flow = flows.of(data)
    steps = flow.nodes if flow else ()
    return "\n".join(f"{step.name}：{'、'.join(step.articles)}" for step in steps if step.articles)


def _terms(data: Mapping[str, object]) -> str:
    """What is asked of those who sign, a line each."""
    terms = Terms.of(data)
    days = "按中心的期限" if terms.days is None else f"{terms.days}天内" if terms.days else "不限期"
    again = "" if terms.again else "签过上一版的不必再签"
    return "\n".join(filter(None, (days, again, signing_terms.written(terms.questions))))


def _text(record: Record, field: str, audience: Callable[[str], str]) -> str:
    value = getattr(record, field) or NONE.get(field) or getattr(record, field)
    if field == "audiences" and record.audiences:
        value = tuple(audience(name) for name in record.audiences)
    if field == "kind":
        return KINDS.get(str(value), str(value))
    if isinstance(value, tuple):
        return ("\n" if field == "questions" else "、").join(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        there = value.astimezone(BEIJING)
        return there.strftime("%Y-%m-%d %H:%M:%S" if there.second else "%Y-%m-%d %H:%M")
    return str(value) if value is not None else ""
