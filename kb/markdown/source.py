"""From an inline token's content back to the body it was cut from."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it.common.utils import MD_TRIM_CHARS
from markdown_it.token import Token

from .parse import Parsed

_CONTAINERS = re.compile(r"(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")
_CLOSING_HASHES = re.compile(r"[ \t]+#+[ \t]*$")
_CUT = re.compile(r"(?<!\\)\|")


@dataclass(slots=True)
class SourceMap:
    """Stretches of content that are one unbroken stretch of the body.

    ``content[i]`` is where stretch i begins in the content, ``body[i]`` in the body.
    """

    content: list[int] = field(default_factory=list)
    body: list[int] = field(default_factory=list)

    def add(self, content: int, body: int) -> None:
        self.content.append(content)
        self.body.append(body)

    def offset(self, position: int) -> int:
        """Where the content's character ``position`` stands in the body."""
        at = max(bisect_right(self.content, position) - 1, 0)
        return self.body[at] + position - self.content[at]

    def stretches(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """``(start, end, body offset)`` of the unbroken stretches of ``content[start:end]``."""
        at = max(bisect_right(self.content, start) - 1, 0)
        while start < end:
            limit = self.content[at + 1] if at + 1 < len(self.content) else end
            stop = min(end, max(limit, start))
            if stop > start:
                yield start, stop, self.body[at] + start - self.content[at]
            start, at = stop, at + 1


def line_map(parsed: Parsed, token: Token) -> SourceMap:
    """Map of a paragraph's or heading's inline token.

    A content line is the end of its source line: containers (``>``, bullets) stand before
    it, and at most white space or a heading's closing hashes after it. What indents a line
    may be part of a tab, so its words alone are matched.
    """
    result = SourceMap()
    line, last = token.map or [0, 0]
    position = 0
    for piece in token.content.split("\n"):
        words = piece.lstrip(" \t")
        while line < last:
            column = _suffix(parsed.lines[line], words)
            line += 1
            if column >= 0:
                indent = len(piece) - len(words)
                result.add(position + indent, parsed.starts[line - 1] + column)
                break
        position += len(piece) + 1
    if not result.content:
        result.add(0, parsed.starts[(token.map or [0])[0]])
    return result


def _suffix(line: str, piece: str) -> int:
    """Column at which ``piece`` ends the line, or -1."""
    line, piece = line.rstrip(), piece.rstrip()
    if not line.endswith(piece):
        line = _CLOSING_HASHES.sub("", line)
    return len(line) - len(piece) if line.endswith(piece) else -1


def fence_map(parsed: Parsed, token: Token) -> SourceMap:
    """Map of a fenced block; its first line is the fence itself.

    A line's words end its source line; the spaces before them may be part of a tab.
    """
    result = SourceMap([0], [parsed.starts[(token.map or [0])[0]]])
    line = (token.map or [0])[0] + 1
    position = 0
    for piece in token.content.removesuffix("\n").split("\n"):
        if line >= len(parsed.lines):
            break
        words = piece.lstrip(" ")
        column = len(parsed.lines[line]) - len(words)
        result.add(position + len(piece) - len(words), parsed.starts[line] + max(column, 0))
        position += len(piece) + 1
        line += 1
    return result


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: its stretch of the body, white space trimmed."""

    start: int
    end: int


def row_cells(parsed: Parsed, line: int) -> list[Cell]:
    """The cells of the table row on ``line``, as the table rule splits them."""
    text = parsed.lines[line]
    containers = _CONTAINERS.match(text)
    begin = containers.end() if containers else 0
    begin += len(text[begin:]) - len(text[begin:].lstrip(MD_TRIM_CHARS))
    end = max(len(text.rstrip(MD_TRIM_CHARS)), begin)
    cuts = [match.start() for match in _CUT.finditer(text, begin, end)]
    edges = [begin - 1, *cuts, end]
    spans = [(left + 1, right) for left, right in itertools.pairwise(edges)]
    if spans and spans[0][0] == spans[0][1]:
        spans.pop(0)
    if spans and spans[-1][0] == spans[-1][1]:
        spans.pop()
    offset = parsed.starts[line]
    return [_trim(text, left, right, offset) for left, right in spans]


def _trim(text: str, left: int, right: int, offset: int) -> Cell:
    piece = text[left:right]
    left += len(piece) - len(piece.lstrip(MD_TRIM_CHARS))
    return Cell(offset + left, offset + left + len(piece.strip(MD_TRIM_CHARS)))


class Cells:
    """Follows the tokens of a document and knows which cell each inline token fills."""

    def __init__(self, parsed: Parsed, body: str) -> None:
        self._parsed = parsed
        self._body = body
        self._row: list[Cell] | None = None
        self._column = -1
        self._line = -1

    def follow(self, token: Token) -> None:
        if token.type == "tr_open" and token.map:
            self._line, self._column, self._row = token.map[0], -1, None
        elif token.type in ("th_open", "td_open"):
            self._column += 1
        elif token.type == "tr_close":
            self._line = -1

    def source(self, token: Token) -> SourceMap | None:
        """Map of the token if it fills a cell; an invented cell has nothing to map."""
        if self._line < 0:
            return None
        if self._row is None:
            self._row = row_cells(self._parsed, self._line)
        if self._column < len(self._row):
            return cell_map(token.content, self._body, self._row[self._column])
        return SourceMap([0], [0])


def label_map(parsed: Parsed, token: Token) -> SourceMap:
    """Map of a callout's label, on the first line of it that is not blank."""
    for line in range(token.meta["line"], len(parsed.lines)):
        opening = parsed.lines[line].find("[!")
        if opening >= 0:
            column = parsed.lines[line].find(token.meta["label"], opening)
            return SourceMap([0], [parsed.starts[line] + column])
    raise AssertionError("a callout has a label")


def cell_map(content: str, body: str, cell: Cell) -> SourceMap:
    """Map of a cell's content, in which ``\\|`` has become ``|``."""
    result = SourceMap()
    result.add(0, cell.start)
    source = cell.start
    for position, char in enumerate(content):
        if char == "|" and body.startswith("\\|", source):
            source += 1
            result.add(position, source)
        source += 1
    return result
