"""The words that were on the screen, as one text that can be made again and compared.

Renderer 1 writes lines of UTF-8 joined by LF, the first being ``《title》第N版``, then

``answer``     the condition without what the sentence says itself (if anything is left), and
               the answering sentence as it is read out (``web.answers``)
``article``    the marked sentence after ``答案：`` (if one was marked), and the visible text of
               the whole article: one line a block, the cells of a table by a tab
``selection``  a stretch of the visible text of the article, without its white space

SHA-256 of that text is kept with each trace. A renderer that would write anything else gets
another number; traces keep the number of the one that made them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Protocol

from kb import markdown
from kb.models import Revision

from ..answers import Said, said_at

RENDERER = "1"
ANSWER, ARTICLE, SELECTION = "answer", "article", "selection"
SURFACES: Mapping[str, str] = {
    ANSWER: "答案句",
    ARTICLE: "文章全文",
    SELECTION: "选中的文字",
}

_CELL_END = re.compile(r"</t[dh]>\n?")
_BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|tr|pre|blockquote|aside)>|<br\s*/?>|<hr\s*/?>")
_TAG = re.compile(r"<[^>]*>")
_IMAGE = re.compile(r'<img\b[^>]*?\balt="([^"]*)"[^>]*>')


class Placed(Protocol):
    """What says which words of a revision were on the screen: a trace."""

    @property
    def surface(self) -> str: ...
    @property
    def start(self) -> int | None: ...
    @property
    def end(self) -> int | None: ...
    @property
    def condition(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A surface and, where there is one, the stretch of it."""

    surface: str
    start: int | None = None
    end: int | None = None
    condition: str = ""

    @property
    def span(self) -> tuple[int, int] | None:
        if self.start is None or self.end is None:
            return None
        return self.start, self.end


def sha(text: str) -> str:
    # A lone surrogate cannot be in what was published, but a fingerprint must never fail.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def heading(title: str, number: int) -> str:
    return f"《{title}》第{number}版"


def answer(title: str, number: int, shown: Said) -> str:
    lines = [heading(title, number), shown.condition, shown.text]
    return "\n".join(line for line in lines if line)


def article(title: str, number: int, marked: str, html: str) -> str:
    lines = [heading(title, number), marked and f"答案：{marked}", visible(html)]
    return "\n".join(line for line in lines if line)


def selection(title: str, number: int, chosen: str) -> str:
    return f"{heading(title, number)}\n{chosen}"


def visible(html: str) -> str:
    """The text of HTML made by ``kb.markdown.render``, as lines."""
    text = _BLOCK_END.sub("\n", _CELL_END.sub("\t", _IMAGE.sub(r"\1", html)))
    lines = (line.strip() for line in unescape(_TAG.sub("", text)).split("\n"))
    return "\n".join(line for line in lines if line)


def squeezed(text: str) -> str:
    """Without white space: browsers and we do not agree on what stands between blocks."""
    return "".join(text.split())


def locate(revision: Revision, chosen: str) -> Place | None:
    """Where the selected words stand in the article; None where they do not."""
    wanted, whole = squeezed(chosen), squeezed(visible(markdown.render(revision.body)))
    at = whole.find(wanted) if wanted else -1
    return None if at < 0 else Place(SELECTION, at, at + len(wanted))


def conditions(revision: Revision) -> set[str]:
    """Every condition that an answer from this revision can be shown with."""
    return {s.condition for s in markdown.sentences(revision.body) if s.condition}


def again(revision: Revision, place: Placed) -> str:
    """The words as renderer 1 writes them today, from the frozen revision."""
    title, number, body = revision.title, revision.number, revision.body
    start, end = place.start, place.end
    stretch = None if start is None or end is None else (start, end)
    if place.surface == ANSWER:
        return answer(title, number, said_at(body, *(stretch or (0, 0)), place.condition))
    if place.surface == SELECTION:
        whole = squeezed(visible(markdown.render(body)))
        return selection(title, number, whole[slice(*(stretch or (0, 0)))])
    html = markdown.render(body, [stretch] if stretch else [])
    return article(title, number, said_at(body, *stretch).text if stretch else "", html)


def source(revision: Revision) -> str:
    """The fingerprint of all in a revision that decides what it says, and from when to when."""
    values = {
        "article": revision.article.key,
        "revision": revision.number,
        "title": revision.title,
        "body": revision.body,
        "effective_from": utc(revision.effective_from),
        "effective_to": utc(revision.effective_to),
        "published_at": utc(revision.published_at),
        "published_by": revision.published_by,
    }
    return sha(canonical(values))


def canonical(values: Mapping[str, object]) -> str:
    """JSON in one form alone: keys in order, no spaces, characters as they are."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def utc(moment: datetime | None) -> str | None:
    """``2026-11-22T02:00:00.000000Z``"""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
