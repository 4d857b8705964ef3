"""Static files under an address that changes with their content, cached for a year."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "static"


class Assets:
    """One digest over the whole folder: relative addresses inside style sheets keep working."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.digest = _digest(folder)

    def url(self, name: str) -> str:
        """The address of a file such as ``css/zhixi.css``."""
        return f"/static/{self.digest}/{name}"


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
