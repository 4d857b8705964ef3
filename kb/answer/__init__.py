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
from .features import Features, observe
from .question import Question, ask
from .reading import Reading, read
from .weights import TRUST, WEIGHTS

__all__ = ["Answer", "Question", "Reading", "ask", "best", "choose", "read"]

LEAST = 0.18
"""Below this trust there is no answer; ``tests.bench.answers`` prints what other values do."""

LONGEST = 120
"""Characters up to which a sentence is given together with the one it leans on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``text == body[start:end]``; ``score`` in 0..1 says how far to trust it.

    ``condition``: when it holds (see ``kb.markdown.Sentence``). ``signs``: what spoke for it,
    name and weight, strongest first.
    """

    text: str
    start: int
    end: int
    score: float
    condition: str | None
    signs: tuple[tuple[str, float], ...] = ()


def best(query: str, body: str, *, title: str = "") -> Answer | None:
    """The sentence of ``body`` that answers ``query``; None where none is good enough.

    Two adjacent sentences are given where the second leans on the first (他…, 因此…).
    """
    return choose(ask(query), read(body, title))


def choose(question: Question, reading: Reading) -> Answer | None:
    """As :func:`best`, for a question and an article already read."""
    if not reading.sentences:
        return None
    rows = observe(question, reading)
    scores = [_score(row) for row in rows]
    index = max(range(len(scores)), key=scores.__getitem__)
    trust = _trust(question, reading, index, _lead(scores, index))
    if trust < LEAST:
        return None
    first = index - 1 if needs_previous(reading, index) else index
    start, end = reading.sentences[first].start, reading.sentences[index].end
    return Answer(
        reading.body[start:end],
        start,
        end,
        round(trust, 4),
        reading.sentences[index].condition,
        _signs(rows[index]),
    )


def needs_previous(reading: Reading, index: int) -> bool:
    """Does the sentence lean on the one before it, and are both short enough to read out?"""
    if index == 0:
        return False
    text = reading.folded[index]
    if not (LEANS_ON.match(text) or GOES_ON.match(text)):
        return False
    before, sentence = reading.sentences[index - 1], reading.sentences[index]
    return before.paragraph == sentence.paragraph and sentence.end - before.start <= LONGEST


def _score(row: Features) -> float:
    return sum(WEIGHTS.get(name, 0.0) * value for name, value in row.items())


def _lead(scores: Sequence[float], index: int) -> float:
    """The share of the article's belief that falls on the sentence."""
    return 1.0 / sum(math.exp(score - scores[index]) for score in scores)


def _trust(question: Question, reading: Reading, index: int, lead: float) -> float:
    signs = trust_signs(question, reading, index, lead)
    return 1.0 / (
        1.0 + math.exp(-sum(TRUST.get(name, 0.0) * value for name, value in signs.items()))
    )


def trust_signs(question: Question, reading: Reading, index: int, lead: float) -> Features:
    """What speaks for trusting the chosen sentence at all."""
    asked = question.characters
    here = reading.title + reading.folded[index] + reading.context[index]
    anywhere = {c for c in asked if c in here or any(c in text for text in reading.folded)}
    count = max(1, len(asked))
    return {
        "bias": 1.0,
        "lead": lead,
        "said here": sum(c in here for c in asked) / count,
        "said anywhere": len(anywhere) / count,
    }


def _signs(row: Features) -> tuple[tuple[str, float], ...]:
    weighed = ((name, WEIGHTS.get(name, 0.0) * value) for name, value in row.items())
    return tuple(sorted((s for s in weighed if s[1]), key=lambda s: -abs(s[1])))
