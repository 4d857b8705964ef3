"""An answer as a person reads and copies it: the article's own words, without its marks.

A row of a table is read as “列名：值”: both stand in the article as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kb.markdown import row_pairs, sentences
from kb.text import fold


@dataclass(frozen=True, slots=True)
class Said:
    """``text`` as it is read out and copied; ``pairs`` of a table row, else empty.

    ``condition`` says when it holds, without what the text says itself.
    """

    text: str
    condition: str
    pairs: tuple[tuple[str, str], ...] = ()


def said(text: str, condition: str | None = None, columns: tuple[str, ...] = ()) -> Said:
    """Of an answer's verbatim text, its condition, and the columns it stands under."""
    pairs = tuple((_plain(c), _plain(v)) for c, v in row_pairs(text, columns)) if columns else ()
    read = "；".join(f"{c}：{v}" if c else v for c, v in pairs) or _plain(text)
    return Said(read, _unsaid(_plain(condition or ""), read), pairs)


def said_at(body: str, start: int, end: int, condition: str = "") -> Said:
    """The same for a stretch of an article."""
    return said(body[start:end], condition, _columns_at(body, start))


# Revisions are frozen, so what was read of one stays true.
@lru_cache(maxsize=256)
def _columns_at(body: str, start: int) -> tuple[str, ...]:
    return next((s.columns for s in sentences(body) if s.start == start), ())


def _plain(text: str) -> str:
    return text.replace("**", "").replace("`", "")


def _unsaid(condition: str, text: str) -> str:
    """The parts of a condition that the text does not say itself, however it is punctuated."""
    known = _bare(text)
    return "；".join(part for part in condition.split("；") if _bare(part) not in known)


def _bare(text: str) -> str:
    return "".join(character for character in fold(text).text if character.isalnum())
