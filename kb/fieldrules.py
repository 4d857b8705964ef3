"""The centre's own fields: which ones an article of a kind has, and what may stand in them.

Values are kept in the revision's ``data`` under the field's key, so they are frozen with it and
travel with imports and exports. A rule that is removed leaves the values where they are.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlalchemy import JSON, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .codes import LONGEST, RESERVED_DATA
from .errors import InvalidContent, NotFound
from .formats.fields import LABELS
from .models import Base
from .records import KINDS

SORTS: Mapping[str, str] = MappingProxyType(
    {
        "text": "文字",
        "code": "编号（一个）",
        "codes": "编号（可多个）",
        "date": "日期",
        "number": "数字",
        "choice": "选项",
    }
)
"""What a field holds."""

MOST_RULES = 20
MOST_VALUES = 50
MOST_CHOICES = 50
LONGEST_NAME = 40

_KEY = re.compile(r"[^\W\d]\w{0,39}")
_SEPARATOR = re.compile(r"[；;、，,|｜\s]+")
_LINES = re.compile(r"[；;、，,|｜\r\n]+")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,10})?")


class FieldRule(Base):
    """One field of one kind of article. ``sort`` is one of ``SORTS``."""

    __tablename__ = "field_rule"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    sort: Mapped[str] = mapped_column(String(10))
    required: Mapped[bool] = mapped_column(default=False)
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    position: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as it was typed."""

    kind: str
    key: str
    name: str
    sort: str = "text"
    required: bool = False
    choices: str = ""


def all_rules(session: Session) -> list[FieldRule]:
    """Every rule, by kind in the order of ``KINDS``, then in its order."""
    order = {kind: place for place, kind in enumerate(KINDS)}
    found = session.scalars(select(FieldRule).order_by(FieldRule.position, FieldRule.id))
    return sorted(found, key=lambda rule: order.get(rule.kind, len(order)))


def rules_of(session: Session, kind: str) -> list[FieldRule]:
    query = select(FieldRule).where(FieldRule.kind == kind)
    return list(session.scalars(query.order_by(FieldRule.position, FieldRule.id)))


def add(session: Session, wanted: Wanted) -> FieldRule:
    """A new field, the last of its kind. Raises InvalidContent."""
    if wanted.kind not in KINDS:
        raise InvalidContent("kind", "请从列表里选一类文章。")
    there = rules_of(session, wanted.kind)
    if len(there) >= MOST_RULES:
        raise InvalidContent("key", f"一类文章最多{MOST_RULES}个字段，请先删去不用的。")
    key = _clean_key(wanted.key)
    if any(rule.key == key for rule in there):
        raise InvalidContent("key", f"这类文章已经有字段“{key}”，请换一个标识。")
    rule = FieldRule(
        kind=wanted.kind,
        key=key,
        position=max((rule.position for rule in there), default=0) + 1,
        choices=[],
    )
    _fill(rule, wanted)
    session.add(rule)
    session.flush()
    return rule


def change(session: Session, id: int, wanted: Wanted) -> FieldRule:
    """Another name, sort or choices; kind and key stay. Raises NotFound, InvalidContent."""
    rule = get(session, id)
    _fill(rule, wanted)
    session.flush()
    return rule


def remove(session: Session, id: int) -> FieldRule:
    """Take the field off the forms. Raises NotFound."""
    rule = get(session, id)
    session.delete(rule)
    session.flush()
    return rule


def get(session: Session, id: int) -> FieldRule:
    rule = session.get(FieldRule, id)
    if rule is None:
        raise NotFound("字段", str(id))
    return rule


def _fill(rule: FieldRule, wanted: Wanted) -> None:
    name = _one_line(wanted.name)
    if not name or len(name) > LONGEST_NAME:
        raise InvalidContent("name", f"请填写名称，最长{LONGEST_NAME}个字。")
    if wanted.sort not in SORTS:
        raise InvalidContent("sort", "请从列表里选一种类型。")
    choices = _unique(_one_line(part) for part in _LINES.split(wanted.choices))
    if wanted.sort == "choice" and not choices:
        raise InvalidContent("choices", "请写出可选的值，一行一个。")
    if len(choices) > MOST_CHOICES or any(len(choice) > LONGEST for choice in choices):
        raise InvalidContent("choices", f"最多{MOST_CHOICES}个选项，每个最长{LONGEST}个字。")
    rule.name, rule.sort, rule.required = name, wanted.sort, wanted.required
    rule.choices = choices if wanted.sort == "choice" else []


def _clean_key(typed: str) -> str:
    key = unicodedata.normalize("NFKC", typed).strip()
    if not _KEY.fullmatch(key):
        raise InvalidContent("key", "标识用字母、汉字、数字或下划线，不能以数字开头，最长40个字。")
    if key.lower() in LABELS or key in LABELS.values() or key.lower() in RESERVED_DATA:
        raise InvalidContent("key", f"“{key}”已有固定的用处，请换一个标识。")
    return key


# Values


def understood(rule: FieldRule, typed: str) -> object:
    """What is kept of what was typed; None for nothing.

    Raises InvalidContent, its field ``own.KIND.KEY``.
    """
    text = unicodedata.normalize("NFKC", typed).strip() if rule.sort != "text" else typed.strip()
    if "\0" in text:
        raise _wrong(rule, "文字里有不能保存的控制字符，请删去。")
    if not text:
        if rule.required:
            raise _wrong(rule, f"请填写{rule.name}。")
        return None
    return _READERS[rule.sort](rule, text)


def _text(rule: FieldRule, text: str) -> object:
    line = _one_line(text)
    if len(line) > 200:
        raise _wrong(rule, f"最长200个字，现在有{len(line)}个字。")
    return line


def _code(rule: FieldRule, text: str) -> object:
    code = _one_line(text).upper()
    if len(code) > LONGEST:
        raise _wrong(rule, f"最长{LONGEST}个字，现在有{len(code)}个字。")
    return code


def _codes(rule: FieldRule, text: str) -> object:
    found = _unique(part.upper() for part in _SEPARATOR.split(text))
    if len(found) > MOST_VALUES or any(len(code) > LONGEST for code in found):
        raise _wrong(rule, f"最多{MOST_VALUES}个，每个最长{LONGEST}个字；用顿号、逗号或空格隔开。")
    if not found:
        raise _wrong(rule, f"请填写{rule.name}，用顿号、逗号或空格隔开。")
    return found


def _date(rule: FieldRule, text: str) -> object:
    if match := _DATE.fullmatch(text):
        year, month, day = map(int, match.groups())
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            pass
    raise _wrong(rule, f"“{text[:20]}”不是日期，请写成 2026-11-21 的样子。")


def _number(rule: FieldRule, text: str) -> object:
    plain = text.replace(",", "")
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        raise _wrong(rule, f"“{text[:20]}”不是数字，请只写数字，如 12 或 3.5。")
    value = float(plain)
    return int(plain) if "." not in plain and math.isfinite(value) else value


def _choice(rule: FieldRule, text: str) -> object:
    found = next((c for c in rule.choices if unicodedata.normalize("NFKC", c) == text), None)
    if found is None:
        raise _wrong(rule, f"没有“{text[:20]}”这个选项，请从列表里选。")
    return found


_READERS = MappingProxyType(
    {
        "text": _text,
        "code": _code,
        "codes": _codes,
        "date": _date,
        "number": _number,
        "choice": _choice,
    }
)


def texts(value: object) -> tuple[str, ...]:
    """A kept value as people read it, one text for each; what is no such value gives none."""
    if isinstance(value, bool) or value is None:
        return ()
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, int | float):
        return (f"{value:g}" if isinstance(value, float) else str(value),)
    if isinstance(value, list | tuple):
        return tuple(text for one in value for text in texts(one))
    return ()


def shown(rules: Sequence[FieldRule], data: Mapping[str, object]) -> list[tuple[str, str]]:
    """(name, value) of the fields that hold something, in their order."""
    found = [(rule.name, "、".join(texts(data.get(rule.key)))) for rule in rules]
    return [(name, value) for name, value in found if value]


def _wrong(rule: FieldRule, sentence: str) -> InvalidContent:
    return InvalidContent(f"own.{rule.kind}.{rule.key}", sentence)


def _one_line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _unique(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(part for part in parts if part))
