"""Figures of generated questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from kb.text import fold

from ..questions import Question


def measure(
    questions: Sequence[Question], articles: int, rejected: Mapping[str, int]
) -> dict[str, Any]:
    """How many of what, how well blind rules do, and why the others fell.

    ``blind``: for each rule that never reads an article, its hits over the single choices and
    what chance would hit; ``judge_true``: the share of statements that are true.
    """
    kinds = Counter(question.kind for question in questions)
    sources = {question.source.article for question in questions if question.source}
    judged = [question.answer for question in questions if question.kind == "judge"]
    return {
        "articles": articles,
        "articles_with_questions": len(sources),
        "questions": len(questions),
        "per_article": round(len(questions) / articles, 2) if articles else None,
        "by_kind": dict(kinds.most_common()),
        "by_difficulty": dict(Counter(question.difficulty for question in questions)),
        "judge_true": round(sum(judged) / len(judged), 3) if judged else None,
        "blind": blind(questions),
        "rejected": dict(sorted(rejected.items(), key=lambda item: -item[1])),
    }


def blind(questions: Sequence[Question]) -> dict[str, Any]:
    """{rule: {"n", "accuracy", "chance"}} over the single choices; of equals it draws one."""
    single = [question for question in questions if question.kind == "single"]
    if not single:
        return {}
    expected = sum(Fraction(1, len(question.options)) for question in single) / len(single)
    found = {}
    for name, rule in _RULES.items():
        right = sum(_hit(question, rule) for question in single)
        found[name] = {
            "n": len(single),
            "accuracy": round(float(right / len(single)), 3),
            "chance": round(float(expected), 3),
        }
    return found


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
