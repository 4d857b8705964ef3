"""Questions given to the rows of a paper so that every row is filled, if that can be. Pure.

A row asks for so many questions of its pool; pools overlap, and no question, nor two that are
akin, may stand on one paper twice. Filling row by row starves a narrow row when a broad one took
its questions first, so rows are filled together: a matching with augmenting paths. A question
that comes earlier in the order is only passed over where no filling of the rows has it as well as
all that were taken before it (rows that can be filled together are the independent sets of a
transversal matroid, for which taking the first that fits is best).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Q = TypeVar("Q", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Want(Generic[Q]):
    """``number`` questions out of ``pool``."""

    number: int
    pool: frozenset[Q]


@dataclass(frozen=True, slots=True)
class Short:
    """Rows that cannot be filled together: they want more than there is for all of them."""

    wants: tuple[int, ...]
    wanted: int
    found: int


def fill(
    wants: Sequence[Want[Q]], order: Sequence[Sequence[Q]], kin: Mapping[Q, Hashable]
) -> list[list[Q]] | Short:
    """The questions of each row, in order; or which rows are short.

    ``order``: questions in tiers, the preferred tier first, in each the preferred question first;
    all of one tier are tried before any of the next. ``kin``: what a question is akin to; at most
    one question of a kin stands on the paper (one that is not named is only akin to itself).
    Where kins are single questions as few as can be are taken of a later tier.
    """
    filling = _Filling(wants, order, kin)
    missing = filling.missing()
    if missing is not None:
        return filling.short(missing)
    place = {question: n for n, question in enumerate(q for tier in order for q in tier)}
    return [sorted(chosen, key=place.__getitem__) for chosen in filling.chosen()]


class _Filling(Generic[Q]):
    """The bipartite graph of kins and rows. ``edges``: kin → {row: its first question there}."""

    def __init__(
        self,
        wants: Sequence[Want[Q]],
        order: Sequence[Sequence[Q]],
        kin: Mapping[Q, Hashable],
    ) -> None:
        self.wants = wants
        self.edges: dict[Hashable, dict[int, Q]] = {}
        self.held: list[dict[Hashable, None]] = [{} for _ in wants]
        self.row_of: dict[Hashable, int] = {}
        rows_of: dict[Q, list[int]] = {}
        for n, want in enumerate(wants):
            for question in want.pool:
                rows_of.setdefault(question, []).append(n)
        for tier in order:
            for question in tier:
                edges = self.edges.setdefault(kin.get(question, question), {})
                for n in rows_of.get(question, ()):
                    edges.setdefault(n, question)
            self._take_all()

    def _take_all(self) -> None:
        """Match every kin that can be. Rows a search could not leave stay closed from then on:
        no later path enters them, so they are not looked into again."""
        closed: set[int] = set()
        for kin in self.edges:
            if len(closed) == len(self.wants):
                return
            if kin not in self.row_of:
                self._take(kin, closed)

    def _take(self, kin: Hashable, closed: set[int]) -> None:
        came: dict[int, Hashable] = {}
        ahead = deque([kin])
        while ahead:
            asking = ahead.popleft()
            for n in self.edges[asking]:
                if n in came or n in closed:
                    continue
                came[n] = asking
                if len(self.held[n]) < self.wants[n].number:
                    self._shift(n, came)
                    return
                ahead.extend(self.held[n])
        closed |= came.keys()

    def _shift(self, n: int, came: Mapping[int, Hashable]) -> None:
        """Along the path: each kin moves to the row it asked for, and frees the one before."""
        while True:
            moved = came[n]
            left = self.row_of.get(moved)
            self.held[n][moved] = None
            self.row_of[moved] = n
            if left is None:
                return
            del self.held[left][moved]
            n = left

    def missing(self) -> int | None:
        """A row that is not full."""
        full = (len(held) == want.number for held, want in zip(self.held, self.wants, strict=True))
        return next((n for n, is_full in enumerate(full) if not is_full), None)

    def chosen(self) -> list[list[Q]]:
        return [[self.edges[kin][n] for kin in held] for n, held in enumerate(self.held)]

    def short(self, missing: int) -> Short:
        """The rows that hold all that the missing one could have, and so on (Hall)."""
        kins_of: list[list[Hashable]] = [[] for _ in self.wants]
        for kin, edges in self.edges.items():
            for n in edges:
                kins_of[n].append(kin)
        rows, ahead, kins = {missing}, deque([missing]), set[Hashable]()
        while ahead:
            for kin in kins_of[ahead.popleft()]:
                kins.add(kin)
                holder = self.row_of[kin]
                if holder not in rows:
                    rows.add(holder)
                    ahead.append(holder)
        wanted = sum(self.wants[n].number for n in rows)
        return Short(tuple(sorted(rows)), wanted, len(kins))
