"""Files that people name: read whole, or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

from .errors import BadFile


def content(path: Path, largest: int) -> bytes:
    """The bytes of a file. Raises BadFile where there is none, or it is larger than ``largest``."""
    size = size_of(path)
    if size > largest:
        raise BadFile(path.name, f"文件有 {size} 字节，最多 {largest} 字节。")
    return path.read_bytes()


def size_of(path: Path) -> int:
    """Bytes of a file that can be read. Raises BadFile."""
    try:
        if path.is_dir():
            raise BadFile(path.name, "这是文件夹，请给出文件。")
        with path.open("rb"):
            return path.stat().st_size
    except FileNotFoundError:
        raise BadFile(path.name, "找不到这个文件。") from None
    except PermissionError:
        raise BadFile(path.name, "没有读取这个文件的权限。") from None
    except (OSError, ValueError) as error:  # a name no file system takes
        raise BadFile(path.name, "无法读取这个文件。") from error
