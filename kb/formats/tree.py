"""Files and folders to import: which they are, in what order, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from ..records import Fault
from . import FORMATS
from .folder import MARKER, is_whole
from .source import Context, Item, printable

_SKIPPED = re.compile(r"\..*|~\$.*|.*~|__MACOSX|thumbs\.db|desktop\.ini", re.IGNORECASE)
"""Hidden files, the locks of office programs, back-up copies, what systems leave in folders."""

_OLD = {".doc": ".docx", ".wps": ".docx", ".xls": ".xlsx", ".et": ".xlsx", ".xlsm": ".xlsx"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read, or why there is none (``fault``); ``category`` is its folder's."""

    path: Path
    relative: PurePath
    category: str = ""
    fault: Fault | None = None


def find_files(paths: Sequence[Path], category: str = "") -> list[Found]:
    """The files under ``paths`` in a stable order, each once; nothing is opened.

    Folders below a named folder add to ``category``. Hidden and lock files are left out.
    """
    found: list[Found] = []
    met: set[Path] = set()
    for path in paths:
        if not _holds(path, Path.exists):
            found.append(_faulty(path, "找不到这个文件或文件夹，请检查路径。"))
        elif _holds(path, Path.is_dir):
            found += _walk(path, PurePath(), category, met)
        else:
            found += _once(path, PurePath(path.name), category, met)
    return found


def read_files(
    files: Sequence[Found], after: Callable[[Found], object] | None = None
) -> Iterator[Item]:
    """The articles and faults of the files, one file at a time.

    A key that comes twice is a Fault. ``after`` is called when a file is done.
    """
    seen: dict[str, str] = {}
    for file in files:
        context = Context(printable(file.path), file.relative, file.category, seen)
        yield from _read(file, context)
        if after:
            after(file)


def read_paths(
    paths: Sequence[Path], category: str = "", after: Callable[[Found], object] | None = None
) -> Iterator[Item]:
    """The articles and faults of files and folders. For a count first, see ``find_files``."""
    yield from read_files(find_files(paths, category), after)


def _read(file: Found, context: Context) -> Iterator[Item]:
    if file.fault:
        yield file.fault
        return
    ending = file.path.suffix.lower()
    known = FORMATS.get(ending)
    if known:
        yield from known.read(file.path, context)
    elif ending in _OLD:
        yield context.fault(f"不支持 {ending}，请用办公软件另存为 {_OLD[ending]}。")
    else:
        yield context.fault(f"不认识这种文件，支持的有 {'、'.join(FORMATS)}。")


def _walk(folder: Path, relative: PurePath, category: str, met: set[Path]) -> Iterator[Found]:
    real = folder.resolve()
    if real in met:
        # A link back into a folder that was walked already.
        return
    met.add(real)
    try:
        entries = sorted((entry.name for entry in folder.iterdir()), key=printable)
    except OSError as error:
        yield _faulty(folder, f"打不开这个文件夹：{error.strerror}。请检查权限。")
        return
    if MARKER in entries and not is_whole(folder):
        yield _faulty(folder, "这个文件夹的导出没有完成，请重新导出后再导入。")
        return
    for name in entries:
        if _SKIPPED.fullmatch(name):
            continue
        path = folder / name
        if _holds(path, Path.is_dir):
            below = "/".join(filter(None, [category, printable(name)]))
            yield from _walk(path, relative / name, below, met)
        else:
            yield from _once(path, relative / name, category, met)


def _once(path: Path, relative: PurePath, category: str, met: set[Path]) -> Iterator[Found]:
    try:
        real = path.resolve()
    except (OSError, RuntimeError):
        real = path
    if real in met:
        return
    met.add(real)
    if _holds(path, Path.is_file):
        yield Found(path, relative, category)
    else:
        # Opening a pipe or a device would wait for ever.
        yield _faulty(path, "不是普通文件（链接已断，或是设备、管道），没有导入。")


def _holds(path: Path, question: Callable[[Path], bool]) -> bool:
    """The answer, or no where the system will not say (no permission, name too long)."""
    try:
        return question(path)
    except OSError:
        return False


def _faulty(path: Path, message: str) -> Found:
    return Found(path, PurePath(path.name), fault=Fault(printable(path), None, message))
