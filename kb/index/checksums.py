"""Checksums of an engine's files, so that a damaged one is noticed before it answers.

Engines never rewrite a file of theirs that holds data, they write new ones. The list is renewed
after each commit; a file that is not on it yet was committed by a writer that was then killed,
and is vouched for by the engine alone.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

from .contract import IndexStale

LIST = "checksums.json"
_CHUNK = 1 << 20


def seal(folder: Path, pattern: str) -> None:
    """List the files of ``folder`` that match; those already listed are not read again."""
    known = _listed(folder)
    files = {
        path.name: known[path.name] if path.name in known else _sum(path)
        for path in sorted(folder.glob(pattern))
        if path.is_file()
    }
    fresh = folder / f"{LIST}.new"
    fresh.write_text(json.dumps(files), encoding="utf-8")
    os.replace(fresh, folder / LIST)


def verify(folder: Path) -> None:
    """Raises IndexStale if a listed file that is still there has changed."""
    for name, expected in _listed(folder).items():
        path = folder / name
        try:
            changed = path.stat().st_size != expected[0] or _sum(path) != expected
        except FileNotFoundError:
            continue
        if changed:
            raise IndexStale(folder, f"文件 {name} 已损坏")


def _listed(folder: Path) -> dict[str, list[int]]:
    try:
        listed: dict[str, list[int]] = json.loads((folder / LIST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise IndexStale(folder, "校验清单损坏") from None
    return listed


def _sum(path: Path) -> list[int]:
    """Size and CRC-32."""
    size = crc = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
    return [size, crc]
