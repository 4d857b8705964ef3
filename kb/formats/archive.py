"""Office files are ZIP archives of XML: look at what is inside before any library opens it."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from pathlib import Path
from xml.parsers import expat

from .source import MIB, Unreadable

MAX_TOTAL = 200 * MIB
"""Bytes of all parts unpacked."""

MAX_RATIO = 200
"""Unpacked to packed size, of an archive that unpacks to more than ``FREE``."""

FREE = 8 * MIB
MAX_PARTS = 10_000

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 64 * 1024


BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
)
"""What ``zipfile`` raises of archives that are damaged, cut off, or have a password."""


def check(path: Path, content_type: str, ending: str) -> None:
    """Raise Unreadable unless the file is a sound archive that declares ``content_type``.

    Refuses archives that unpack to too much and XML with a document type, where entities
    would be declared.
    """
    with path.open("rb") as file:
        if file.read(len(_OLD)) == _OLD:
            raise Unreadable(f"文件有密码，或是旧版格式；请取消密码，另存为 {ending}。")
    try:
        with zipfile.ZipFile(path) as archive:
            if refusal := bloat(archive, path.stat().st_size):
                raise Unreadable(refusal)
            if content_type not in _content_types(archive):
                raise Unreadable(f"文件内容不是 {ending}，请用办公软件打开后另存为 {ending}。")
            for info in archive.infolist():
                if info.filename.lower().endswith((".xml", ".rels")):
                    _check_prolog(archive, info)
    except BROKEN:
        raise Unreadable(f"文件已损坏，或不是 {ending}；请用办公软件打开后另存。") from None


def bloat(archive: zipfile.ZipFile, packed: int) -> str:
    """Why an archive of ``packed`` bytes is not to be unpacked, as a sentence; '' where it may."""
    parts = archive.infolist()
    # zipfile never unpacks more of a part than it declares, so the declared sizes bind.
    total = sum(info.file_size for info in parts)
    if total > MAX_TOTAL:
        return f"文件解开后有 {total / MIB:.0f} MiB，超过 {MAX_TOTAL // MIB} MiB，不予打开。"
    if len(parts) > MAX_PARTS:
        return f"文件解开后有 {len(parts)} 个文件，超过 {MAX_PARTS} 个，不予打开。"
    if total > FREE and total > packed * MAX_RATIO:
        return "文件压缩得异常地小，像是压缩炸弹，不予打开。"
    return ""


def _content_types(archive: zipfile.ZipFile) -> str:
    try:
        with archive.open("[Content_Types].xml") as part:
            return part.read(MIB).decode("utf-8", "replace")
    except KeyError:
        return ""


class _Content(Exception):
    """The prolog is over: the root element begins."""


def _check_prolog(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _stop
    try:
        with archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
    except _Content:
        return
    except expat.ExpatError:
        raise Unreadable(f"文件里的 {info.filename} 已损坏，请用办公软件打开后另存。") from None


def _refuse(*_: object) -> None:
    raise Unreadable("文件里声明了 XML 实体，不安全，不予打开；请用办公软件打开后另存。")


def _stop(*_: object) -> None:
    raise _Content
