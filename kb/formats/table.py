"""Rows of a table as articles: columns by their headings, cells as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from ..records import Fault, Record
from .fields import BEIJING, LABELS, article, as_fields
from .source import Context, Item, slug
from .typed import stated, understood

Row = tuple[int, Sequence[object]]
"""A row's number (1-based) and its cells."""

_HEADINGS = {
    "key": ("键", "知识编号", "主键", "id"),
    "title": ("题目", "标准问", "标准问题", "问题", "问", "question"),
    "body": ("内容", "答案", "回答", "回复", "答", "content", "answer", "text"),
    "kind": ("知识类型", "种类", "type"),
    "category": ("类别", "目录", "分类路径"),
    "tags": ("关键词", "tag", "keywords"),
    "questions": ("相似问法", "相似问题", "扩展问", "similar"),
    "audiences": ("适用人群", "可见范围", "audience"),
    "effective_from": ("生效日期", "开始时间", "生效"),
    "effective_to": ("失效日期", "截止时间", "有效期至", "失效"),
    "must_sign": ("需要签收", "是否签收", "必读"),
}
_FIELDS = {
    heading: name for name, others in _HEADINGS.items() for heading in (name, LABELS[name], *others)
}

_DATA = "数据："
"""Before a heading: a data field, whatever it is called."""

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_DISARMED = re.compile(r"'+[=+\-@＝＋－＠\t\r\n]")

_HEADER_WITHIN = 5
"""Rows in which the headings are sought: a banner may stand above them."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell whose formula failed, such as #REF!."""

    value: str


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    known: bool


class BadHeader(Exception):
    """The table's headings cannot be used; the text says why and what to do."""


def articles(rows: Iterable[Row | Fault], context: Context) -> Iterator[Item]:
    """The articles below the row of headings; none of an empty table. Raises BadHeader."""
    rows = iter(rows)
    columns = _find_header(rows)
    for row in rows:
        if isinstance(row, Fault):
            yield row
        elif not _blank(row[1]):
            yield _article(columns, row[1], context, row[0])


def is_header(cells: Sequence[object]) -> bool:
    """Whether the row names a column of titles and one of bodies."""
    names = {_FIELDS.get(_heading(cell)) for cell in cells}
    return {"title", "body"} <= names


def rows_of(records: Iterable[Record]) -> Iterator[list[str]]:
    """The headings, then one row a record; every cell is text that no program will execute."""
    kept = [as_fields(record) for record in records]
    extra = list(dict.fromkeys(name for fields in kept for name in fields if name not in LABELS))
    yield [disarm(heading) for heading in (*LABELS.values(), *map(_data_heading, extra))]
    for fields in kept:
        known = (stated(name, fields.get(name)) for name in LABELS)
        data = (encode(fields[name]) if name in fields else "" for name in extra)
        yield [disarm(cell) for cell in (*known, *data)]


def disarm(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def rearm(text: str) -> str:
    """Undo ``disarm``."""
    return text[1:] if _DISARMED.match(text) else text


def encode(value: object) -> str:
    """A data value as a cell's text: itself where ``decode`` gives it back, else JSON."""
    if isinstance(value, str) and decode(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def decode(text: str) -> object:
    """A cell's text as a data value; None stands for an empty cell.

    Only JSON written the way we write it counts, so 007 and 1.10 stay the texts they are.
    """
    if not text:
        return None
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if isinstance(value, str | list | dict) or json.dumps(value) == text:
            return value
    except (ValueError, RecursionError):
        pass
    return text


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _find_header(rows: Iterator[Row | Fault]) -> list[_Column | None]:
    looked = 0
    for row in rows:
        if isinstance(row, Fault) or _blank(row[1]):
            continue
        if is_header(row[1]):
            return _columns(row[1])
        looked += 1
        if looked == _HEADER_WITHIN:
            break
    if not looked:
        return []
    raise BadHeader("找不到表头：应有一行写着列名，至少有“标题”和“正文”两列。")


def _columns(cells: Sequence[object]) -> list[_Column | None]:
    columns: list[_Column | None] = []
    met: dict[str, str] = {}
    for cell in cells:
        column = _column(cell)
        columns.append(column)
        if column is None:
            continue
        shown = _text(cell).strip()
        if not column.known and column.name in LABELS:
            raise BadHeader(f"“{shown}”这一列和固定字段重名，请换一个列名。")
        if column.name in met:
            raise BadHeader(f"“{met[column.name]}”和“{shown}”两列是同一个意思，请只留一列。")
        met[column.name] = shown
    return columns


def _column(cell: object) -> _Column | None:
    heading = rearm(_text(cell))
    if heading.startswith(_DATA):
        return _Column(heading.removeprefix(_DATA), known=False)
    name = _FIELDS.get(_heading(cell))
    if name:
        return _Column(name, known=True)
    return _Column(heading.strip(), known=False) if heading.strip() else None


def _heading(cell: object) -> str:
    return _text(cell).strip().lower()


def _data_heading(name: str) -> str:
    """The name itself if it reads back as this data field, else marked."""
    column = _column(disarm(name))
    return name if column == _Column(name, known=False) else _DATA + name


def _article(
    columns: list[_Column | None], cells: Sequence[object], context: Context, number: int
) -> Item:
    if not _blank(cells[len(columns) :]):
        return context.fault("这一行比表头多出几格，请检查引号和分隔符。", number)
    values: dict[str, object] = {}
    for column, cell in zip(columns, cells, strict=False):
        if isinstance(cell, Broken):
            return context.fault(f"有一格是错误值 {cell.value}，请改正公式。", number)
        text = rearm(_text(cell))
        if column is None:
            if text.strip():
                return context.fault(f"“{text[:20]}”所在的列没有列名，请补上。", number)
        elif column.known:
            values[column.name] = understood(column.name, text, BEIJING)
        elif text:
            values[column.name] = decode(text)
    if all(column is None or column.name != "key" for column in columns):
        values["key"] = slug(str(values["title"])) if values.get("title") else None
    return article(values, context, number)


def _blank(cells: Sequence[object]) -> bool:
    return all(cell is None or not str(cell).strip() for cell in cells)


def _text(cell: object) -> str:
    """A cell's value as a person sees it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)
