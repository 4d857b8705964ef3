"""CSV: a row of headings, then one article a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..records import Fault, Record
from . import table
from .atomic import written
from .encoding import decode
from .source import MAX_FILE, Context, Item, Unreadable, reader

# The module's own limit is 128 KiB a cell; a body may be longer. It can only be set for all.
csv.field_size_limit(MAX_FILE)

_DELIMITERS = (",", "\t", ";")


@reader()
def read(path: Path, context: Context) -> Iterator[Item]:
    """One article a row. A row that is no CSV is a Fault, the others continue."""
    text = decode(path.read_bytes())
    found = False
    try:
        for item in table.articles(_rows(text, _delimiter(text), context), context):
            found = True
            yield item
    except table.BadHeader as error:
        raise Unreadable(str(error)) from None
    if not found:
        raise Unreadable("文件里没有文章：表头下面没有内容。")


def write(records: Iterable[Record], path: Path) -> int:
    """Write the articles to a file that appears whole or not at all; returns how many."""
    count = -1
    # The mark makes spreadsheet programs read UTF-8.
    with written(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for row in table.rows_of(records):
            writer.writerow(row)
            count += 1
    return count


def _delimiter(text: str) -> str:
    """The one that makes headings of one of the first lines."""
    head = text.lstrip("\n").split("\n")[:10]
    for delimiter in _DELIMITERS:
        try:
            if any(table.is_header(cells) for cells in csv.reader(head, delimiter=delimiter)):
                return delimiter
        except csv.Error:
            continue
    return ","


def _rows(text: str, delimiter: str, context: Context) -> Iterator[table.Row | Fault]:
    """Numbered rows, and a Fault for what is no CSV."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = rows.line_num + 1
        try:
            yield line, next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield context.fault("引号没有配对，或引号外面还有字，请检查这一行。", line)
