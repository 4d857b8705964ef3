"""Formats of articles: one file a format, all through one registry.

    for item in read_paths([Path("知识")]):
        print(item.message if isinstance(item, Fault) else item.title)
    export_folder(records, Path("out"))

To add a format, copy a sibling and add a line to ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from . import csv, docx, folder, html, jsonl, md, pdf, txt, xlsx
from .source import Context, Item, Reader, Writer


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one ending are read, and written where that makes sense.

    Markdown is written to a folder, every other format to a file.
    """

    name: str
    read: Reader
    write: Writer | None = None


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        ".jsonl": Format("JSON Lines", jsonl.read, jsonl.write),
        ".md": Format("Markdown", md.read, folder.write),
        ".txt": Format("纯文本", txt.read),
        ".html": Format("网页", html.read),
        ".htm": Format("网页", html.read),
        ".docx": Format("Word 文档", docx.read),
        ".xlsx": Format("Excel 工作簿", xlsx.read, xlsx.write),
        ".csv": Format("CSV 表格", csv.read, csv.write),
        ".pdf": Format("PDF", pdf.read),
    }
)

export_folder = folder.write
export_jsonl = jsonl.write

# After the registry, which it reads.
from .tree import Found, find_files, read_files, read_paths  # noqa: E402

__all__ = [
    "FORMATS",
    "Context",
    "Format",
    "Found",
    "Item",
    "export_folder",
    "export_jsonl",
    "find_files",
    "read_files",
    "read_paths",
]
