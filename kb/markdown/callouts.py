"""Callouts: a quotation that opens with ``[!适用]`` and the like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from markdown_it.token import Token

CALLOUTS: Mapping[str, str] = MappingProxyType(
    {
        "适用": "适用",
        "適用": "适用",
        "例外": "例外",
        "时限": "时限",
        "時限": "时限",
        "注意": "注意",
        "提示": "提示",
        "NOTE": "提示",
        "TIP": "提示",
        "IMPORTANT": "注意",
        "WARNING": "注意",
        "CAUTION": "注意",
    }
)
"""What may be written between ``[!`` and ``]``, and the kind it means."""

_OPENING = re.compile(r"\[!\s*([^\[\]\s]{1,12})\s*\][ \t\u3000]*\n?")


def fold_callouts(tokens: list[Token]) -> list[Token]:
    """Turn quotations that are callouts into ``callout_open`` … ``callout_close``.

    The opening token carries ``meta``: ``kind``, ``label`` (as written) and ``line``.
    """
    if not any(token.type == "blockquote_open" for token in tokens):
        return tokens
    out: list[Token] = []
    levels: list[int] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        label = _label(tokens, index)
        if label is not None:
            levels.append(token.level)
            index = _open(tokens, index, label, out)
            continue
        if token.type == "blockquote_close" and levels and levels[-1] == token.level:
            levels.pop()
            token.type, token.tag = "callout_close", "aside"
        out.append(token)
        index += 1
    return out


def _label(tokens: list[Token], index: int) -> re.Match[str] | None:
    if tokens[index].type != "blockquote_open" or index + 2 >= len(tokens):
        return None
    if tokens[index + 1].type != "paragraph_open":
        return None
    match = _OPENING.match(tokens[index + 2].content)
    return match if match and match[1].upper() in CALLOUTS else None


def _open(tokens: list[Token], index: int, label: re.Match[str], out: list[Token]) -> int:
    """Append the opening; return the index of the first token after what it consumed."""
    token, content = tokens[index], tokens[index + 2]
    token.type, token.tag = "callout_open", "aside"
    lines = content.map or [0, 0]
    token.meta = {"kind": CALLOUTS[label[1].upper()], "label": label[1], "line": lines[0]}
    out.append(token)
    rest = content.content[label.end() :]
    if not rest:
        return index + 4
    content.content = rest
    content.map = [lines[0] + label[0].count("\n"), lines[1]]
    return index + 1
