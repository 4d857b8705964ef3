"""Formats of articles: one file a format, all through one registry.

    for item in read_paths([Path("知识")]):
        print(item.message if isinstance(item, Fault) else item.title)
    export_folder(records, Path("out"))

To add a format, copy a sibling and add a line to ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import cast

from .source import Context, Item, Reader, Writer


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one ending are read, and written where that makes sense.

    ``reader`` and ``writer`` are modules with a function ``read`` and ``write``, loaded when
    they are first needed: those for office files take half a second. Markdown is written to a
    folder, every other format to a file.
    """

    name: str
    reader: str
    writer: str = ""

    @property
    def read(self) -> Reader:
        return cast(Reader, import_module(self.reader).read)

    @property
    def write(self) -> Writer | None:
        return cast(Writer, import_module(self.writer).write) if self.writer else None


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        ".jsonl": Format("JSON Lines", "kb.formats.jsonl", "kb.formats.jsonl"),
        ".md": Format("Markdown", "kb.formats.md", "kb.formats.folder"),
        ".txt": Format("纯文本", "kb.formats.txt"),
        ".html": Format("网页", "kb.formats.html"),
        ".htm": Format("网页", "kb.formats.html"),
        ".docx": Format("Word 文档", "kb.formats.docx"),
        ".xlsx": Format("Excel 工作簿", "kb.formats.xlsx", "kb.formats.xlsx"),
        ".csv": Format("CSV 表格", "kb.formats.csv", "kb.formats.csv"),
        ".pdf": Format("PDF", "kb.formats.pdf"),
    }
)

# After the registry, which tree reads.
from .folder import write as export_folder  # noqa: E402
from .jsonl import write as export_jsonl  # noqa: E402
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
