"""Sounds and films of lessons: checked before they are kept, swept once no lesson names them."""

from __future__ import annotations

from datetime import datetime, timedelta

from werkzeug.datastructures import FileStorage

from exams import lessons, media
from exams.media import Media
from kb.errors import InvalidContent
from kb.storage import Kept, Storage

from .db import Database

SWEEP_AFTER = timedelta(days=1)
"""A file that no row names may belong to a lesson that is being written."""


def received(file: FileStorage | None, store: Storage, megabytes: int) -> tuple[Kept, Media]:
    """A file of a form, in the store. Raises InvalidContent, and keeps nothing then."""
    if file is None or not file.filename:
        raise InvalidContent(media.FIELD, "请先选择一个视频或音频文件。")
    size = file.stream.seek(0, 2)
    if size > megabytes * media.MIB:
        raise InvalidContent(
            media.FIELD,
            f"文件有 {size / media.MIB:.0f} MB，最多 {megabytes} MB。请压缩，或切成几课。",
        )
    found = media.examine(file.stream)  # type: ignore[arg-type]
    file.stream.seek(0)
    return store.put(file.stream), found  # type: ignore[arg-type]


def sweep(db: Database, store: Storage, at: datetime) -> int:
    """Delete files that no lesson names, but for fresh ones; says how many. Halves of uploads
    that were cut off by a kill go too."""
    before = (at - SWEEP_AFTER).timestamp()
    store.tidy(before)
    with db.reading() as session:
        named = lessons.used_files(session)
    gone = [name for name, put_at in store.all() if put_at < before and name not in named]
    for name in gone:
        store.delete(name)
    return len(gone)
