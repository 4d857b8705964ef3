"""Plain text: a short first line is the title, the rest the body."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import fields
from .encoding import decode
from .source import Context, Item, reader

MAX_TITLE = 60
"""Characters up to which a first line is a title, and not a paragraph."""


@reader()
def read(path: Path, context: Context) -> Iterator[Item]:
    """The file's one article."""
    title, body = first_line_as_title(decode(path.read_bytes()))
    values = {"key": context.key, "title": title or context.title, "body": body}
    yield fields.article(values, context)


def first_line_as_title(text: str) -> tuple[str, str]:
    """Title and body; '' and the whole text if it does not begin with a title."""
    text = text.strip("\n")
    first, _, rest = text.lstrip().partition("\n")
    title = first.strip()
    if not rest.strip() or len(title) > MAX_TITLE or title.endswith(("。", "；", "，")):
        return "", text
    return title, rest.strip("\n")
