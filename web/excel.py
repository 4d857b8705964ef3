"""Workbooks: sheets with a head that stays, and no formula in any cell."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from .sheets import Table

LONGEST_NAME = 31
"""Characters of a sheet's name that Excel takes."""


def workbook(tables: Iterable[Table]) -> bytes:
    """A sheet for each table."""
    book = openpyxl.Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.name[:LONGEST_NAME])
        sheet.freeze_panes = "A2"
        for number, row in enumerate([table.columns, *table.rows]):
            sheet.append([_cell(sheet, value, bold=number == 0) for value in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _cell(sheet: Any, value: Any, bold: bool) -> Any:
    text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value) if text else value)
    if text:
        cell.data_type = "s"  # else what starts with "=" would become a formula
    if bold:
        cell.font = Font(bold=True)
    return cell
