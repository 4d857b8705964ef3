"""The words in a document, for search and for reading beside it. Pure but for the file.

A file that says nothing, has a password or is damaged inside has no text: it is still worth
keeping for people to open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from .markdown import plain
from .records import Record

MAX_TEXT = 100_000
"""Characters kept of one file."""

MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 20_000, 64, 200_000


# The readers of office files take a second to load: only who uploads waits for them.


def office_fault(path: Path, content_type: str, ending: str) -> str:
    """Why the archive must not be opened; '' of a sound one."""
    from .formats import archive
    from .formats.source import Unreadable

    try:
        archive.check(path, content_type, ending)
    except Unreadable as error:
        return str(error)
    return ""


def pdf_text(path: Path) -> str:
    from .formats import pdf

    return _article(path, pdf.read)


def word_text(path: Path) -> str:
    from .formats import docx

    return _article(path, docx.read)


def _article(path: Path, read: Callable[[Path, Any], Iterator[Any]]) -> str:
    from .formats.source import Context

    context = Context.of(path)
    found = [item for item in read(path, context) if isinstance(item, Record)]
    titles = ["" if item.title == context.title else f"{item.title}\n" for item in found]
    pairs = zip(titles, found, strict=True)
    return _cut("\n\n".join(title + plain(item.body) for title, item in pairs))


def excel_text(path: Path) -> str:
    """The visible sheets, one row a line, cells apart by a tab. The archive is checked before."""
    import openpyxl

    try:
        # As an open file: by name the library insists on the ending.
        with (
            path.open("rb") as file,
            closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book,
        ):
            return _cut("\n".join(_lines(book)))
    # A broken workbook makes the library raise almost anything.
    except Exception:  # noqa: BLE001
        return ""


def _lines(book: Any) -> Iterator[str]:
    cells = length = 0
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        yield sheet.title
        sheet.reset_dimensions()
        for row in sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True):
            cells += len(row)
            line = "\t".join(" ".join(str(v).split()) for v in row if v is not None).strip()
            length += len(line)
            if line:
                yield line
            if cells > MAX_CELLS or length > MAX_TEXT:
                return


def _cut(text: str) -> str:
    kept = text.replace("\0", "")[:MAX_TEXT].strip()
    return kept.encode("utf-8", "replace").decode()
