"""Small files of every sort, and articles that carry them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import docx
import openpyxl

from kb import articles, attachments
from kb.articles import Edit
from kb.attachments import Checked

from ..world import World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(64))


def word(*paragraphs: str) -> bytes:
    document, out = docx.Document(), io.BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(out)
    return out.getvalue()


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def bomb() -> bytes:
    """A Word file that unpacks to a thousand times its size."""
    out = io.BytesIO(word("小"))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.bmp", bytes(40 * 1024 * 1024))
    return out.getvalue()


def publish_with_file(world: World, key: str, name: str, content: bytes, text: str = "") -> str:
    """A new revision of the article with that file, in force; returns the file's hash."""
    kept = world.services.files.put(io.BytesIO(content))
    with world.work("reviewer", "kb.publish") as session:
        edit = Edit(world.person("reviewer").id, world.clock())
        ending = "." + name.rpartition(".")[2]
        named = attachments.register(session, kept, Checked(name, ending, text), edit)
        record = articles.get(session, key).latest.record()
        data = attachments.into(record.data, [named])
        articles.put(session, replace(record, data=data), edit, publish_it=True)
    world.sync()
    return kept.sha256
