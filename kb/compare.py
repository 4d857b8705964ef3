"""What differs between two records, as people read it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Literal

from .records import KINDS, Record
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


def differences(old: Record, new: Record) -> list[Difference]:
    """The fields in which the records differ, in the order of ``LABELS``."""
    found = []
    for field, label in LABELS.items():
        before, after = _text(old, field), _text(new, field)
        if before != after:
            found.append(Difference(field, label, before, after, woven(before, after)))
    return found


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


def _text(record: Record, field: str) -> str:
    value = getattr(record, field)
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
