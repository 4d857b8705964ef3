"""Excel workbooks: on each sheet a row of headings, then one article a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
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

MAX_COLUMNS = 128

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_TOP, _BOLD = Alignment(wrap_text=True, vertical="top"), Font(bold=True)
_WIDTHS = {"标题": 32, "正文": 80, "相似问": 40}


@reader()
def read(path: Path, context: Context) -> Iterator[Item]:
    """The visible sheets in order; formulas count as the values last calculated for them."""
    check(path, "spreadsheetml.sheet.main", ".xlsx")
    with closing(_opened(path)) as book:
        yield from _items(book, context)


def write(records: Iterable[Record], path: Path) -> int:
    """Write the articles to a file that appears whole or not at all; returns how many.

    Raises InvalidContent when a text is too long for a cell.
    """
    head, *rows = ([_checked(text, row[0]) for text in row] for row in table.rows_of(records))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("知识")
    sheet.freeze_panes = "A2"
    for number, heading in enumerate(head, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(heading, 16)
    sheet.append([_cell(sheet, text, bold=True) for text in head])
    for row in rows:
        sheet.append([_cell(sheet, text) for text in row])
    with written(path) as draft:
        book.save(draft)
    return len(rows)


def _checked(text: str, key: str) -> str:
    """The text as a workbook's XML can hold it. Raises InvalidContent if it is too long."""
    safe = _TO_ESCAPE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    if len(safe) > MAX_CELL:
        raise InvalidContent(
            "body",
            f"文章“{key}”有一格超过 Excel 的上限 {MAX_CELL} 个字，请改为导出 .jsonl 或 .csv。",
        )
    return safe


def _cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    # Text, whatever it begins with: openpyxl would make a formula of what starts with "=".
    cell.data_type = "s"
    cell.alignment = _TOP
    if bold:
        cell.font = _BOLD
    return cell


def _opened(path: Path) -> Any:
    return _guarded(lambda: openpyxl.load_workbook(path, read_only=True, data_only=True))


def _items(book: Any, context: Context) -> Iterator[Item]:
    found = False
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        try:
            for item in table.articles(_numbered(sheet), context):
                found = True
                yield item
        except table.BadHeader as error:
            found = True
            yield context.fault(f"工作表“{sheet.title}”没有导入。{error}")
    if not found:
        raise Unreadable("工作簿里没有文章：表头下面没有内容。")


def _numbered(sheet: Any) -> Iterator[table.Row]:
    # The size a sheet declares may be wrong; without it the rows are read to the end.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1)
    number, before = 0, None
    while (row := _guarded(lambda: next(rows, None))) is not None:
        number += 1
        if row is before:
            # Rows the sheet leaves out are one and the same object, perhaps a million times.
            continue
        if row[MAX_COLUMNS].value is not None:
            raise table.BadHeader(f"第 {number} 行超过 {MAX_COLUMNS} 列，请删去多余的列。")
        before = row
        yield number, [_value(cell) for cell in row]


def _value(cell: Any) -> object:
    if cell.data_type == "e":
        return table.Broken(str(cell.value))
    if isinstance(cell.value, str):
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), cell.value)
    return cell.value


def _guarded(step: Callable[[], Any]) -> Any:
    try:
        return step()
    # A broken workbook makes the library raise almost anything.
    except Exception as error:
        raise Unreadable("工作簿已损坏，请用办公软件打开后另存为 .xlsx。") from error
