"""Writing escaped text while marking stretches of the body it came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from html import escape

from .source import SourceMap


class Pen:
    """Collects HTML; a mark opens and closes as its stretch of the body passes by.

    Each unbroken run of marked text becomes one ``<mark>``; any tag in between ends it, so
    marks never straddle elements.
    """

    def __init__(self, marks: Sequence[tuple[int, int]], length: int) -> None:
        self.marks = _clip(marks, length)
        self._ends = [end for _, end in self.marks]
        self._parts: list[str] = []
        self._open = False
        self._used = False

    def raw(self, html: str) -> None:
        """Write HTML as it is; an open mark is closed first."""
        if self._open:
            self._parts.append("</mark>")
            self._open = False
        self._parts.append(html)

    def text(self, content: str, source: SourceMap | None, at: int = 0) -> None:
        """Write text whose first character is character ``at`` of ``source``."""
        if source is None or not self.marks:
            self._write(content, marked=False)
            return
        for start, end, origin in source.stretches(at, at + len(content)):
            self._stretch(content[start - at : end - at], origin)

    def whole(self, content: str, start: int, end: int) -> None:
        """Write text that stands for all of ``body[start:end]``, as an entity does."""
        index = bisect_right(self._ends, start)
        marked = index < len(self.marks) and self.marks[index][0] < end
        self._write(content, marked=marked)

    def html(self) -> str:
        self.raw("")
        return "".join(self._parts)

    def _stretch(self, piece: str, origin: int) -> None:
        position, end = origin, origin + len(piece)
        for index in range(bisect_right(self._ends, origin), len(self.marks)):
            start, stop = self.marks[index]
            if start >= end:
                break
            begin, stop = max(start, position), min(stop, end)
            self._write(piece[position - origin : begin - origin], marked=False)
            self._write(piece[begin - origin : stop - origin], marked=True)
            position = stop
        self._write(piece[position - origin :], marked=False)

    def _write(self, text: str, *, marked: bool) -> None:
        if not text:
            return
        if not marked:
            self.raw(escape(text))
            return
        if not self._open and not text.isspace():
            self._parts.append("<mark>" if self._used else '<mark id="answer">')
            self._open = self._used = True
        self._parts.append(escape(text))


def _clip(marks: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The marks in order and within the body; overlapping and touching ones become one."""
    result: list[tuple[int, int]] = []
    for start, end in sorted((max(a, 0), min(b, length)) for a, b in marks):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
