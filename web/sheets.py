"""Small tables for people to take along: CSV and Excel, with no formula in any cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote

from flask import Response

from kb.formats.table import disarm

from .pages import day

FORMATS = ("xlsx", "csv")
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def download(
    rows: Iterable[Sequence[str]], head: Sequence[str], name: str, kind: str, at: datetime
) -> Response:
    """The table as a file called ``name`` and the day."""
    data = _xlsx([head, *rows]) if kind == "xlsx" else _csv([head, *rows])
    file = quote(f"{name}-{day(at)}.{kind}")
    disposition = f"attachment; filename*=UTF-8''{file}"
    return Response(data, content_type=TYPES[kind], headers={"Content-Disposition": disposition})


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    made = io.StringIO()
    csv.writer(made).writerows([[disarm(cell) for cell in row] for row in rows])
    return made.getvalue().encode("utf-8-sig")  # the mark makes spreadsheet programs read UTF-8


def _xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    # It takes a while to load, and only who asks for a workbook needs it.
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text))
            cell.data_type = "s"  # else what starts with "=" would become a formula
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
