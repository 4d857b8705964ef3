"""Excel workbooks: on each sheet a row of headings, then one article a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from ..errors import InvalidContent
from ..records import Record
from . import table
from .archive import check
from .atomic import written
from .source import Context, Item, Unreadable, reader

MAX_CELL = 32_767
"""Characters of a cell in Excel."""

MAX_COLUMNS = 256

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WIDTHS = {"标题": 32, "正文": 80, "相似问": 40}


@reader()
def read(path: Path, context: Context) -> Iterator[Item]:
    """The visible sheets in order; formulas count as the values last calculated for them."""
    check(path, "spreadsheetml.sheet.main", ".xlsx")
    found = False
    for sheet in _sheets(path):
        try:
            for item in table.articles(_numbered(sheet), context):
                found = True
                yield item
        except table.BadHeader as error:
            found = True
            yield context.fault(f"工作表“{sheet.title}”没有导入。{error}")
    if not found:
        raise Unreadable("工作簿里没有文章：表头下面没有内容。")


def write(records: Iterable[Record], path: Path) -> int:
    """Write the articles to a file that appears whole or not at all; returns how many.

    Raises InvalidContent when a text is too long for a cell.
    """
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("知识")
    sheet.freeze_panes = "A2"
    count = -1
    for row in table.rows_of(records):
        if count < 0:
            for number, heading in enumerate(row, start=1):
                width = _WIDTHS.get(heading, 16)
                sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.append([_cell(sheet, text, row[0], bold=count < 0) for text in row])
        count += 1
    with written(path) as draft:
        book.save(draft)
    return count


def _cell(sheet: Any, text: str, key: str, *, bold: bool) -> Any:
    safe = _TO_ESCAPE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    if len(safe) > MAX_CELL:
        raise InvalidContent(
            "body",
            f"文章“{key}”有一格超过 Excel 的上限 {MAX_CELL} 个字，请改为导出 .jsonl 或 .csv。",
        )
    cell = WriteOnlyCell(sheet, value=safe)
    # Text, whatever it begins with: openpyxl would make a formula of what starts with "=".
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    return cell


def _sheets(path: Path) -> list[Any]:
    book = _guarded(lambda: openpyxl.load_workbook(path, read_only=True, data_only=True))
    return [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]


def _numbered(sheet: Any) -> Iterator[table.Row]:
    # The size a sheet declares may be wrong; without it the rows are read to the end.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_col=MAX_COLUMNS)
    number = 0
    while (row := _guarded(lambda: next(rows, None))) is not None:
        number += 1
        yield number, [_value(cell) for cell in row]


def _value(cell: Any) -> object:
    if cell.data_type == "e":
        return table.Broken(str(cell.value))
    if isinstance(cell.value, str):
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), cell.value)
    return cell.value


def _guarded(step: Any) -> Any:
    try:
        return step()
    # A broken workbook makes the library raise almost anything.
    except Exception as error:
        raise Unreadable("工作簿已损坏，请用办公软件打开后另存为 .xlsx。") from error
