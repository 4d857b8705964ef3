"""What the answers of many say about a question: figures, options, and flags in words.

Pure. The figures are those of ``exams.stats``. Where everybody had the same paper, an item is
held against the rest of the paper, y = T − x; where papers were drawn for each person, against
the whole of it, y = T, as Moodle does for questions drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .grade import empty, verdict
from .questions import DIFFICULTIES, Question
from .stats import covariance

MINIMUM = 20
"""Answers under which nothing is said about a question."""

EASY, HARD = 0.70, 0.40
"""Facility from which a question is easy, and under which it is hard; between them, medium."""

TOO_EASY, TOO_HARD = 0.95, 0.05
USED = 0.05
"""Share of the answers from which a wrong option does its work (Tarrant et al. 2009)."""

SURE = 1.96
"""Standard errors from which a difference is taken for one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option: how many chose it, of how many, and how they did elsewhere.

    ``correlation``: point-biserial, −1…1, of choosing it with y; None where undefined.
    """

    key: str
    text: str
    right: bool
    chosen: int
    n: int
    correlation: float | None

    @property
    def share(self) -> float:
        return self.chosen / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to look at; ``kind`` is ``key``, ``negative``, ``hard``, ``easy``, ``label``,
    ``unused`` or ``rare``, ``words`` a sentence with its n."""

    kind: str
    words: str

    @property
    def wrong(self) -> bool:
        """The key itself may be wrong: worth a look at what a regrade would change."""
        return self.kind in ("key", "negative", "hard")


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of an item over ``n`` answers.

    ``facility`` and ``sd`` as shares of its points, 0–1; indices and the weight in percent.
    """

    n: int
    facility: float | None = None
    sd: float | None = None
    discrimination: float | None = None
    efficiency: float | None = None
    weight: float | None = None

    @property
    def measured(self) -> str:
        """How hard it was: ``easy``, ``medium``, ``hard``, '' = too few answers to say."""
        if self.facility is None or self.n < MINIMUM:
            return ""
        return band(self.facility)


def band(facility: float) -> str:
    return "easy" if facility >= EASY else "hard" if facility < HARD else "medium"


def against(xs: Sequence[int], ys: Sequence[int], scale: int) -> Figures:
    """Figures of shares ``xs`` of an item's points, times ``scale``, held against ``ys``."""
    n = len(xs)
    own, both, other = covariance(xs, xs), covariance(xs, ys), covariance(ys, ys)
    most = covariance(sorted(xs), sorted(ys))
    return Figures(
        n,
        facility=float(Fraction(sum(xs), n * scale)) if n else None,
        sd=None if own is None else math.sqrt(own) / scale,
        discrimination=_percent(_correlation(both, own, other)),
        efficiency=None if both is None or not most else float(100 * both / most),
    )


def _correlation(
    both: Fraction | None, own: Fraction | None, other: Fraction | None
) -> float | None:
    if both is None or own is None or other is None or not own * other:
        return None
    return math.copysign(math.sqrt(both * both / (own * other)), both) if both else 0.0


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def correlation(xs: Sequence[int], ys: Sequence[int]) -> float | None:
    """Pearson's r of whole numbers, −1…1; None where it is undefined."""
    return _correlation(covariance(xs, ys), covariance(xs, xs), covariance(ys, ys))


# Options


def choices(question: Question, responses: Sequence[Any], ys: Sequence[int]) -> tuple[Choice, ...]:
    """The options of a choice with who chose them; empty for other kinds of question."""
    options = _options(question)
    picked = [chosen(question, response) for response in responses]
    made = []
    for key, text, right in options:
        took = [int(key in keys) for keys in picked]
        made.append(Choice(key, text, right, sum(took), len(took), correlation(took, ys)))
    return tuple(made)


def _options(question: Question) -> list[tuple[str, str, bool]]:
    """(key, text, is it right)"""
    if question.kind == "judge":
        return [("对", "", question.answer is True), ("错", "", question.answer is False)]
    if question.kind not in ("single", "multiple"):
        return []
    right = {question.answer} if question.kind == "single" else set(question.answer)
    return [(option.key, option.text, option.key in right) for option in question.options]


def chosen(question: Question, response: Any) -> frozenset[str]:
    """Keys of the options that a response to a choice names."""
    if empty(response):
        return frozenset()
    if question.kind == "judge":
        said = verdict(response) if isinstance(response, str) else response
        return frozenset({"对"} if said is True else {"错"} if said is False else ())
    return frozenset([response] if isinstance(response, str) else map(str, response))


# Flags


def flags(figures: Figures, label: str, options: Sequence[Choice]) -> tuple[Flag, ...]:
    """What to look at, the worst first; nothing under ``MINIMUM`` answers.

    ``label``: the difficulty written on the question, '' = none.
    """
    if figures.n < MINIMUM or figures.facility is None:
        return ()
    found = [*_key(options), *_discrimination(figures), *_extremes(figures)]
    found += [*_label(figures, label), *_unused(options)]
    return tuple(found)


def _key(options: Sequence[Choice]) -> Iterable[Flag]:
    """A wrong option that the better people chose, or a right one that they left."""
    right = [one.correlation or 0.0 for one in options if one.right]
    for one in options:
        if one.correlation is None or not _sure(one.correlation, one.n):
            continue
        if not one.right and one.correlation > max(0.0, *right, 0.0):
            yield Flag(
                "key",
                f"可能答案有误：选 {one.key} 的人成绩更好（选它的 {one.chosen} 人，n={one.n}）",
            )
        elif one.right and one.correlation < 0 and len(right) > 1:
            yield Flag("key", f"可能答案有误：没选 {one.key} 的人成绩更好（n={one.n}）")


def _sure(r: float, n: int) -> bool:
    """A correlation that chance alone would seldom make (Fisher's z)."""
    if n <= 3:
        return False
    return abs(r) >= 1 or abs(math.atanh(r)) * math.sqrt(n - 3) > SURE


def _discrimination(figures: Figures) -> Iterable[Flag]:
    if figures.discrimination is not None and figures.discrimination < 0:
        yield Flag(
            "negative",
            f"区分度为负（{_signed(figures.discrimination)}）：成绩好的人反而更容易答错"
            f"（n={figures.n}）",
        )


def _extremes(figures: Figures) -> Iterable[Flag]:
    assert figures.facility is not None
    share = f"得分率 {100 * figures.facility:.1f}%，n={figures.n}"
    if figures.facility >= TOO_EASY:
        yield Flag("easy", f"太容易（{share}）")
    elif figures.facility <= TOO_HARD:
        yield Flag("hard", f"极难，或题目有误（{share}）")


def _label(figures: Figures, label: str) -> Iterable[Flag]:
    """The label is another than what was measured, by more than chance would do."""
    facility = figures.facility
    assert facility is not None
    if label not in DIFFICULTIES or band(facility) == label:
        return
    error = SURE * (figures.sd or 0.0) / math.sqrt(figures.n)
    low, high = {"easy": (EASY, 1.0), "medium": (HARD, EASY), "hard": (0.0, HARD)}[label]
    if facility + error < low or facility - error >= high:
        yield Flag(
            "label",
            f"标签“{DIFFICULTIES[label]}”与实测不符：得分率 {100 * facility:.1f}%，"
            f"按实测是“{DIFFICULTIES[band(facility)]}”（n={figures.n}）",
        )


def _unused(options: Sequence[Choice]) -> Iterable[Flag]:
    for one in options:
        if one.right or one.share >= USED:
            continue
        if not one.chosen:
            yield Flag("unused", f"选项 {one.key} 无人选（n={one.n}）")
        else:
            yield Flag(
                "rare",
                f"选项 {one.key} 少有人选（{100 * one.share:.1f}%，n={one.n}），干扰不了人",
            )


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def by_kind(flagged: Iterable[Sequence[Flag]]) -> Mapping[str, int]:
    """{kind: questions that have such a flag}"""
    found: dict[str, int] = {}
    for each in flagged:
        for kind in {flag.kind for flag in each}:
            found[kind] = found.get(kind, 0) + 1
    return found
