"""The same workbook back, with what is wrong marked: red cells with the reason as a comment."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from ..errors import Unreadable
from .report import Report
from .table import column_of

_WRONG = PatternFill("solid", fgColor="F8C9BE")
_AUTHOR = "知席"
_MOST_SAID = 1_000


def marked(data: bytes, report: Report) -> bytes:
    """The workbook with the faults of the report in it. Raises Unreadable."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(data))
    # A broken workbook makes the library raise almost anything.
    except Exception as error:
        raise Unreadable("工作簿已损坏，不能标出错误。") from error
    sheet = next(each for each in book.worksheets if each.sheet_state == "visible")
    for fault in report.errors:
        if line := fault.get("line"):
            _mark(sheet, line, fault)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _mark(sheet: Any, line: int, fault: dict[str, Any]) -> None:
    """The cell that is wrong; the first of the row where no column is named."""
    number = _column(sheet, str(fault.get("column", "")), line)
    cell = sheet.cell(row=line, column=number or 1)
    cell.fill = _WRONG
    said = f"{cell.comment.text}\n" if cell.comment else ""
    cell.comment = Comment((said + str(fault["message"]))[:_MOST_SAID], _AUTHOR)


def _column(sheet: Any, name: str, line: int) -> int | None:
    """Where the headings above the row say that a column is."""
    if not name:
        return None
    for row in sheet.iter_rows(min_row=1, max_row=min(line - 1, 5)):
        if found := _named(row, name):
            return found
    return None


def _named(cells: Iterable[Any], name: str) -> int | None:
    wanted = name.removeprefix("选项") if name.startswith("选项") else name
    return next(
        (cell.column for cell in cells if column_of(str(cell.value or "").strip()) == wanted), None
    )
