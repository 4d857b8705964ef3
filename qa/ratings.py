"""Ratings: who gave which unit (a call, or one item of a call) which value.

ratings = read(Path("ratings.csv"))     # header unit,rater,value
ratings.of("call-7")                    # {"ann": "3", "bob": "4"}
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from . import files
from .errors import BadRatings
from .exact import NotANumber, parsed

COLUMNS = ("unit", "rater", "value")
LARGEST = 100_000_000
"""Bytes of a ratings file: some three million ratings."""

Value = str | Fraction


@dataclass(frozen=True)
class Ratings:
    """``units``: unit → rater → value; only units with at least two ratings.

    Values are rationals if every single one is a number, else texts.
    """

    units: Mapping[str, Mapping[str, Value]]

    @cached_property
    def raters(self) -> tuple[str, ...]:
        """In the order of their first rating."""
        return tuple(dict.fromkeys(rater for given in self.units.values() for rater in given))

    @cached_property
    def numbers(self) -> list[list[Fraction]] | None:
        """The values of each unit as numbers; None where one of them is none."""
        rows = [list(given.values()) for given in self.units.values()]
        found = [[v for v in row if isinstance(v, Fraction)] for row in rows]
        return found if found == rows else None

    @property
    def complete(self) -> bool:
        """Whether every rater rated every unit."""
        return all(len(given) == len(self.raters) for given in self.units.values())


def ratings(rows: Iterable[tuple[str, str, str]]) -> Ratings:
    """From (unit, rater, value). Raises BadRatings where a rater rates a unit twice."""
    found: dict[str, dict[str, str]] = {}
    for unit, rater, value in rows:
        _put(found, unit, rater, value, None)
    return _made(found)


def read(path: Path) -> Ratings:
    """From a CSV file, in UTF-8 or GB 18030. Raises BadFile, BadRatings with the line."""
    return parse(_text(files.content(path, LARGEST)))


def parse(text: str) -> Ratings:
    """From the text of a CSV. Empty values and units with one rating count for nothing."""
    reader = csv.reader(io.StringIO(text.replace("\0", "")), strict=True)
    found: dict[str, dict[str, str]] = {}
    try:
        place = _columns(next(reader, []))
        for row in reader:
            if any(cell.strip() for cell in row):
                if len(row) <= max(place):
                    raise BadRatings("这一行不足三列。", reader.line_num)
                unit, rater, value = (row[index].strip() for index in place)
                _put(found, unit, rater, value, reader.line_num)
    except csv.Error:
        raise BadRatings("不是完好的 CSV，请检查引号。", reader.line_num) from None
    return _made(found)


def _columns(header: list[str]) -> tuple[int, ...]:
    names = [name.strip().lower() for name in header]
    missing = [name for name in COLUMNS if names.count(name) != 1]
    if missing:
        raise BadRatings(f"首行应有 unit,rater,value 三列；{'、'.join(missing)} 没有或重复。", 1)
    return tuple(names.index(name) for name in COLUMNS)


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadRatings("不是文本文件；请另存为 UTF-8 编码的 CSV。")


def _put(
    found: dict[str, dict[str, str]], unit: str, rater: str, value: str, line: int | None
) -> None:
    if not unit or not rater:
        raise BadRatings("缺少 unit 或 rater。", line)
    if not value:
        return
    given = found.setdefault(unit, {})
    if rater in given:
        raise BadRatings(f"{rater} 对 {unit} 评了两次。", line)
    given[rater] = value


def _made(found: Mapping[str, Mapping[str, str]]) -> Ratings:
    paired = {unit: given for unit, given in found.items() if len(given) > 1}
    values = {value for given in paired.values() for value in given.values()}
    try:
        meant: dict[str, Value] = {value: parsed(value) for value in values}
    except NotANumber:
        meant = {value: value for value in values}
    return Ratings({u: {r: meant[v] for r, v in given.items()} for u, given in paired.items()})
