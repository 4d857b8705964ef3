"""Does a text hold a phrase exactly? Asked of the text itself, never of an index.

Spaces, line ends and Markdown emphasis between characters do not count; a phrase that begins or
ends in a letter or digit does not match within a longer number or word.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BETWEEN = r"[\s*_`~]*"
_ALNUM = r"[0-9a-z]"


@lru_cache(maxsize=512)
def pattern(phrase: str) -> re.Pattern[str]:
    """Finds a folded phrase in folded text."""
    characters = [c for c in phrase if not c.isspace()]
    pieces: list[str] = []
    for before, character in zip(["", *characters], characters, strict=False):
        latin = before.isascii() and before.isalnum() and character.isascii()
        spaced = latin and character.isalnum() and re.search(rf"{re.escape(before)}\s", phrase)
        pieces.append(r"\s*" if latin and spaced else "" if latin else _BETWEEN if before else "")
        pieces.append(re.escape(character))
    start = rf"(?<!{_ALNUM})(?<!{_ALNUM}\.)" if re.match(_ALNUM, phrase) else ""
    end = rf"(?!{_ALNUM})(?!\.{_ALNUM})" if re.match(_ALNUM, phrase[-1:]) else ""
    return re.compile(start + "".join(pieces) + end)


def holds(folded: str, phrase: str) -> bool:
    """Is the folded phrase in the folded text?"""
    return pattern(phrase).search(folded) is not None
