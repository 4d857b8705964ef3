"""What reviewers say on passages of a draft, found again when the text has moved."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from .articles import Edit
from .errors import InvalidContent, NotFound
from .models import Remark, Revision
from .reviews import words

MAX_QUOTE = 500
MAX_REMARKS = 300

_MARKS = re.compile(r"[\s*`_|>#\-]+")
"""What stands between the same words in Markdown and on the page it is set as."""


def find_again(body: str, quote: str, start: int) -> tuple[int, int] | None:
    """Where the quoted words stand now, nearest to where they stood; None when they are gone.

    Words taken from the set page are found in their source too: marks between them do not count.
    """
    if not quote:
        return None
    if body[start : start + len(quote)] == quote:
        return start, start + len(quote)
    exact = [(m.start(), m.end()) for m in re.finditer(re.escape(quote), body)]
    found = exact or _loosely(body, quote)
    return min(found, key=lambda place: abs(place[0] - start), default=None)


def _loosely(body: str, quote: str) -> list[tuple[int, int]]:
    letters = [re.escape(char) for char in _MARKS.sub("", quote)]
    if not letters:
        return []
    return [m.span() for m in re.finditer(r"[\s*`_|>#\-]*".join(letters), body)]


def add(
    session: Session, revision: Revision, edit: Edit, *, text: str, quote: str = "", start: int = 0
) -> Remark:
    """Say something on a passage, or with no quote on the whole. Raises InvalidContent."""
    text = words(text, "text", needed="请写下您的意见。")
    quote = quote.replace("\r\n", "\n").strip()
    if len(quote) > MAX_QUOTE:
        raise InvalidContent("quote", f"引文最长{MAX_QUOTE}个字，请只引要紧的一句。")
    if len(revision.remarks) >= MAX_REMARKS:
        raise InvalidContent("text", f"一稿最多{MAX_REMARKS}条批注，请直接和作者谈。")
    start = max(0, min(start, len(revision.body)))
    place = find_again(revision.body, quote, start)
    if quote and place is None:
        raise InvalidContent("quote", "在这一稿的正文里找不到这句引文，请从正文里选取。")
    kept = quote if place is None else revision.body[slice(*place)]
    remark = Remark(
        author_id=edit.by,
        at=edit.at,
        text=text,
        quote=kept,
        start=place[0] if place else 0,
    )
    revision.remarks.append(remark)
    session.flush()
    return remark


def get(revision: Revision, id: int) -> Remark:
    """A remark on this revision. Raises NotFound."""
    found = next((remark for remark in revision.remarks if remark.id == id), None)
    if found is None:
        raise NotFound("批注", str(id))
    return found


def settle(session: Session, remark: Remark, edit: Edit, *, resolved: bool) -> None:
    """Mark it as dealt with, or as open again; harmless when it is so already."""
    if resolved and remark.resolved_at is None:
        remark.resolved_at, remark.resolved_by = edit.at, edit.by
    elif not resolved:
        remark.resolved_at = remark.resolved_by = None
    session.flush()
