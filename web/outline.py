"""The headings of a rendered article, for its table of contents."""

from __future__ import annotations

import re
from html import unescape

_HEADING = re.compile(r'<h([1-6]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def outline(html: str) -> list[tuple[str, str, int]]:
    """(id, text, level) of each heading in HTML made by ``kb.markdown.render``."""
    return [
        (id, unescape(_TAG.sub("", text)).strip(), int(level))
        for level, id, text in _HEADING.findall(html)
    ]
