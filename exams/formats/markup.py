"""HTML of other systems as plain text, saying what was lost on the way."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    (
        *("p", "div", "br", "li", "ul", "ol", "tr", "table", "blockquote", "pre", "hr"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "section", "article"),
    )
)
_MEDIA = frozenset(
    ("img", "audio", "video", "object", "embed", "iframe", "svg", "math", "canvas", "source")
)
_DROPPED = frozenset(("script", "style", "template", "title"))
_SPACES = re.compile(r"[ \t\r\n\f]+")


class _Text(HTMLParser):
    """Collects lines; white space is what HTML makes of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = [""]
        self.losses: set[str] = set()
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.lines.append("")
        if tag in _DROPPED:
            self._inside += 1
        if tag in _MEDIA:
            self.losses.add("media")
        if tag == "table":
            self.losses.add("table")
        if tag in ("sub", "sup"):
            self.losses.add("script")
        if tag in ("td", "th"):
            self.lines[-1] += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.lines.append("")
        if tag in _DROPPED:
            self._inside = max(self._inside - 1, 0)

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.lines[-1] += data


def from_html(html: str) -> tuple[str, set[str]]:
    """The text of a piece of HTML, a line a block, and what of it is no text.

    The losses are ``media``, ``table`` and ``script`` (super- and subscript).
    """
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (_SPACES.sub(" ", line).replace("\xa0", " ").strip() for line in parser.lines)
    return "\n".join(line for line in lines if line), parser.losses
