"""The centre's own terms, found in folded text whole: 候补购票, Wi-Fi 热点, 12306 App.

They are found beside the words of the segmenter, not instead of them, so a term never hides a
word. Spaces in a term match any run of spaces or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .folding import fold

_SPACE = re.compile(r"\s+")
_WORDISH = re.compile(r"[a-z0-9]")


class Terms:
    """An immutable matcher over folded terms; longest match first, matches do not overlap."""

    def __init__(self, terms: Iterable[str] = ()) -> None:
        folded = {_SPACE.sub(" ", fold(term).text.strip()) for term in terms}
        self.terms = tuple(sorted(term for term in folded if len(term) > 1))
        self._patterns: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        for term in sorted(self.terms, key=len, reverse=True):
            body = r"\s*".join(map(re.escape, term.split(" ")))
            self._patterns.setdefault(term[0], []).append((term, re.compile(body)))

    def find(self, folded: str) -> Iterator[tuple[str, int, int]]:
        """(term, start, end) in ``folded``, left to right."""
        if not self._patterns:
            return
        firsts = self._patterns
        place, size = 0, len(folded)
        while place < size:
            found = self._at(folded, place) if folded[place] in firsts else None
            if found is None:
                place += 1
            else:
                yield found
                place = found[2]

    def _at(self, folded: str, place: int) -> tuple[str, int, int] | None:
        for term, pattern in self._patterns[folded[place]]:
            m = pattern.match(folded, place)
            if m and _stands_alone(folded, m.start(), m.end()):
                return term, m.start(), m.end()
        return None


NO_TERMS = Terms()


def _stands_alone(folded: str, start: int, end: int) -> bool:
    """A term that begins or ends in a Latin letter or digit does not cut one in two."""
    before, after = folded[start - 1 : start], folded[end : end + 1]
    return not (
        (_WORDISH.match(before) and _WORDISH.match(folded[start]))
        or (_WORDISH.match(after) and _WORDISH.match(folded[end - 1]))
    )
