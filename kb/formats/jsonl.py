"""JSON Lines: one article a line, read and written as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ..records import Record
from . import fields
from .atomic import written
from .source import MIB, Context, Item, Unreadable, reader

MAX_LINE = 8 * MIB
"""Bytes of one article. The file has no limit: it is never read as a whole."""


# The one format that carries a whole library back must take a file of any length.
@reader(limit=None)
def read(path: Path, context: Context) -> Iterator[Item]:
    """Every line by itself: a bad one is a Fault, the others continue."""
    found = False
    with path.open("rb") as file:
        for line, data in _lines(file):
            found = True
            yield _item(data, context, line)
    if not found:
        raise Unreadable("文件里没有文章，每行应有一个 JSON 对象。")


def write(records: Iterable[Record], path: Path) -> int:
    """Write the articles to a file that appears whole or not at all; returns how many."""
    count = 0
    with written(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(json.dumps(fields.as_fields(record), ensure_ascii=False, allow_nan=False))
            file.write("\n")
            count += 1
    return count


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines that are not blank; None for one that is too long."""
    number = 0
    while data := file.readline(MAX_LINE + 1):
        number += 1
        if number == 1:
            data = _unmarked(data)
        if len(data) > MAX_LINE:
            _skip_line(file, data)
            yield number, None
        elif data.strip():
            yield number, data


def _unmarked(data: bytes) -> bytes:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("文件是 UTF-16 编码，请另存为 UTF-8。")
    return data.removeprefix(b"\xef\xbb\xbf")


def _skip_line(file: BinaryIO, data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = file.readline(MIB)


def _item(data: bytes | None, context: Context, line: int) -> Item:
    if data is None:
        return context.fault(f"这一行超过 {MAX_LINE // MIB} MiB，请拆成几篇文章。", line)
    try:
        values = json.loads(
            data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        return context.fault("这一行不是 UTF-8 文字，请把文件另存为 UTF-8。", line)
    except json.JSONDecodeError as error:
        return context.fault(f"不是完整的 JSON：第 {error.colno} 个字符处有误。", line)
    except (ValueError, RecursionError) as error:
        return context.fault(_reason(error), line)
    if not isinstance(values, dict):
        return context.fault('应为一个 JSON 对象，例如 {"key": …, "title": …, "body": …}。', line)
    return fields.article(values, context, line)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"字段“{twice}”在同一个对象里出现了两次，请只留一个。")
    return result


def _no_constant(name: str) -> float:
    raise _Refused(f"{name} 不是 JSON 的数值，请改成数字或 null。")


def _reason(error: Exception) -> str:
    if isinstance(error, _Refused):
        return str(error)
    if isinstance(error, RecursionError):
        return "嵌套太深，请减少层数。"
    return "有一个数字太长，请改成文字。"


class _Refused(ValueError):
    """JSON that we do not take, with the sentence that says why."""
