"""From an article's fields, as a file states them, to a Record or the reasons against it."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

from ..articles import clean, newlines
from ..errors import InvalidContent
from ..records import CONTROLS, Fault, Record
from .source import MAX_KEY, Context

BEIJING = timezone(timedelta(hours=8))
MAX_DEPTH = 32
"""Nesting of the data fields."""

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "key": "编号",
        "title": "标题",
        "body": "正文",
        "kind": "类型",
        "category": "分类",
        "tags": "标签",
        "questions": "相似问",
        "audiences": "适用对象",
        "effective_from": "生效时间",
        "effective_to": "失效时间",
        "must_sign": "需签收",
    }
)
"""The fields of an article, in the order in which they are written, and what people call them."""

WIDE = str.maketrans("０１２３４５６７８９：－．／＋　", "0123456789:-./+ ")
"""Full-width characters that people type in dates."""


class Unfit(Exception):
    """One value cannot be taken; the text completes a sentence that begins with its field."""


def article(
    values: Mapping[str, object], context: Context, line: int | None = None
) -> Record | Fault:
    """The article of these fields; unknown ones become its data. None counts as absent."""
    problems: list[str] = []
    known: dict[str, Any] = {}
    for name, parse in _PARSERS.items():
        try:
            known |= _parsed(name, parse, values.get(name), context)
        except Unfit as unfit:
            problems.append(f"{LABELS[name]}（{name}）{unfit}")
    try:
        known["data"] = {
            plain_text(name): _json(value) for name, value in values.items() if name not in LABELS
        }
    except Unfit as unfit:
        problems.append(f"自定义字段{unfit}")
    if problems:
        return context.fault("；".join(problems) + "。", line)
    return _accepted(known, context, line)


def _parsed(
    name: str, parse: Callable[[object], object], value: object, context: Context
) -> dict[str, object]:
    if value is None and name == "category":
        value = context.category
    if value is None:
        if name in _REQUIRED:
            raise Unfit("没有填写")
        return {}
    return {name: parse(value)}


def _accepted(known: dict[str, Any], context: Context, line: int | None) -> Record | Fault:
    try:
        record = clean(Record(**known))
    except InvalidContent as error:
        return context.fault(str(error), line)
    before = context.seen.get(record.key)
    if before is not None:
        return context.fault(f"编号“{record.key}”和 {before} 的文章重复，请改成不同的编号。", line)
    context.seen[record.key] = context.shown if line is None else f"{context.shown} 第 {line} 行"
    return record


def as_fields(record: Record) -> dict[str, Any]:
    """The record as JSON values, without the fields that hold nothing.

    Raises InvalidContent when a data field bears the name of a field of articles.
    """
    for name in record.data:
        if name in LABELS:
            raise InvalidContent(
                name, f"文章“{record.key}”的自定义字段“{name}”和固定字段重名，无法导出。"
            )
    values = {
        "key": record.key,
        "title": record.title,
        "body": record.body,
        "kind": record.kind,
        "category": record.category,
        "tags": list(record.tags),
        "questions": list(record.questions),
        "audiences": list(record.audiences),
        "effective_from": moment_text(record.effective_from),
        "effective_to": moment_text(record.effective_to),
        "must_sign": record.must_sign,
    }
    return {name: value for name, value in values.items() if value or name in _REQUIRED} | dict(
        record.data
    )


def moment_text(moment: datetime | None) -> str | None:
    """ISO 8601 in Beijing time, which its readers live by."""
    if moment is None:
        return None
    try:
        return moment.astimezone(BEIJING).isoformat()
    except OverflowError:
        return moment.isoformat()


def plain_text(value: object) -> str:
    """Text that every database can keep, its lines ending in LF. Raises Unfit."""
    if not isinstance(value, str):
        raise Unfit("应为文字")
    if "\0" in value:
        raise Unfit("含有 NUL 字符，请删去")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise Unfit("含有不成对的代理字符（乱码），请改正")
    return newlines(value)


def one_line(value: object) -> str:
    """Text on one line, without white space around it."""
    return " ".join(part.strip() for part in plain_text(value).splitlines() if part.strip())


def _key(value: object) -> str:
    key = plain_text(value).strip()
    if not key:
        raise Unfit("没有填写")
    if len(key) > MAX_KEY:
        raise Unfit(f"有 {len(key)} 个字，最长 {MAX_KEY} 个字")
    if "/" in key or "\\" in key or key in (".", ".."):
        raise Unfit(f"“{key}”含有斜杠或只有点，请换成字母、数字、汉字和连字符")
    if any(unicodedata.category(char) in CONTROLS for char in key):
        raise Unfit("含有控制字符（换行、制表符等），请删去")
    return key


def _required_line(value: object) -> str:
    text = one_line(value)
    if not text:
        raise Unfit("没有填写")
    return text


def _body(value: object) -> str:
    text = plain_text(value)
    if not text.strip():
        raise Unfit("没有填写")
    return text


def _lines(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise Unfit("应为文字的列表")
    return tuple(one_line(each) for each in value)


def _moment(value: object) -> datetime:
    moment = value if isinstance(value, datetime) else parse_moment(plain_text(value))
    if moment.tzinfo is None:
        raise Unfit(f"“{value}”没有时区，请写成 2026-11-21T14:05:00+08:00 的样子")
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise Unfit(f"“{value}”超出了能保存的年份") from None
    return moment


def parse_moment(text: str) -> datetime:
    """ISO 8601, with full-width digits tolerated; naive where no offset is given. Raises Unfit."""
    try:
        return datetime.fromisoformat(text.translate(WIDE).strip())
    except ValueError:
        raise Unfit(f"“{text[:40]}”不是时间，请写成 2026-11-21T14:05:00+08:00 的样子") from None


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unfit("应为 true 或 false（表格里写 是 或 否）")
    return value


def _json(value: object, depth: int = 0) -> object:
    """The value if JSON can say it, its texts as ``plain_text``. Raises Unfit."""
    if depth > MAX_DEPTH:
        raise Unfit(f"嵌套超过 {MAX_DEPTH} 层")
    if isinstance(value, str):
        return plain_text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unfit("含有无穷大或非数字（NaN），请改正")
        return value
    if isinstance(value, list):
        return [_json(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {plain_text(name): _json(each, depth + 1) for name, each in value.items()}
    raise Unfit("含有 JSON 没有的类型，请写成文字、数字、列表或对象")


_PARSERS: Mapping[str, Callable[[object], object]] = {
    "key": _key,
    "title": _required_line,
    "body": _body,
    "kind": one_line,
    "category": one_line,
    "tags": _lines,
    "questions": _lines,
    "audiences": _lines,
    "effective_from": _moment,
    "effective_to": _moment,
    "must_sign": _bool,
}

_REQUIRED = ("key", "title", "body")
