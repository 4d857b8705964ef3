"""Markdown to plain text."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it.token import Token

from .parse import inline, parse
from .render import LONGEST


def plain(body: str) -> str:
    """What a reader sees of the body: one line a block, a table row's cells by two spaces."""
    if len(body) > LONGEST:
        return body
    parsed = parse(body)
    if parsed.too_deep:
        return body
    return "".join(_pieces(parsed.tokens)).strip("\n")


def _pieces(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        match token.type:
            case "inline":
                yield "".join(map(_text, inline(token.content)))
            case "fence":
                yield token.content
            case "callout_open":
                yield token.meta["kind"] + "："
            case "th_close" | "td_close":
                yield "  "
            case "paragraph_close" | "heading_close" | "tr_close":
                yield "\n"


def _text(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    if token.type == "image":
        return "".join(map(_text, token.children or []))
    return token.content
