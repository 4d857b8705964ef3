"""Is the sentence a question rests on still there? Pure: texts in, a verdict out.

    look(Source("fee", 1, 0, 16, "开车前8天以上退票，不收退票费"), text).state   # "changed"

Two questions are asked: where the words stand now, and whether what they hang on (title,
headings, the condition of their list) is what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from kb.markdown import Sentence, sentences

from .questions import Source

SAME, MOVED, CHANGED, CONTEXT, GONE, WITHDRAWN = (
    *("same", "moved", "changed"),
    *("context", "gone", "withdrawn"),
)
STALE = {
    CHANGED: "原句改了",
    CONTEXT: "标题或前提改了",
    GONE: "原句没有了",
    WITHDRAWN: "文章现在没有生效的一版",
}
"""Verdicts by which a question is out of date, in words."""

ALIKE = 0.55
"""Share of characters in common from which a sentence is the same one, rewritten."""

LONGEST = 2_000
"""Characters of a quote that are compared: the effort grows with the square."""


@dataclass(frozen=True, slots=True)
class Text:
    """What one reads of an article."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``text[start:end]`` is where the words, or what they became, stand now."""

    state: str
    start: int = 0
    end: int = 0
    quote: str = ""

    @property
    def stale(self) -> bool:
        return self.state in STALE


def look(source: Source, text: Text | None, before: Text | None = None) -> Verdict:
    """Whether a question resting on ``source`` may stand by the article's text now.

    ``text``: in force now, None = nothing is. ``before``: the text of the source's revision,
    by which its surroundings are known; without it only the words are compared.
    """
    if text is None:
        return Verdict(WITHDRAWN)
    if not source.quote:
        return Verdict(SAME)
    body, size = text.body, len(source.quote)
    at = _nearest(body, source.quote, source.start or 0)
    if at is None:
        found = _likest(source.quote, body)
        return Verdict(GONE) if found is None else Verdict(CHANGED, *found, body[slice(*found)])
    state = SAME if at == source.start else MOVED
    if before is not None and source.start is not None:
        was = _surroundings(before, source.start)
        if was != _surroundings(text, at):
            state = CONTEXT
    return Verdict(state, at, at + size, source.quote)


@lru_cache(maxsize=64)
def _sentences(body: str) -> tuple[Sentence, ...]:
    """Questions of one article come together, and reading it takes longer than all the rest."""
    return tuple(sentences(body))


def _nearest(body: str, quote: str, start: int) -> int | None:
    places = []
    at = body.find(quote)
    while at >= 0:
        places.append(at)
        at = body.find(quote, at + 1)
    return min(places, key=lambda place: abs(place - start), default=None)


def _surroundings(text: Text, at: int) -> tuple[object, ...]:
    """What the words at that place hang on."""
    for one in _sentences(text.body):
        if one.start <= at < one.end or one.start >= at:
            return text.title, one.headings, one.condition, one.columns
    return (text.title,)


def _likest(quote: str, body: str) -> tuple[int, int] | None:
    """The span of the body that is most like the quote, if any is like it at all."""
    wanted = quote[:LONGEST]
    matcher = SequenceMatcher(None, b=wanted, autojunk=False)
    best, found = ALIKE, None
    for start, end in _spans(body, quote.count("\n") + 1):
        matcher.set_seq1(body[start:end][:LONGEST])
        if matcher.real_quick_ratio() < best or matcher.quick_ratio() < best:
            continue
        if (score := matcher.ratio()) >= best:
            best, found = score, (start, end)
    return found


def _spans(body: str, lines: int) -> Iterator[tuple[int, int]]:
    """Sentences, and for a quote of several lines as many lines together, one more or less."""
    if lines == 1:
        for one in _sentences(body):
            yield one.start, one.end
        return
    starts = [0, *(place + 1 for place, sign in enumerate(body) if sign == "\n")]
    ends = [*(start - 1 for start in starts[1:]), len(body)]
    for size in {max(1, lines - 1), lines, lines + 1}:
        for first in range(len(starts) - size + 1):
            yield starts[first], ends[first + size - 1]
