"""Formats of question files: one file a format, all through one registry.

    report = formats.read(Path("题库.gift").read_bytes(), "题库.gift")
    formats.FORMATS["moodle"].write(report.imported).data

To add a format, copy a sibling and add a line to ``FORMATS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kb.formats.encoding import decode
from kb.formats.source import Unreadable as Undecodable

from ..errors import UnknownFormat, Unreadable
from ..questions import Question
from . import aiken, csv, gift, moodle, own, qti, qti_package, xlsx
from .report import Report, Written

Read = Callable[[bytes], Report]
Write = Callable[[list[Question]], Written]


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one format are read and written; ``endings`` are those it likes."""

    label: str
    endings: tuple[str, ...]
    read: Read
    write: Write


def _text(reader: Callable[[str], Report]) -> Read:
    """A reader of text as one of bytes, in whatever encoding an office gave them."""

    def read_bytes(data: bytes) -> Report:
        declared = _DECLARED.match(data)
        try:
            text = decode(data, declared[1].decode("ascii") if declared else "")
        except Undecodable as error:
            raise Unreadable(str(error)) from None
        return reader(text)

    return read_bytes


def _qti(data: bytes) -> Report:
    """A package, or an item by itself."""
    return qti_package.read(data) if data.startswith(b"PK") else _text(qti.read)(data)


_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']")

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "json": Format("JSON", (".jsonl", ".json"), _text(own.read), own.write),
        "gift": Format("GIFT", (".gift",), _text(gift.read), gift.write),
        "aiken": Format("Aiken", (".aiken",), _text(aiken.read), aiken.write),
        "moodle": Format("Moodle XML", (".xml",), _text(moodle.read), moodle.write),
        "qti": Format("QTI 2.1 包", (".zip",), _qti, qti_package.package("2.1")),
        "qti22": Format("QTI 2.2 包", (), _qti, qti_package.package("2.2")),
        "qti-item": Format("QTI 题目", (), _text(qti.read), qti_package.write_item),
        "xlsx": Format("Excel 模板", (".xlsx",), xlsx.read, xlsx.write),
        "csv": Format("CSV 模板", (".csv", ".tsv"), _text(csv.read), csv.write),
    }
)
_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {"jsonl": "json", "moodlexml": "moodle", "xml": "moodle", "qti21": "qti", "excel": "xlsx"}
    | {"".join(filter(str.isalnum, name)): name for name in FORMATS}
)


def named(name: str) -> str:
    """The format of that name, however it is punctuated. Raises UnknownFormat."""
    found = _OTHER_NAMES.get("".join(filter(str.isalnum, name.lower())))
    if found is None:
        raise UnknownFormat(f"不认识格式“{name[:40]}”，可用：{'、'.join(FORMATS)}。")
    return found


def of_ending(path: str) -> str | None:
    """The format that a file's name speaks for, if any."""
    lower = path.lower()
    return next((n for n, f in FORMATS.items() if lower.endswith(f.endings or ("\0",))), None)


def guessed(data: bytes, path: str) -> str:
    """The format that the content, and then the name, speak for. Raises UnknownFormat."""
    if data.startswith(b"PK"):
        office = b"[Content_Types].xml" in data or path.lower().endswith(".xlsx")
        return "xlsx" if office else "qti"
    try:
        head = decode(data)[:100_000]
    except Undecodable as error:
        raise Unreadable(str(error)) from None
    if head.lstrip().startswith("<"):
        return "qti-item" if re.search(r"<(?:\w+:)?assessmentItem\b", head) else "moodle"
    by_name = of_ending(path)
    if by_name is not None and by_name not in ("moodle", "xlsx", "qti"):
        return by_name
    return _by_content(head, path)


def _by_content(head: str, path: str) -> str:
    if head.lstrip().startswith(("{", "[")) and re.search(r'"kind"\s*:', head):
        return "json"
    if re.search(r"^\s*ANSWER\s*[:：]", head, re.MULTILINE | re.IGNORECASE):
        return "aiken"
    if re.search(r"(?<!\\)\{", head):
        return "gift"
    if "题干" in head and "答案" in head:
        return "csv"
    raise UnknownFormat(
        f"看不出 {path[-80:]} 是什么格式，请用 --format 指明：{'、'.join(FORMATS)}。"
    )


def read(data: bytes, path: str, format: str = "") -> Report:
    """The questions of a file's content. What is broken as a whole is one error of the report.

    ``path`` helps to guess the format where none is named. Raises UnknownFormat.
    """
    if not data.strip():
        return _broken(Unreadable("文件是空的。"))
    try:
        return FORMATS[named(format) if format else guessed(data, path)].read(data)
    except Unreadable as error:
        return _broken(error)


def _broken(error: Unreadable) -> Report:
    report = Report()
    report.wrong(error.line, str(error))
    return report


__all__ = ["FORMATS", "Format", "Report", "Written", "guessed", "named", "of_ending", "read"]
