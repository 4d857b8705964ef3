"""Files that come with an article's form: checked and kept before the text is saved with them.

What is kept and then not named, because the save failed, is taken away by ``zhixi kb tidy``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flask import request
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from kb import attachments
from kb.articles import Edit
from kb.attachments import Checked
from kb.errors import InvalidContent
from kb.records import Record
from kb.storage import Kept

from .context import services

Upload = tuple[Kept, Checked]


def received(errors: dict[str, str]) -> list[Upload]:
    """The files of this request, kept in the storage.

    What is wrong with one goes into ``errors``. Where anything is wrong, nothing is kept: a
    browser cannot fill in files again, so all of them must be chosen once more.
    """
    files = [file for file in request.files.getlist(attachments.FIELD) if file.filename]
    if errors:
        if files:
            errors[attachments.FIELD] = "请改好下面的几处，再选一次附件：浏览器不会记住选过的文件。"
        return []
    try:
        if len(files) > attachments.MOST:
            raise InvalidContent(attachments.FIELD, f"一篇最多{attachments.MOST}个附件。")
        with tempfile.TemporaryDirectory(prefix="zhixi-upload-") as folder:
            found = [_checked(file, Path(folder) / str(n)) for n, file in enumerate(files)]
            return [(_kept(path), what) for path, what in found]
    except InvalidContent as wrong:
        errors[attachments.FIELD] = f"{wrong}附件请再选一次。" if files else str(wrong)
        return []


def _checked(file: FileStorage, path: Path) -> tuple[Path, Checked]:
    limit = services().settings.attachment_mb * attachments.MIB
    file.stream.seek(0)
    with path.open("wb") as target:
        attachments.copied(file.stream, target, limit)
    return path, attachments.checked(path, file.filename or "", file.mimetype, limit)


def _kept(path: Path) -> Kept:
    with path.open("rb") as file:
        return services().files.put(file)


def attached(writes: Session, record: Record, uploads: Sequence[Upload], edit: Edit) -> Record:
    """The record with the new files, and without those that the form takes away.

    Raises InvalidContent where they are too many.
    """
    gone = set(request.form.getlist("detach"))
    before = attachments.named(record.data)
    if not uploads and not any(file.name in gone for file in before):
        return record
    new = [attachments.register(writes, kept, what, edit) for kept, what in uploads]
    stays = [file for file in before if file.name not in gone]
    same = {(file.name, file.sha256) for file in stays}
    fresh = [file for file in new if (file.name, file.sha256) not in same]
    return replace(record, data=attachments.into(record.data, [*stays, *fresh]))
