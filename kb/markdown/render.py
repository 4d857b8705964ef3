"""Markdown to sanitised HTML, with stretches of the body marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html import escape

import nh3
from markdown_it.token import Token

from .callouts import CALLOUTS
from .parse import Parsed, inline, parse, printable
from .pen import Pen
from .source import Cells, SourceMap, fence_map, label_map, line_map

LONGEST = 120_000
"""Characters beyond which a body is shown as preformatted text."""

_SIDES = ("left", "center", "right")
_NOT_IN_SLUG = re.compile(r"[^\w-]+")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_CLEANER = nh3.Cleaner(
    tags={
        *_HEADINGS,
        *("p", "br", "hr", "ul", "ol", "li", "blockquote", "aside", "pre", "code"),
        *("em", "strong", "s", "mark", "a", "img"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    },
    clean_content_tags=set(),
    attributes={
        **{tag: {"id"} for tag in (*_HEADINGS, "mark")},
        "a": {"href", "title"},
        "img": {"src", "alt", "title"},
        "ol": {"start"},
    },
    tag_attribute_values={"aside": {"data-kind": set(CALLOUTS.values())}},
    allowed_classes={
        "aside": {"callout"},
        "p": {"callout-title"},
        "th": set(_SIDES),
        "td": set(_SIDES),
    },
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener",
)


def render(body: str, marks: Sequence[tuple[int, int]] = ()) -> str:
    """The body as sanitised HTML.

    ``marks`` are half-open ranges of characters of the body, in any order; what is visible
    of them is wrapped in ``<mark>``, one for each unbroken run of text, the first with
    ``id="answer"``. Headings get ids that begin with ``s-``.
    """
    pen = Pen(marks, len(body))
    parsed = parse(body) if len(body) <= LONGEST else None
    if parsed is None or parsed.too_deep:
        _preformatted(body, pen)
    else:
        _Writer(parsed, body, pen).write()
    return _CLEANER.clean(pen.html())


def _preformatted(body: str, pen: Pen) -> None:
    pen.raw("<pre>")
    pen.text(printable(body), SourceMap([0], [0]))
    pen.raw("</pre>")


class _Writer:
    """Writes one parsed body with a pen."""

    def __init__(self, parsed: Parsed, body: str, pen: Pen) -> None:
        self._parsed = parsed
        self._pen = pen
        self._cells = Cells(parsed, body)
        self._ids: set[str] = set()

    def write(self) -> None:
        for index, token in enumerate(self._parsed.tokens):
            self._cells.follow(token)
            match token.type:
                case "inline":
                    self._inline(token)
                case "fence":
                    self._fence(token)
                case "callout_open":
                    self._callout(token)
                case "heading_open":
                    token.attrSet("id", self._id(self._parsed.tokens[index + 1].content))
                    self._tag(token)
                case "th_open" | "td_open":
                    side = str(token.attrs.pop("style", "")).removeprefix("text-align:")
                    if side:
                        token.attrSet("class", side)
                    self._tag(token)
                case _:
                    self._tag(token)

    def _tag(self, token: Token) -> None:
        if token.hidden:
            return
        if token.nesting < 0:
            self._pen.raw(f"</{token.tag}>\n" if token.block else f"</{token.tag}>")
            return
        attributes = "".join(
            f' {name}="{escape(str(value))}"' for name, value in token.attrs.items()
        )
        self._pen.raw(f"<{token.tag}{attributes}>")

    def _callout(self, token: Token) -> None:
        kind = token.meta["kind"]
        self._pen.raw(f'<aside class="callout" data-kind="{kind}">\n<p class="callout-title">')
        label, source = token.meta["label"], label_map(self._parsed, token)
        start = source.offset(0)
        self._pen.whole(kind, start, start + len(label))
        self._pen.raw("</p>\n")

    def _fence(self, token: Token) -> None:
        self._pen.raw("<pre><code>")
        self._pen.text(token.content, fence_map(self._parsed, token))
        self._pen.raw("</code></pre>\n")

    def _inline(self, token: Token) -> None:
        source = None
        if self._pen.marks:
            source = self._cells.source(token) or line_map(self._parsed, token)
        children = inline(token.content)
        for index, child in enumerate(children):
            match child.type:
                case "text" if _in_autolink(children, index):
                    self._address(child, token.content, source)
                case "text":
                    self._pen.text(child.content, source, child.meta["at"])
                case "text_special":
                    self._special(child, source)
                case "code_inline":
                    self._code(child, token.content, source)
                case "softbreak" | "hardbreak":
                    self._pen.raw("<br>\n")
                case "image":
                    self._image(child)
                case _:
                    self._tag(child)

    def _special(self, token: Token, source: SourceMap | None) -> None:
        """An entity or an escaped character: what is written is not what is read."""
        if source is None:
            self._pen.text(token.content, None)
            return
        start = source.offset(token.meta["at"])
        self._pen.whole(token.content, start, start + len(token.markup))

    def _address(self, token: Token, content: str, source: SourceMap | None) -> None:
        """The text of ``<https://…>``: decoded, so perhaps not as it was written."""
        if source is None:
            self._pen.text(token.content, None)
            return
        at = token.meta["at"] + 1
        start = source.offset(at)
        end = start + content.index(">", at) - at
        if end - start == len(token.content):
            self._pen.text(token.content, source, at)
        else:
            self._pen.whole(token.content, start, end)

    def _code(self, token: Token, content: str, source: SourceMap | None) -> None:
        at = token.meta["at"] + len(token.markup)
        if content[at : at + len(token.content)].replace("\n", " ") != token.content:
            at += 1  # one space beside each delimiter does not count
        self._pen.raw("<code>")
        self._pen.text(token.content, source, at)
        self._pen.raw("</code>")

    def _image(self, token: Token) -> None:
        """Images of the product itself are shown; others are a link, not a tracking pixel."""
        address = str(token.attrs.get("src", ""))
        text = escape(_plain_of(token) or address)
        if _is_outside(address):
            self._pen.raw(f'<a href="{escape(address)}">{text}</a>')
        else:
            self._pen.raw(f'<img src="{escape(address)}" alt="{text}">')

    def _id(self, content: str) -> str:
        folded = unicodedata.normalize("NFKC", content).strip().lower()
        slug = "s-" + _NOT_IN_SLUG.sub("-", folded)[:80].strip("-")
        found, number = slug, 1
        while found in self._ids:
            number += 1
            found = f"{slug}-{number}"
        self._ids.add(found)
        return found


def _in_autolink(children: Sequence[Token], index: int) -> bool:
    before = children[index - 1] if index else None
    return before is not None and before.type == "link_open" and before.markup == "autolink"


def _is_outside(address: str) -> bool:
    return "//" in address[:9] or ":" in address.split("/", 1)[0]


def _plain_of(token: Token) -> str:
    """The text of an image's description, its markup left out."""
    return "".join(
        _plain_of(child) if child.type == "image" else child.content
        for child in token.children or []
    )
