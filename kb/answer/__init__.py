"""The one sentence of an article that answers a question, verbatim, or none.

    answer = best("退票要扣多少钱", body, title="退票手续费")

``ask`` and ``read`` do the two halves of the work that can be shared: a question is read once
for many articles, an article once for many questions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .evidence import GOES_ON, LEANS_ON
from .features import TELLING, Columns, Features, observe
from .question import Question, ask
from .reading import Reading, read
from .weights import TRUST, WEIGHTS

__all__ = ["Answer", "Question", "Reading", "ask", "best", "choose", "read"]

_WEIGHTS = dict(WEIGHTS)

LEAST = 0.25
"""Below this trust there is no answer; ``tests.bench.answers`` prints what other values do."""

LONGEST = 120
"""Characters up to which a sentence is given together with the one it leans on."""


MERE = 5
"""A sentence of so few characters says yes or no, and the next one what to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``text == body[start:end]``; ``score`` in 0..1 says how far to trust it.

    ``condition``: when it holds; ``columns``: the titles over a table row (see
    ``kb.markdown.Sentence``). ``signs``: what spoke for it, name and weight, strongest first.
    """

    text: str
    start: int
    end: int
    score: float
    condition: str | None
    signs: tuple[tuple[str, float], ...] = ()
    columns: tuple[str, ...] = ()


def best(query: str, body: str, *, title: str = "") -> Answer | None:
    """The sentence of ``body`` that answers ``query``; None where none is good enough.

    Two adjacent sentences are given where one needs the other (see :func:`window`).
    """
    return choose(ask(query), read(body, title))


def choose(question: Question, reading: Reading) -> Answer | None:
    """As :func:`best`, for a question and an article already read."""
    if not reading.sentences:
        return None
    columns = observe(question, reading)
    scores = _scores(columns, len(reading.sentences))
    index = max(range(len(scores)), key=scores.__getitem__)
    trust = _trust(question, reading, index, _lead(scores, index))
    if trust < LEAST:
        return None
    first, last = window(reading, index)
    start, end = reading.sentences[first].start, reading.sentences[last].end
    return Answer(
        reading.body[start:end],
        start,
        end,
        round(trust, 4),
        reading.sentences[index].condition,
        _signs(columns, index),
        reading.sentences[index].columns,
    )


def window(reading: Reading, index: int) -> tuple[int, int]:
    """First and last sentence to give where ``index`` answers: mostly that one alone.

    Two where the second leans on the first (他…, 因此…) or either is a mere 能。 or 可以。
    """
    if _go_together(reading, index - 1) and _second_needs_first(reading, index):
        return index - 1, index
    if _go_together(reading, index) and _is_mere_word(reading, index):
        return index, index + 1
    return index, index


def _go_together(reading: Reading, index: int) -> bool:
    """May sentences ``index`` and the next be read out as one?"""
    if index < 0 or index + 1 >= len(reading.sentences):
        return False
    first, second = reading.sentences[index : index + 2]
    return first.paragraph == second.paragraph and second.end - first.start <= LONGEST


def _second_needs_first(reading: Reading, index: int) -> bool:
    text = reading.folded[index]
    leans = LEANS_ON.match(text) or GOES_ON.match(text)
    return leans is not None or _is_mere_word(reading, index - 1)


def _is_mere_word(reading: Reading, index: int) -> bool:
    return len(reading.folded[index]) <= MERE


def _scores(columns: Columns, count: int) -> list[float]:
    scores = [0.0] * count
    for name, column in columns.items():
        if weight := _WEIGHTS.get(name):
            scores = [score + weight * value for score, value in zip(scores, column, strict=True)]
    return scores


def _lead(scores: Sequence[float], index: int) -> float:
    """The share of the article's belief that falls on the sentence."""
    return 1.0 / sum(math.exp(score - scores[index]) for score in scores)


def _trust(question: Question, reading: Reading, index: int, lead: float) -> float:
    signs = trust_signs(question, reading, index, lead)
    return 1.0 / (
        1.0 + math.exp(-sum(TRUST.get(name, 0.0) * value for name, value in signs.items()))
    )


def trust_signs(question: Question, reading: Reading, index: int, lead: float) -> Features:
    """What speaks for trusting the chosen sentence at all.

    A title that says what its article answers is weighed apart: there the first sentence is
    mostly the answer, whatever words the caller used.
    """
    asked = question.characters
    here = reading.title + reading.folded[index] + reading.context[index]
    count = max(1, len(asked))
    signs = {
        "bias": 1.0,
        "lead": lead,
        "first": float(index == 0),
        "said here": sum(c in here for c in asked) / count,
        "said anywhere": sum(c in reading.whole for c in asked) / count,
        "said in title": sum(c in reading.title for c in asked) / count,
    }
    kind = "telling" if len(reading.title) >= TELLING else "naming"
    return {f"{name}, {kind} title": value for name, value in signs.items()}


def _signs(columns: Columns, index: int) -> tuple[tuple[str, float], ...]:
    weighed = [(name, _WEIGHTS.get(name, 0.0) * column[index]) for name, column in columns.items()]
    return tuple(sorted((s for s in weighed if s[1]), key=lambda s: -abs(s[1])))
