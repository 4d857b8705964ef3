"""A library as a folder of Markdown files, one an article, categories as folders."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from ..errors import KbError
from ..records import Record
from .atomic import keep, written
from .md import dumps

MARKER = ".zhixi-export.json"
"""In a folder we wrote: its files, and whether the export was finished."""

_DRAFT = ".zhixi-export.part"
_MAX_NAME = 150
"""Bytes of a file's name, of the 255 that file systems allow."""

_UNSAFE = re.compile(r"[<>:\"/\\|?*\x00-\x1f\x7f\u2028\u2029]|^[.~]|[. ~]$")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?|__macosx|.*\.md", re.IGNORECASE)


class FolderInUse(KbError):
    """The folder holds something that is no export of ours, or cannot be known to be one."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(
            f"文件夹“{folder}”里有不是导出的内容（{name}），没有导出；请换一个空文件夹。"
        )
        self.folder, self.name = folder, name


class SameKey(KbError):
    """Two records to write have one key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"有两篇文章的编号都是“{key}”，无法导出。")
        self.key = key


def write(records: Iterable[Record], folder: Path) -> int:
    """Make ``folder`` hold exactly these articles; returns how many.

    An earlier export there is replaced; hidden files (.git) are left alone. All is written
    aside first, so an error changes nothing; a folder whose files were being put in place
    when the process died is known by its marker and never imported. Raises FolderInUse,
    SameKey, InvalidContent.
    """
    folder = folder.resolve()
    before = _own_files(folder)
    fresh = not folder.exists()
    draft = folder / _DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        names = _write_all(records, draft)
    except BaseException:
        shutil.rmtree(folder if fresh else draft)
        raise
    _mark(folder, [*before, *names], whole=False)
    _remove(folder, before)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (draft / name).replace(folder / name)
    shutil.rmtree(draft)
    _mark(folder, names, whole=True)
    return len(names)


def is_whole(folder: Path) -> bool:
    """Whether the export there was finished."""
    return bool(_marker(folder).get("whole"))


def _own_files(folder: Path) -> list[str]:
    """The files of an earlier export; raises FolderInUse if there is anything else."""
    if not folder.exists():
        return []
    if not folder.is_dir():
        raise FolderInUse(folder.parent, folder.name)
    own = set(_marker(folder).get("files", []))
    # What is there, not what the marker says: that might name files outside.
    found = list(_visible(folder))
    for name in found:
        if name not in own:
            raise FolderInUse(folder, name)
    return found


def _visible(folder: Path) -> Iterator[str]:
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if (Path(path) / name).is_symlink()]
        for name in [*files, *links]:
            if not name.startswith("."):
                yield (Path(path) / name).relative_to(folder).as_posix()


def _marker(folder: Path) -> dict[str, list[str]]:
    try:
        marker = json.loads((folder / MARKER).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return marker if isinstance(marker, dict) else {}


def _mark(folder: Path, names: list[str], *, whole: bool) -> None:
    marker = {"whole": whole, "files": sorted(set(names))}
    with written(folder / MARKER) as draft:
        draft.write_text(json.dumps(marker, ensure_ascii=False, indent=0) + "\n", "utf-8")


def _write_all(records: Iterable[Record], draft: Path) -> list[str]:
    names: list[str] = []
    keys: set[str] = set()
    taken: set[str] = set()
    for record in records:
        if record.key in keys:
            raise SameKey(record.key)
        keys.add(record.key)
        name = _place(record, taken)
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write(dumps(record))
            file.flush()
            os.fsync(file.fileno())
        names.append(name)
    for parent in {path.parent for path in draft.rglob("*")} | {draft}:
        keep(parent)
    return names


def _place(record: Record, taken: set[str]) -> str:
    """A path that no other record has, also where case makes no difference."""
    parent = PurePosixPath(*(_safe(step) for step in record.category.split("/") if step))
    name = (parent / f"{_safe(record.key)}.md").as_posix()
    if _folded(name) in taken:
        name = (parent / f"{_marked(_safe(record.key), record.key)}.md").as_posix()
    taken.add(_folded(name))
    return name


def _folded(name: str) -> str:
    """What file systems that fold case or compose characters take for the same name."""
    return unicodedata.normalize("NFC", name.casefold())


def _safe(text: str) -> str:
    """A name every file system takes; one that had to be changed carries a mark of the text."""
    name = _UNSAFE.sub("_", text)
    short = name.encode()[:_MAX_NAME].decode("utf-8", "ignore")
    if short == text and not _RESERVED.fullmatch(short):
        return short
    return _marked(short, text)


def _marked(name: str, text: str) -> str:
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _remove(folder: Path, names: list[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for path, _, _ in os.walk(folder, topdown=False):
        if Path(path) != folder and "/." not in Path(path).relative_to(folder.parent).as_posix():
            with suppress(OSError):
                Path(path).rmdir()
