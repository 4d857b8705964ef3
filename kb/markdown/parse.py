"""The Markdown we accept: its blocks, its inline parts, and where each came from.

CommonMark with tables, strikethrough and callouts, less what would harm a Chinese desk:

- no raw HTML;
- no reference definitions: ``[备注]: 请先核对`` would vanish as a link target;
- no indented code: pasted Chinese text is indented, and never means code.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token

from .callouts import fold_callouts

MAX_NESTING = 24
"""Deeper quotes and lists than this are shown as preformatted text instead."""

_NEWLINE = re.compile(r"\r\n?|\n")
_UNPRINTABLE = re.compile("[\0\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_SCHEMES = frozenset({"", "http", "https", "mailto"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """Block tokens of a body, its lines, and the offset in the body at which each begins."""

    tokens: list[Token]
    lines: list[str]
    starts: list[int]
    too_deep: bool


def parse(body: str) -> Parsed:
    """Block structure alone; inline tokens keep their raw content (see ``inline``)."""
    text, starts = _lines(body)
    tokens: list[Token] = []
    _PARSER.block.parse(text, _PARSER, {}, tokens)
    too_deep = any(token.level >= MAX_NESTING - 1 for token in tokens)
    return Parsed(fold_callouts(tokens), text.split("\n"), starts, too_deep)


def inline(content: str) -> list[Token]:
    """Inline tokens of ``content``; each carries ``meta["at"]``, its offset in ``content``."""
    state = _Traced(content, _PARSER, {}, [])
    _PARSER.inline.tokenize(state)
    for rule in _PARSER.inline.ruler2.getRules(""):
        rule(state)
    return state.tokens


def allowed_link(url: str) -> bool:
    """http, https, mailto, or an address within the product."""
    try:
        return urlsplit(_CONTROL.sub("", url)).scheme.lower() in _SCHEMES
    except ValueError:
        return False


def _lines(body: str) -> tuple[str, list[int]]:
    """The body with every line ending as ``\\n``, and where its lines begin in the body."""
    starts = [0]
    starts.extend(match.end() for match in _NEWLINE.finditer(body))
    text = _NEWLINE.sub("\n", body) if "\r" in body else body
    return printable(text), starts


def printable(text: str) -> str:
    """The text, of the same length, with what no HTML can hold replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


class _Traced(StateInline):
    """Inline state that notes where in the content each token was read.

    Also lets emphasis close beside Chinese: by the letter of CommonMark ``**注意：**请核对``
    stays unbold, since a full-width colon is punctuation and no space follows.
    """

    _pending_at = 0

    def append_pending(self, text: str) -> None:
        if not self.pending:
            self._pending_at = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:
        token = super().pushPending()
        token.meta["at"] = self._pending_at
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.meta["from"] = self.pos
        token.meta["at"] = self._after_siblings()
        return token

    def _after_siblings(self) -> int:
        """Runs of delimiters are pushed one by one before the position moves on."""
        if len(self.tokens) < 2:
            return self.pos
        before = self.tokens[-2]
        if before.type != "text" or before.meta.get("from") != self.pos:
            return self.pos
        return int(before.meta["at"]) + len(before.content)

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        scanned = super().scanDelims(start, canSplitWord)
        if not canSplitWord:
            return scanned
        end = start + scanned.length
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        can_open = scanned.can_open or (_is_chinese(before) and not after.isspace())
        can_close = scanned.can_close or (_is_chinese(after) and not before.isspace())
        return Scanned(can_open, can_close, scanned.length)


def _is_chinese(char: str) -> bool:
    """An ideograph, kana, hangul or full-width sign: text written without spaces."""
    return char >= "\u2e80" and unicodedata.east_asian_width(char) in "WF"


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return allowed_link(url)


def _build() -> _Parser:
    parser = _Parser("commonmark", {"html": False, "breaks": True, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.disable(["html_block", "html_inline", "reference", "code"])
    # Joined fragments would lose their offsets, and nothing here needs them joined.
    parser.disable(["fragments_join"])
    # Rule chains are built on first use; build them before threads share the parser.
    parser.parse("> 预热\n\n- **预热**\n")
    return parser


_PARSER = _build()
