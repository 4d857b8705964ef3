"""Questions given to the rows of a paper so that every row is filled, if that can be. Pure.

A row asks for so many questions of its pool; pools overlap, and no question, nor two that are
akin, may stand on one paper twice; lanes (difficulties) may have room for so many each. Filling
row by row starves a narrow row when a broad one took its questions first, so rows are filled
together: a flow from rows over questions to lanes, with augmenting paths. Then the questions
are taken one by one in their order, each if the rows can still be filled with it and with all
that were taken before it. Without lanes such sets are the bases of a transversal matroid: the
result has as many of the first questions as any filling.

Questions that fit the same rows and lane are alike for the flow; it runs over these classes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Q = TypeVar("Q", bound=Hashable)
Node = tuple[str, int]
"""A row ``r``, a class as it is entered ``i`` and left ``o``, a lane ``l``, or the end ``t``."""
END: Node = ("t", 0)


@dataclass(frozen=True, slots=True)
class Want(Generic[Q]):
    """``number`` questions out of ``pool``."""

    number: int
    pool: frozenset[Q]


@dataclass(frozen=True, slots=True)
class Lanes(Generic[Q]):
    """``of``: the lane of a question. ``room``: how many each lane takes; one not named none."""

    of: Mapping[Q, str]
    room: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Short:
    """Rows that cannot be filled together: they want more than there is for all of them.

    Without ``wants``: the rows could be filled, but not within the lanes.
    """

    wants: tuple[int, ...]
    wanted: int
    found: int


def fill(
    wants: Sequence[Want[Q]],
    order: Sequence[Q],
    kin: Mapping[Q, Hashable],
    lanes: Lanes[Q] | None = None,
) -> list[list[Q]] | Short:
    """The questions of each row, in order; or what is short.

    ``order``: all questions, the preferred first. ``kin``: what a question is akin to; at most
    one question of a kin stands on the paper (one that is not named is only akin to itself).
    With lanes a kin is in that of its first question, and its others count as far as they are.
    """
    filling = _Filling(wants, order, kin, lanes)
    if filling.total < sum(want.number for want in wants):
        if lanes is not None and not isinstance(loose := fill(wants, order, kin), Short):
            return Short((), sum(map(len, loose)), filling.total)
        return filling.short() if lanes is None else loose
    filling.prefer()
    place = {question: n for n, question in enumerate(order)}
    return [sorted(chosen, key=place.__getitem__) for chosen in filling.chosen()]


@dataclass(slots=True)
class _Class(Generic[Q]):
    """Kins that fit the same rows and lane; each a {row: its first question there}.

    ``used`` of them are in the flow, ``taken`` for good: the first ones.
    """

    rows: tuple[int, ...]
    lane: int
    kins: list[dict[int, Q]]
    used: int = 0
    taken: int = 0


class _Filling(Generic[Q]):
    def __init__(
        self,
        wants: Sequence[Want[Q]],
        order: Sequence[Q],
        kin: Mapping[Q, Hashable],
        lanes: Lanes[Q] | None,
    ) -> None:
        self.wants = wants
        names = sorted({lanes.of[question] for question in order}) if lanes else [""]
        number = sum(want.number for want in wants)
        self.room = [lanes.room.get(name, 0) if lanes else number for name in names]
        self.in_lane = [0] * len(names)
        self.classes: list[_Class[Q]] = []
        self.known: dict[tuple[tuple[int, ...], int], int] = {}
        self.order: list[int] = []
        """The class of each kin, the preferred kin first."""
        lane_of = {name: n for n, name in enumerate(names)}
        for edges, first in _edges(wants, order, kin, lanes):
            self._add(edges, lane_of[lanes.of[first]] if lanes else 0)
        self.classes_of: list[list[int]] = [[] for _ in wants]
        self.in_class_lane: list[list[int]] = [[] for _ in names]
        for n, each in enumerate(self.classes):
            self.in_class_lane[each.lane].append(n)
            for row in each.rows:
                self.classes_of[row].append(n)
        self.flow: list[dict[int, int]] = [{} for _ in wants]
        """Row → {class: how many}."""
        self.total = sum(self._fill(n) for n in range(len(wants)))

    def _add(self, edges: dict[int, Q], lane: int) -> None:
        key = tuple(sorted(edges)), lane
        n = self.known.setdefault(key, len(self.classes))
        if n == len(self.classes):
            self.classes.append(_Class(*key, []))
        self.classes[n].kins.append(edges)
        self.order.append(n)

    def _fill(self, row: int) -> int:
        count = 0
        while count < self.wants[row].number and self._push(("r", row), END):
            count += 1
        return count

    def prefer(self) -> None:
        """Take kins in their order. What cannot be taken once never can be later."""
        closed: set[int] = set()
        for n in self.order:
            each = self.classes[n]
            if n in closed:
                continue
            if each.used > each.taken or self._push(("o", n), ("i", n)):
                each.used += each.used == each.taken
                each.taken += 1
            else:
                closed.add(n)

    # Augmenting paths

    def _push(self, start: Node, goal: Node) -> bool:
        """Send one more along a path of what is left, if there is one."""
        came: dict[Node, Node] = {start: start}
        ahead = deque([start])
        while ahead:
            node = ahead.popleft()
            for to in self._next(node):
                if to in came:
                    continue
                came[to] = node
                if to == goal:
                    self._apply(came, goal)
                    return True
                ahead.append(to)
        return False

    def _next(self, node: Node) -> Iterator[Node]:
        kind, n = node
        if kind == "r":
            for each in self.classes_of[n]:
                yield "i", each
        elif kind == "i":
            each_class = self.classes[n]
            if each_class.used < len(each_class.kins):
                yield "o", n
            for row in each_class.rows:
                if self.flow[row].get(n):
                    yield "r", row
        elif kind == "o":
            yield "l", self.classes[n].lane
            if self.classes[n].used > self.classes[n].taken:
                yield "i", n
        elif kind == "l":
            if self.in_lane[n] < self.room[n]:
                yield END
            for each in self.in_class_lane[n]:
                if self.classes[each].used:
                    yield "o", each
        else:
            for lane, count in enumerate(self.in_lane):
                if count:
                    yield "l", lane

    def _apply(self, came: Mapping[Node, Node], to: Node) -> None:
        while (node := came[to]) != to:
            self._move(node, to)
            to = node

    def _move(self, node: Node, to: Node) -> None:
        (kind, n), (other, m) = node, to
        if kind == "r":
            self.flow[n][m] = self.flow[n].get(m, 0) + 1
        elif other == "r":
            self.flow[m][n] -= 1
        elif kind == "i":
            self.classes[n].used += 1
        elif other == "i":
            self.classes[n].used -= 1
        elif other == "t":
            self.in_lane[n] += 1
        elif kind == "t":
            self.in_lane[m] -= 1

    # Results

    def chosen(self) -> list[list[Q]]:
        made: list[list[Q]] = [[] for _ in self.wants]
        for n, each in enumerate(self.classes):
            kins = iter(each.kins)
            for row in each.rows:
                made[row] += [next(kins)[row] for _ in range(self.flow[row].get(n, 0))]
        return made

    def short(self) -> Short:
        """The rows that hold all that the missing one could have, and so on (Hall)."""
        held = [sum(flow.values()) for flow in self.flow]
        missing = next(n for n, want in enumerate(self.wants) if held[n] < want.number)
        rows, ahead, classes = {missing}, deque([missing]), set[int]()
        while ahead:
            for n in self.classes_of[ahead.popleft()]:
                classes.add(n)
                for row in self.classes[n].rows:
                    if self.flow[row].get(n) and row not in rows:
                        rows.add(row)
                        ahead.append(row)
        wanted = sum(self.wants[n].number for n in rows)
        found = sum(len(self.classes[n].kins) for n in classes)
        return Short(tuple(sorted(rows)), wanted, found)


def _edges(
    wants: Sequence[Want[Q]],
    order: Sequence[Q],
    kin: Mapping[Q, Hashable],
    lanes: Lanes[Q] | None,
) -> Iterator[tuple[dict[int, Q], Q]]:
    """Every kin as {row: its first question there}, with its first question of all."""
    rows_of: dict[Q, list[int]] = {}
    for n, want in enumerate(wants):
        for question in want.pool:
            rows_of.setdefault(question, []).append(n)
    kins: dict[Hashable, tuple[dict[int, Q], Q]] = {}
    for question in order:
        if question not in rows_of:
            continue
        edges, first = kins.setdefault(kin.get(question, question), ({}, question))
        if lanes is None or lanes.of[question] == lanes.of[first]:
            for n in rows_of[question]:
                edges.setdefault(n, question)
    yield from kins.values()
