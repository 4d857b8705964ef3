"""The template as an Excel workbook."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from kb.formats.archive import check
from kb.formats.source import Unreadable as NotOffice

from ..errors import Unreadable
from ..questions import DIFFICULTIES, KINDS, Question
from . import table, table_write
from .report import Report, Written

MAX_CELL, MAX_COLUMNS, MAX_ROWS = 32_767, 60, 25_000
_BROKEN = "工作簿已损坏，请用办公软件打开后另存为 .xlsx。"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_TOP, _BOLD = Alignment(wrap_text=True, vertical="top"), Font(bold=True)
_WIDTHS = {"题干": 60, "答案": 30, "解析": 40}


def read(data: bytes) -> Report:
    """The questions of the first visible sheet. Raises Unreadable."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.xlsx"
        path.write_bytes(data)
        try:
            check(path, "spreadsheetml.sheet.main", ".xlsx")
        except NotOffice as error:
            raise Unreadable(str(error)) from None
        with closing(_opened(path)) as book:
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            if not sheets:
                raise Unreadable("工作簿里没有可见的工作表。")
            return table.read(_rows(sheets[0]))


def _opened(path: Path) -> Any:
    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    # A broken workbook makes the library raise almost anything.
    except Exception as error:
        raise Unreadable(_BROKEN) from error


def _rows(sheet: Any) -> Iterator[table.Row]:
    sheet.reset_dimensions()  # the size a sheet declares may be wrong
    rows = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
    number, filled = 0, 0
    while True:
        try:
            row = next(rows, None)
        except Exception as error:
            raise Unreadable(_BROKEN) from error
        if row is None:
            return
        number += 1
        if all(cell is None for cell in row):
            continue
        filled += 1
        if filled > MAX_ROWS:
            raise Unreadable(f"超过 {MAX_ROWS} 行，请拆成几个文件。")
        yield number, [_value(cell) for cell in row]


def _value(cell: object) -> object:
    if isinstance(cell, str):
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), cell)
    return cell


def write(questions: list[Question]) -> Written:
    """A workbook; without questions it is the template, with lists to choose from."""
    rows, written = table_write.write([q for q in questions if _fits(q)])
    for question in questions:
        if not _fits(question):
            written.without(question, "有一格文字太长，Excel 放不下。")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("题目")
    sheet.freeze_panes = "A2"
    for number, heading in enumerate(rows[0], start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(heading, 14)
    _choices(sheet, rows[0])
    for place, row in enumerate(rows):
        sheet.append([_cell(sheet, text, bold=place == 0) for text in row])
    file = io.BytesIO()
    book.save(file)
    written.data = file.getvalue()
    return written


def _fits(question: Question) -> bool:
    return all(len(cell) < MAX_CELL // 7 for cell in _texts(question))


def _texts(question: Question) -> list[str]:
    said = [str(part) for part in (question.answer, question.source, question.topics)]
    return [question.stem, question.explanation, *question.texts().values(), *said]


def _choices(sheet: Any, heads: list[str]) -> None:
    for heading, known in (("题型", KINDS), ("难度", DIFFICULTIES)):
        letter = get_column_letter(heads.index(heading) + 1)
        rule = DataValidation(type="list", formula1=f'"{",".join(known.values())}"')
        rule.add(f"{letter}2:{letter}{MAX_ROWS}")
        sheet.data_validations.append(rule)


def _cell(sheet: Any, text: str, *, bold: bool) -> Any:
    safe = _TO_ESCAPE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    cell = WriteOnlyCell(sheet, value=safe)
    cell.data_type = "s"  # text, whatever it begins with
    cell.alignment = _TOP
    if bold:
        cell.font = _BOLD
    return cell
