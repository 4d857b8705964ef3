"""How much was said: the unit of Chinese speech rate."""

from __future__ import annotations

import re
import unicodedata

_CHINESE = "〇㐀-鿿豈-﫿\U00020000-\U0003ffff"
_UNIT = re.compile(rf"[{_CHINESE}]|\d|[^\W\d_{_CHINESE}]+(?:['’][^\W\d_{_CHINESE}]+)*")


def spoken(text: str) -> int:
    """Chinese characters, digits (each is read as a syllable) and words of other scripts."""
    return sum(1 for _ in _UNIT.finditer(unicodedata.normalize("NFKC", text)))
