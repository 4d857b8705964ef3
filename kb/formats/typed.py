"""Values as people type them into a cell or a line, made into what an article's fields take.

What is not understood is passed on as it came, and refused where every format is checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from types import MappingProxyType

from ..articles import newlines
from ..records import KINDS
from .fields import WIDE, Unfit, moment_text, parse_moment

_YES = frozenset({"是", "需要", "需", "true", "yes", "y", "1", "√", "✓"})
_NO = frozenset({"否", "不需要", "不", "无", "false", "no", "n", "0", "×", "✗"})

_KINDS: Mapping[str, str] = MappingProxyType({label: kind for kind, label in KINDS.items()})

_SEPARATORS = {
    "tags": re.compile(r"[；;、，,|｜\n]"),
    "audiences": re.compile(r"[；;、，,|｜\n]"),
    # 相似问 are sentences: 、 and ， are part of them (儿童票、学生票怎么退？).
    "questions": re.compile(r"[；;|｜\n]"),
}

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(.*)", re.DOTALL)
_TIME = re.compile(r"[\sT]*(\d{1,2})\s*[:时]\s*(\d{1,2})\s*(?:[:分]\s*(\d{1,2})?\s*秒?)?")


def understood(name: str, text: str, zone: tzinfo | None = None) -> object:
    """The field's value that ``text`` states, or None if it states none.

    With a ``zone`` a time may lack its offset, and is taken to be in that zone.
    """
    if not text.strip():
        return None
    if name in _SEPARATORS:
        return split(name, text)
    if name == "kind":
        return _KINDS.get(text.strip(), text.strip().lower())
    if name == "must_sign":
        return _yes_or_no(text)
    if name in ("effective_from", "effective_to"):
        return _moment(text, zone)
    return text


def stated(name: str, value: object) -> str:
    """The text that ``understood`` makes into ``value`` again."""
    if value is None:
        return ""
    if isinstance(value, str):
        return KINDS.get(value, value) if name == "kind" else value
    if isinstance(value, bool):
        return "是" if value else ""
    if isinstance(value, datetime):
        return moment_text(value) or ""
    if isinstance(value, Sequence):
        return joined(name, value)
    raise TypeError(f"{name}: {type(value).__name__}")


def split(name: str, text: str) -> list[str]:
    """Several values in one text; a JSON list is taken as it is."""
    if text.lstrip().startswith("["):
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            values = [None]
        if all(isinstance(value, str) for value in values):
            return list(values)
    parts = _SEPARATORS[name].split(newlines(text))
    return [part.strip() for part in parts if part.strip()]


def joined(name: str, values: Sequence[str]) -> str:
    """One text that ``split`` takes apart again: easy to read if it can be, else JSON."""
    easy = ("\n" if name == "questions" else "；").join(values)
    return easy if split(name, easy) == [*values] else json.dumps([*values], ensure_ascii=False)


def _yes_or_no(text: str) -> object:
    word = text.strip().lower()
    if word in _YES:
        return True
    return False if word in _NO else text


def _moment(text: str, zone: tzinfo | None) -> object:
    try:
        moment = parse_moment(text)
    except Unfit:
        return (_written_date(text, zone) if zone else None) or text
    if moment.tzinfo is None:
        return moment.replace(tzinfo=zone) if zone else text
    return moment


def _written_date(text: str, zone: tzinfo) -> datetime | None:
    """2026/11/21, 2026年11月21日 14:05, 2026-1-5 9:00."""
    date = _DATE.fullmatch(text.translate(WIDE).strip())
    if date is None:
        return None
    rest = date[4].strip()
    time = _TIME.fullmatch(rest) if rest else None
    if rest and time is None:
        return None
    hour, minute, second = (int(part or 0) for part in time.groups()) if time else (0, 0, 0)
    year, month, day = (int(part) for part in date.groups()[:3])
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
