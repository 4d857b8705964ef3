"""The template as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ..errors import Unreadable
from ..questions import Question
from . import table, table_write
from .report import Report, Written

_DELIMITERS = (",", "\t", ";")


def read(text: str) -> Report:
    """The questions of a CSV text with the template's headings. Raises Unreadable."""
    head = text.lstrip("\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    return table.read(_rows(text, delimiter))


def _rows(text: str, delimiter: str) -> Iterator[table.Row]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = rows.line_num + 1
        try:
            yield line, next(rows)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable(
                f"第{line}行不是 CSV：引号没有配对，或引号外面还有字。", line
            ) from None


def write(questions: list[Question]) -> Written:
    """The questions as CSV with a byte order mark, by which Excel knows UTF-8."""
    rows, written = table_write.write(questions)
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    written.data = file.getvalue().encode("utf-8-sig")
    return written
