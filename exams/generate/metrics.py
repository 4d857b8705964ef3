"""Figures of generated questions."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from statistics import NormalDist
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kb.text import fold

from ..duplicates import pairs, said
from ..questions import Question

if TYPE_CHECKING:
    from . import Generated

BAR = 0.05
"""A rule that never read an article may be this much better than chance."""

_Z = NormalDist().inv_cdf(0.975)


def measure(made: Generated) -> dict[str, Any]:
    """What was made, whether it stands, how well blind rules do, and why the others fell.

    Shares are {"n", "share", "low", "high"} with Wilson's 95 % interval. ``blind``: rules that
    never read an article, over the single choices and the statements, against chance; ``ahead``
    says that a rule beats it by more than five points. ``without``: articles that gave none, and
    what most of their sentences fell for.
    """
    questions = made.questions
    sources = Counter(question.source.article for question in questions if question.source)
    judged = [question.answer for question in questions if question.kind == "judge"]
    return {
        "articles": made.articles,
        "articles_with_questions": len(sources),
        "without": {"n": len(made.without), "why": dict(Counter(made.without.values()))},
        "questions": len(questions),
        "per_article": round(len(questions) / made.articles, 2) if made.articles else None,
        "most_per_article": max(sources.values(), default=0),
        "by_kind": dict(Counter(question.kind for question in questions).most_common()),
        "by_difficulty": dict(Counter(question.difficulty for question in questions)),
        "by_area": dict(Counter(_area(question) for question in questions).most_common()),
        "keys_unique": share([one == 1 for one in made.places]),
        "wrong_options_false": share([not found for found in made.true_elsewhere]),
        "near_duplicates": len(pairs((q.key, said(q.as_dict())) for q in questions)),
        "found": _found(made.ranks),
        "found_untitled": _found(made.untitled),
        "judge_true": share(judged),
        "blind": blind(questions),
        "rejected": dict(sorted(made.rejected.items(), key=lambda item: -item[1])),
    }


def _area(question: Question) -> str:
    return question.topics[0].partition("/")[0] if question.topics else ""


def _found(ranks: Sequence[int | None]) -> dict[str, Any]:
    """How many stems find their article first, and among the first three."""
    return {
        f"within_{most}": share([rank is not None and rank <= most for rank in ranks])
        for most in (1, 3)
    }


def share(hits: Sequence[Fraction | bool]) -> dict[str, Any] | None:
    """The mean of hits with Wilson's 95 % interval; None of none.

    Wilson, E. B. (1927), Journal of the American Statistical Association 22: 209–212. A hit may
    be a half: a rule that cannot tell two options apart draws one of them.

    >>> share([True] * 8 + [False] * 2)
    {'n': 10, 'share': 0.8, 'low': 0.49, 'high': 0.943}
    """
    if not hits:
        return None
    n = len(hits)
    mean = float(sum(hits, Fraction(0)) / n)
    spare = _Z * _Z / n
    middle = (mean + spare / 2) / (1 + spare)
    half = _Z / (1 + spare) * math.sqrt(mean * (1 - mean) / n + spare / (4 * n))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return {"n": n, "share": round(mean, 3), "low": round(low, 3), "high": round(high, 3)}


def blind(questions: Sequence[Question]) -> dict[str, Any]:
    """{rule: a share with what chance would hit and whether the rule is ahead of it}"""
    single = [question for question in questions if question.kind == "single"]
    judged = [question for question in questions if question.kind == "judge"]
    found = {}
    for name, rule in _RULES.items():
        if hits := share([_hit(question, rule) for question in single]):
            expected = sum(Fraction(1, len(question.options)) for question in single)
            found[name] = _against(hits, float(expected / len(single)))
    for name, says in _VERDICTS.items():
        if hits := share([question.answer == says(question) for question in judged]):
            found[name] = _against(hits, 0.5)
    return found


def _against(hits: dict[str, Any], expected: float) -> dict[str, Any]:
    n, accuracy, low, high = hits.values()
    return {
        "n": n,
        "accuracy": accuracy,
        "low": low,
        "high": high,
        "chance": round(expected, 3),
        "ahead": accuracy > expected + BAR,
    }


def _hit(question: Question, rule: Callable[[Question], Sequence[float]]) -> Fraction:
    """How likely the rule is to be right: it takes one of the options it ranks highest."""
    ranks = rule(question)
    best = [o.key for o, rank in zip(question.options, ranks, strict=True) if rank == max(ranks)]
    return Fraction(question.answer in best, len(best))


def _first(question: Question) -> list[float]:
    return [-place for place in range(len(question.options))]


def _last(question: Question) -> list[float]:
    return list(range(len(question.options)))


def _longest(question: Question) -> list[float]:
    return [len(option.text) for option in question.options]


def _middle(question: Question) -> list[float]:
    """Nearest to the middle of the options as they are shown, which for numbers is by size."""
    half = (len(question.options) - 1) / 2
    return [-abs(place - half) for place in range(len(question.options))]


def _alike(question: Question) -> list[float]:
    """How many of its characters the stem has."""
    stem = set(fold(question.stem).text)
    return [sum(c in stem for c in fold(option.text).text) for option in question.options]


def _roundest(question: Question) -> list[float]:
    """Zeros, or a five, at the end of the number, as rules like them."""
    return [_roundness(option.text) for option in question.options]


def _roundness(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    zeros = len(digits) - len(digits.rstrip("0"))
    return 2 * zeros + digits.rstrip("0").endswith("5")


_RULES: Mapping[str, Callable[[Question], Sequence[float]]] = MappingProxyType(
    {
        "first": _first,
        "last": _last,
        "longest": _longest,
        "middle": _middle,
        "most_shared_characters": _alike,
        "roundest": _roundest,
    }
)

_NEGATED = re.compile(r"[不没無无]")
_VERDICTS: Mapping[str, Callable[[Question], bool]] = MappingProxyType(
    {
        "judge_always_true": lambda question: True,
        "judge_true_unless_negated": lambda question: not _NEGATED.search(question.stem),
        "judge_true_if_short": lambda question: len(question.stem) <= _SHORT,
    }
)
_SHORT = 50
"""Characters; about half of the statements are shorter."""
