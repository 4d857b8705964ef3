"""Articles that may say the same already, as the person who is asking may read them."""

from __future__ import annotations

from dataclasses import dataclass

from kb import articles, duplicates, gate
from kb.duplicates import LEAST, Sketch

from .context import now, reading, services, viewer

LOOKED_AT = 20
"""Search results that are compared: a text that says the same is found by its question."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An article and how like it is, 0…1 (see kb.duplicates)."""

    key: str
    title: str
    similarity: float

    @property
    def near(self) -> bool:
        """Whether it says nearly the same."""
        return self.similarity >= LEAST


def similar(text: str, question: str, own: str = "", limit: int = 5) -> list[Similar]:
    """The likest articles in force, likest first; ``own`` is the key of the text itself."""
    library = services().library
    hits = library.search(question, viewer=viewer(), limit=LOOKED_AT, session=reading()).hits
    found = [articles.find(reading(), hit.key) for hit in hits if hit.key != own]
    ids = [article.id for article in found if article is not None]
    texts = gate.in_force_of(reading(), viewer(), now(), ids)
    sketches = [(r.article.key, Sketch.of(r.record())) for r in texts.values()]
    titles = {r.article.key: r.title for r in texts.values()}
    return [
        Similar(key, titles[key], score)
        for key, score in duplicates.near(text, sketches, least=0.05, limit=limit)
    ]
