"""Automatic answers beside human ones: how often they agree, and which of them counts.

The two are kept apart as separate values. A person's answer always counts. An automatic one
counts where there is no person's and the item has shown, on calls judged by people who had not
seen it, that the lower bound of its agreement passes a threshold; else it waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from .calibration import may_stand_alone
from .intervals import CONFIDENCE, Estimate, wilson
from .marks import mark, range_of
from .rubric import NA, Item

Answer = str | Fraction | None
"""An option, a number, ``"na"``, or none."""

THRESHOLD = 0.9
"""The lower bound of agreement from which automatic answers may count; a setting."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an item's automatic answers have shown: they agreed in ``agreed`` of ``n`` calls.

    ``abstained``: calls a person judged and the check could not. ``agreement`` is None for n = 0.
    """

    item: str
    n: int
    agreed: int
    abstained: int
    agreement: Estimate | None
    threshold: float
    alone: bool

    @property
    def reason(self) -> str:
        """Why it may count alone, or may not."""
        if self.agreement is None or self.agreement.low is None:
            return "还没有通话由人独立判过，自动评分只作建议。"
        told = (
            f"{self.n} 通里 {self.agreed} 通与人一致（{100 * self.agreement.value:.1f}%，"
            f"下限 {100 * self.agreement.low:.1f}%）"
        )
        need = f"{100 * self.threshold:.1f}%"
        if self.alone:
            return f"{told}，达到 {need}，可以单独计分。"
        return f"{told}，下限不到 {need}，要由人来判。"


def standing(
    item: Item,
    pairs: Iterable[tuple[Answer, Answer]],
    threshold: float = THRESHOLD,
    confidence: float = CONFIDENCE,
) -> Standing:
    """From pairs of (automatic, human) answers to one item, one pair a call.

    Pairs without a human answer tell nothing and are left out.
    """
    judged = [(automatic, human) for automatic, human in pairs if human is not None]
    compared = [(automatic, human) for automatic, human in judged if automatic is not None]
    agreed = sum(same(item, automatic, human) for automatic, human in compared)
    n = len(compared)
    return Standing(
        item.key,
        n,
        agreed,
        len(judged) - n,
        wilson(agreed, n, confidence),
        threshold,
        may_stand_alone(agreed, n, threshold, confidence),
    )


def same(item: Item, one: Answer, other: Answer) -> bool:
    """Do two answers to an item say the same? Numbers do where they fall into one range."""
    if isinstance(one, Fraction) and isinstance(other, Fraction) and item.measured:
        first, second = range_of(item, one), range_of(item, other)
        return first is not None and first == second
    return one is not None and one == other


@dataclass(frozen=True, slots=True)
class Counted:
    """Both answers to an item on one call, and which of them counts, if any."""

    item: str
    automatic: Answer
    human: Answer
    source: Literal["human", "automatic"] | None

    @property
    def answer(self) -> Answer:
        """The one that counts."""
        if self.source is None:
            return None
        return self.human if self.source == "human" else self.automatic

    @property
    def waits(self) -> bool:
        """A person has to answer."""
        return self.source is None

    @property
    def apart(self) -> bool:
        """Both were given and they are not the same value."""
        return None not in (self.automatic, self.human) and self.automatic != self.human


def counted(item: Item, automatic: Answer, human: Answer, shown: Standing | None) -> Counted:
    """Which answer counts. ``shown`` is the standing of this item, None where there is none yet."""
    if human is not None:
        return Counted(item.key, automatic, human, "human")
    trusted = shown is not None and shown.alone and shown.item == item.key
    return Counted(
        item.key, automatic, human, "automatic" if trusted and fits(item, automatic) else None
    )


def fits(item: Item, answer: Answer) -> bool:
    """Is it an answer the item takes? The rubric may have changed since it was found."""
    if answer is None or (answer == NA and not item.na):
        return False
    try:
        mark(item, answer)
    except ValueError:
        return False
    return True
