"""Files that belong to an article's revision: what is allowed, and which it has.

A revision names its files in ``data["attachments"]``: ``[{"name", "sha256"}]``. So they are
frozen with it, a new draft begins with those of the last text, and an older text that is
restored brings its own back. The bytes lie in ``kb.storage``, size and text in ``StoredFile``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import IO, Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from .articles import Edit
from .attachment_texts import excel_text, office_fault, pdf_text, word_text
from .errors import InvalidContent
from .models import Revision, StoredFile
from .storage import Kept, Storage, is_hash

FIELD = "attachments"
MOST = 20
"""Files of one article."""

MIB = 1024 * 1024
MAX_NAME = 120
HEAD = 4096
"""Bytes from the beginning by which a content is told."""

Family = Literal["document", "image", "audio", "video"]
Signature = Callable[[bytes], bool]


def _begins(*marks: bytes) -> Signature:
    return lambda head: head.startswith(marks)


def _riff(form: bytes) -> Signature:
    return lambda head: head.startswith(b"RIFF") and head[8:12] == form


def _mp3(head: bytes) -> bool:
    frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0
    return head.startswith(b"ID3") or frame


def _iso(*not_brands: bytes) -> Signature:
    return lambda head: head[4:8] == b"ftyp" and head[8:12] not in not_brands


def _office(content_type: str, ending: str) -> Callable[[Path], str]:
    return lambda path: office_fault(path, content_type, ending)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: as what it is served, by what its content is told, what browsers call it.

    ``fault`` looks deeper and says what is wrong with it; ``read`` takes its text out.
    """

    name: str
    family: Family
    media: str
    is_one: Signature
    declared: tuple[str, ...] = ()
    fault: Callable[[Path], str] | None = None
    read: Callable[[Path], str] | None = None


_OFFICE = "application/vnd.openxmlformats-officedocument."
_JPEG = Kind("图片", "image", "image/jpeg", _begins(b"\xff\xd8\xff"), ("image/jpg", "image/pjpeg"))

ALLOWED: Mapping[str, Kind] = MappingProxyType(
    {
        ".pdf": Kind(
            "PDF", "document", "application/pdf", lambda head: b"%PDF-" in head[:1024],
            ("application/x-pdf",), read=pdf_text,
        ),
        ".docx": Kind(
            "Word 文档", "document", f"{_OFFICE}wordprocessingml.document", _begins(b"PK\x03\x04"),
            ("application/zip", "application/msword"),
            _office("wordprocessingml.document.main", ".docx"), word_text,
        ),
        ".xlsx": Kind(
            "Excel 工作簿", "document", f"{_OFFICE}spreadsheetml.sheet", _begins(b"PK\x03\x04"),
            ("application/zip", "application/vnd.ms-excel"),
            _office("spreadsheetml.sheet.main", ".xlsx"), excel_text,
        ),
        ".png": Kind("图片", "image", "image/png", _begins(b"\x89PNG\r\n\x1a\n"), ("image/x-png",)),
        ".jpg": _JPEG,
        ".jpeg": _JPEG,
        ".gif": Kind("图片", "image", "image/gif", _begins(b"GIF87a", b"GIF89a")),
        ".webp": Kind("图片", "image", "image/webp", _riff(b"WEBP")),
        ".mp3": Kind("录音", "audio", "audio/mpeg", _mp3, ("audio/mp3", "audio/mpeg3")),
        ".wav": Kind(
            "录音", "audio", "audio/wav", _riff(b"WAVE"),
            ("audio/x-wav", "audio/wave", "audio/vnd.wave"),
        ),
        ".ogg": Kind(
            "录音", "audio", "audio/ogg", _begins(b"OggS"), ("application/ogg", "video/ogg")
        ),
        ".m4a": Kind(
            "录音", "audio", "audio/mp4", _iso(b"qt  ", b"avif", b"heic"),
            ("audio/x-m4a", "audio/m4a", "audio/aac", "video/mp4"),
        ),
        ".mp4": Kind(
            "视频", "video", "video/mp4", _iso(b"qt  ", b"avif", b"heic"), ("audio/mp4",)
        ),
        ".webm": Kind("视频", "video", "video/webm", _begins(b"\x1aE\xdf\xa3"), ("audio/webm",)),
    }
)  # fmt: skip
"""Ending → what a file of it must be. To allow another kind, add a line."""

OLD = MappingProxyType({".doc": ".docx", ".xls": ".xlsx", ".ppt": ".pdf", ".pptx": ".pdf"})
"""Endings for which there is something better to save as."""

_UNTOLD = ("", "application/octet-stream", "binary/octet-stream")


@dataclass(frozen=True, slots=True)
class Named:
    """A file as a revision names it."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a revision with what is known of it; ``size`` in bytes, ``text`` what it says."""

    name: str
    sha256: str
    size: int
    kind: Kind
    text: str

    @property
    def ending(self) -> str:
        return PurePath(self.name).suffix.lower()


@dataclass(frozen=True, slots=True)
class Checked:
    """An upload that may be kept: its name, its ending and the text in it."""

    name: str
    ending: str
    text: str


def checked(path: Path, name: str, declared: str, limit: int) -> Checked:
    """What is in the upload. ``limit`` in bytes.

    Raises InvalidContent where name, declared type and content do not fit together, where the
    kind is not allowed, or where the content is too much or damaged.
    """
    name = clean_name(name)
    ending = PurePath(name).suffix.lower()
    size = path.stat().st_size
    if ending in OLD:
        raise _wrong(name, f"不支持 {ending}，请另存为 {OLD[ending]} 再上传。")
    kind = ALLOWED.get(ending)
    if kind is None:
        raise _wrong(name, f"不是可以上传的种类。可以上传：{'、'.join(ALLOWED)}。")
    if size == 0:
        raise _wrong(name, "是空的，可能没有传完，请再上传一次。")
    if size > limit:
        raise _wrong(name, f"有 {size / MIB:.1f} MB，超过 {limit // MIB} MB，请压缩或拆开。")
    with path.open("rb") as file:
        head = file.read(HEAD)
    told = declared.partition(";")[0].strip().lower()
    if not kind.is_one(head) or told not in (*_UNTOLD, kind.media, *kind.declared):
        raise _wrong(name, f"的内容不是{kind.name}（{ending}），请检查文件，不要只改后缀。")
    if kind.fault and (why := kind.fault(path)):
        raise _wrong(name, f"不能用：{why}")
    return Checked(name, ending, kind.read(path) if kind.read else "")


def _wrong(name: str, why: str) -> InvalidContent:
    return InvalidContent(FIELD, f"附件“{name}”{why}")


def clean_name(name: str) -> str:
    """The last part of a name as it may be kept and shown; never empty, never a path."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    kept = "".join(char for char in last if char.isprintable() and char not in '"<>|:*?').strip(
        " ."
    )
    kept = kept.encode("utf-8", "replace").decode()
    stem, dot, ending = kept.rpartition(".")
    if not dot or not stem:
        return (kept or "附件")[:MAX_NAME]
    return f"{stem[: MAX_NAME - len(ending[:10]) - 1]}.{ending[:10]}"


def named(data: Mapping[str, Any]) -> list[Named]:
    """The files that a revision's data names; what is none (an imported field) is left out."""
    found = data.get(FIELD)
    if not isinstance(found, list):
        return []
    return [
        Named(item["name"], item["sha256"])
        for item in found[:MOST]
        if isinstance(item, dict)
        and isinstance(item.get("name"), str)
        and item["name"]
        and is_hash(item.get("sha256"))
    ]


def into(data: Mapping[str, Any], files: Iterable[Named]) -> dict[str, Any]:
    """The data with exactly these files. Raises InvalidContent when they are too many."""
    kept: dict[str, Named] = {}
    for file in files:
        kept[_free(file.name, kept)] = file
    if len(kept) > MOST:
        raise InvalidContent(FIELD, f"一篇最多{MOST}个附件，现在有{len(kept)}个，请先去掉几个。")
    rest = {name: value for name, value in data.items() if name != FIELD}
    listed = [{"name": name, "sha256": file.sha256} for name, file in kept.items()]
    return rest | ({FIELD: listed} if listed else {})


def _free(name: str, taken: Mapping[str, Named]) -> str:
    """The name, with a number where it is taken."""
    path, number = PurePath(name), 1
    while name in taken:
        number += 1
        name = f"{path.stem}（{number}）{path.suffix}"
    return name


def register(session: Session, kept: Kept, found: Checked, edit: Edit) -> Named:
    """Note a stored file in the database; the same one again is noted once."""
    if session.get(StoredFile, kept.sha256) is None:
        session.add(
            StoredFile(
                sha256=kept.sha256,
                size=kept.size,
                ending=found.ending,
                text=found.text,
                added_at=edit.at,
                added_by=edit.by,
            )
        )
        session.flush()
    return Named(found.name, kept.sha256)


def of(session: Session, revision: Revision) -> list[Attachment]:
    """A revision's files in order. The caller has passed the gate for the revision itself.

    A file that no upload brought (an import's, from another home) is left out, and so is one
    whose name promises another kind than it was checked for.
    """
    files = named(revision.data)
    rows = known(session, [file.sha256 for file in files])
    found = []
    for file in files:
        row = rows.get(file.sha256)
        kind = ALLOWED.get(PurePath(file.name).suffix.lower())
        if row is not None and kind is not None and kind is ALLOWED.get(row.ending):
            found.append(Attachment(file.name, file.sha256, row.size, kind, row.text))
    return found


def known(session: Session, hashes: Sequence[str]) -> dict[str, StoredFile]:
    if not hashes:
        return {}
    rows = session.scalars(select(StoredFile).where(StoredFile.sha256.in_(hashes)))
    return {row.sha256: row for row in rows}


def texts(session: Session, datas: Mapping[int, Mapping[str, Any]]) -> dict[int, tuple[Any, ...]]:
    """{revision id: ((name, text), …)} of those revisions whose files say something."""
    files = {id: found for id, data in datas.items() if (found := named(data))}
    hashes = sorted({file.sha256 for found in files.values() for file in found})
    rows = known(session, hashes)
    return {
        id: said
        for id, found in files.items()
        if (
            said := tuple(
                (file.name, rows[file.sha256].text)
                for file in found
                if file.sha256 in rows and rows[file.sha256].text
            )
        )
    }


def used(session: Session) -> frozenset[str]:
    """Every file that some revision names, whatever its state."""
    rows = session.execute(select(Revision.data).execution_options(yield_per=500))
    return frozenset(file.sha256 for (data,) in rows for file in named(data or {}))


def unused(session: Session, store: Storage, before: float) -> list[str]:
    """Files that no revision names and that were put before that POSIX time."""
    kept = used(session)
    return [name for name, put in store.all() if put < before and name not in kept]


def forget(session: Session, hashes: Sequence[str]) -> None:
    """Take what is known of these files out of the database."""
    for row in known(session, hashes).values():
        session.delete(row)
    session.flush()


def copied(file: IO[bytes], target: IO[bytes], limit: int) -> bool:
    """Copy at most one byte more than ``limit``; whether all of it fitted."""
    left = limit + 1
    while left > 0 and (chunk := file.read(min(left, 1 << 20))):
        target.write(chunk)
        left -= len(chunk)
    target.flush()
    return left > 0
