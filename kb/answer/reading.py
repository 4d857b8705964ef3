"""An article as the choice of a sentence reads it; it depends on the text alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ..markdown import Sentence, sentences
from ..text import fold
from .evidence import KINDS, LEANS_ON


@dataclass(frozen=True)
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
    _seen: dict[str, tuple[list[str], ...]] = field(default_factory=dict, compare=False, repr=False)

    def seen(self, want: str) -> tuple[list[str], ...]:
        """What in each sentence looks like a kind of answer (key of ``KINDS``)."""
        if want not in self._seen:
            pattern = KINDS[want].seen
            self._seen[want] = tuple(
                [match[0] for match in pattern.finditer(text)] for text in self.folded
            )
        return self._seen[want]

    @cached_property
    def leans(self) -> tuple[float, ...]:
        """1 for each sentence that speaks of what the one before it named."""
        return tuple(float(LEANS_ON.match(text) is not None) for text in self.folded)


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
