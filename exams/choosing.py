"""Which questions make up a practice of five minutes. Pure: candidates in, a list out.

Three wells, in this order: what is due again (at most ``DUE_SHARE`` of the time), what changed or
was newly signed or was assigned (at most ``NEWS_SHARE``), and questions this person never met.
Time that one well leaves is given to the others in the same order. At most ``OF_ARTICLE``
questions rest on one article, so that one answer does not tell the next.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

SECONDS: Mapping[str, int] = MappingProxyType(
    {
        "judge": 15,
        "single": 25,
        "multiple": 40,
        "blank": 35,
        "number": 30,
        "order": 50,
        "match": 50,
    }
)
"""About how long a question of a kind takes. Essays are not practised: nobody marks them."""

BUDGET = 300
DUE_SHARE, NEWS_SHARE = 0.6, 0.3
OF_ARTICLE = 2

DUE, NEWS, NEW = "due", "news", "new"
WELLS: Mapping[str, str] = MappingProxyType(
    {"wrong": DUE, "changed": NEWS, "signed": NEWS, "assigned": NEWS, "new": NEW, "again": DUE}
)
"""Where a candidate waits, by why it is asked."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be asked; a smaller ``rank`` within its well is more pressing."""

    question_id: int
    version_id: int
    kind: str
    article: str
    why: str
    rank: float = 0.0


def compose(candidates: Iterable[Candidate], seed: str, budget: float = BUDGET) -> list[Candidate]:
    """What to ask, in its order; the same for the same seed. Never more than ``budget`` seconds
    by ``SECONDS``, never a question twice; empty where there is nothing to ask."""
    wells: dict[str, list[Candidate]] = {DUE: [], NEWS: [], NEW: []}
    for one in sorted(candidates, key=lambda c: (c.rank, _lot(seed, c.question_id))):
        wells[WELLS[one.why]].append(one)
    chosen = _Chosen(budget)
    for name, share in ((DUE, DUE_SHARE), (NEWS, NEWS_SHARE)):
        chosen.take(wells[name], chosen.spent + share * budget)
    for name in (NEW, DUE, NEWS):
        chosen.take(wells[name], budget)
    return sorted(chosen.items, key=lambda c: _lot(seed + "order", c.question_id))


class _Chosen:
    def __init__(self, budget: float) -> None:
        self.items: list[Candidate] = []
        self.spent = 0.0
        self._budget = budget
        self._asked: set[int] = set()
        self._articles: Counter[str] = Counter()

    def take(self, well: Sequence[Candidate], until: float) -> None:
        """From the well until so many seconds are spent in all."""
        for one in well:
            cost = SECONDS[one.kind]
            if one.question_id in self._asked or self.spent + cost > min(until, self._budget):
                continue
            if one.article and self._articles[one.article] >= OF_ARTICLE:
                continue
            self.items.append(one)
            self.spent += cost
            self._asked.add(one.question_id)
            self._articles[one.article] += 1


def minutes(kinds: Iterable[str]) -> int:
    """About how long questions of these kinds take, in whole minutes, at least one."""
    return max(1, round(sum(SECONDS[kind] for kind in kinds) / 60))


def _lot(seed: str, question_id: int) -> bytes:
    return hashlib.sha256(f"{seed}/{question_id}".encode()).digest()
