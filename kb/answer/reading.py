"""An article as the choice of a sentence reads it; it depends on the text alone."""

from __future__ import annotations

from dataclasses import dataclass

from ..markdown import Sentence, sentences
from ..text import fold


@dataclass(frozen=True, slots=True)
class Reading:
    """The sentences that could answer, as written and folded, with what stands over each.

    ``context[i]`` is the folded text that sentence i relies on: its headings, the columns of
    its row, what leads into its list. ``whole`` is title, sentences and contexts as one.
    """

    body: str
    title: str
    sentences: tuple[Sentence, ...]
    folded: tuple[str, ...]
    context: tuple[str, ...]
    whole: str


def read(body: str, title: str = "") -> Reading:
    """Read an article. A revision never changes, so its reading may be kept."""
    found = tuple(s for s in sentences(body) if s.kind != "heading")
    text = fold(body)
    if text.spans is None:
        folded = tuple(text.text[s.start : s.end] for s in found)
    else:
        folded = tuple(fold(s.text).text for s in found)
    context = tuple(map(_context, found))
    folded_title = fold(title).text
    whole = "\n".join((folded_title, *folded, *context))
    return Reading(body, folded_title, found, folded, context, whole)


def _context(sentence: Sentence) -> str:
    parts = (*sentence.headings, *sentence.columns)
    if sentence.kind in ("item", "row") and sentence.condition:
        parts = (*parts, sentence.condition)
    return fold(" ".join(parts)).text if parts else ""
