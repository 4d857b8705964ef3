"""A file appears whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path``; it takes the path's place if the block ends well."""
    target = path.resolve()
    draft = target.with_name(f".{target.name[:80]}.{secrets.token_hex(4)}.part")
    # Made here, not by mkstemp: the export gets the permissions any new file gets.
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield draft
        keep(draft)
        draft.replace(target)
        keep(target.parent)
    except BaseException:
        with suppress(FileNotFoundError):
            draft.unlink()
        raise


def keep(path: Path) -> None:
    """Have the file or folder on the disk before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
