"""Tables for people to take along: CSV and Excel, with no formula in any cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response

from kb.formats.table import disarm
from qa.intervals import Estimate

from .pages import day

FORMATS = ("xlsx", "csv")
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


ESTIMATE = ("下限", "上限", " n")
"""What follows the value of an estimate."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table under a name; cells are texts, numbers, estimates, or None for nothing."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def download(
    rows: Iterable[Sequence[str]], head: Sequence[str], name: str, kind: str, at: datetime
) -> Response:
    """The table as a file called ``name`` and the day."""
    data = workbook([Table("名单", head, list(rows))]) if kind == "xlsx" else _csv([head, *rows])
    file = quote(f"{name}-{day(at)}.{kind}")
    disposition = f"attachment; filename*=UTF-8''{file}"
    return Response(data, content_type=TYPES[kind], headers={"Content-Disposition": disposition})


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    made = io.StringIO()
    csv.writer(made).writerows([[disarm(cell) for cell in row] for row in rows])
    return made.getvalue().encode("utf-8-sig")  # the mark makes spreadsheet programs read UTF-8


def workbook(tables: Iterable[Table]) -> bytes:
    """Several tables as one Excel file, a sheet each; an estimate takes four columns."""
    from . import excel  # takes a while to load, and only who asks for a workbook needs it

    return excel.workbook(map(spread, tables))


def spread(table: Table) -> Table:
    """With an estimate's value, bounds and n side by side."""
    wide = {
        n
        for n in range(len(table.columns))
        if any(isinstance(row[n], Estimate) for row in table.rows)
    }
    columns = [
        name
        for n, title in enumerate(table.columns)
        for name in ((title, *(title + part for part in ESTIMATE)) if n in wide else (title,))
    ]
    return Table(table.name, columns, [list(_widened(row, wide)) for row in table.rows])


def _widened(row: Sequence[Any], wide: set[int]) -> Iterable[Any]:
    for n, value in enumerate(row):
        if n not in wide:
            yield value
        elif isinstance(value, Estimate):
            yield from (value.value, value.low, value.high, value.n)
        else:
            yield from (None, None, None, 0)
