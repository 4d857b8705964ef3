"""Was a hit found in a file that the article carries, and not in the article itself?

The answer sentence of a hit is always of the article's own text, with its place there. What only
a file says has no such place: the hit then names the file, shows its words, and has no answer.
"""

from __future__ import annotations

from . import ranking
from .query import Query
from .snippets import Piece, snippet

MORE = 1.25
"""How many times as much of the question a file must say as the article does."""


def in_file(query: Query, ranked: ranking.Ranked) -> tuple[str, tuple[Piece, ...]] | None:
    """The file that says clearly more of the question than the article, and its words."""
    document = ranked.document
    own = _share(query, ranked, ranking.text_of(document).whole)
    files = [(name, text, ranking.of_file(text)) for name, text in document.attached]
    shares = [_share(query, ranked, folded.text) for _, _, folded in files]
    best = max(shares)
    if best == 0.0 or best < own * MORE:
        return None
    name, text, folded = files[shares.index(best)]
    terms = [*ranked.terms, *(wide.term for wide in query.widened if wide.sort == "words")]
    return name, snippet(text, folded, _place(folded.text, terms), terms)


def _share(query: Query, ranked: ranking.Ranked, text: str) -> float:
    """How much of the question's pairs of characters, or of its words, stands in the text."""
    terms = query.grams or query.words
    rarest = max(ranked.terms.values(), default=1.0)
    return sum(ranked.terms.get(term, rarest) for term in set(terms) if term in text)


def _place(text: str, terms: list[str]) -> int:
    """Where the stretch with the most of the terms begins, a little before its first."""
    places = sorted(place for term in set(terms) if (place := text.find(term)) >= 0)
    if not places:
        return 0
    most = max(places, key=lambda start: sum(start <= place < start + 90 for place in places))
    line = text.rfind("\n", 0, most) + 1
    return line if most - line < 40 else most
