"""Spreads drawn calls over inspectors: by load, never to oneself or one's own team lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from .sampling import Pick


@dataclass(frozen=True, slots=True)
class Inspector:
    """``load``: reviews already waiting; ``never``: agents whose calls are not for this person
    (himself, and those he answers to or leads).
    """

    name: str
    load: int = 0
    never: AbstractSet[str] = frozenset()


def assign(
    picks: Sequence[Pick], inspectors: Sequence[Inspector]
) -> tuple[dict[str, str], list[str]]:
    """Call → inspector, and the calls nobody may take.

    Calls with the fewest possible inspectors go first, each to the one with the least load;
    among equals to who has seen the agent least, then by name.
    """
    loads = {each.name: each.load for each in inspectors}
    seen: dict[tuple[str, str], int] = {}
    made: dict[str, str] = {}
    left: list[str] = []
    may = {pick.call.key: _may_take(pick, inspectors) for pick in picks}
    for pick in sorted(picks, key=lambda pick: (len(may[pick.call.key]), pick.call.key)):
        if not may[pick.call.key]:
            left.append(pick.call.key)
            continue
        name = min(may[pick.call.key], key=lambda n: (loads[n], _met(seen, n, pick), n))
        made[pick.call.key] = name
        loads[name] += 1
        seen[name, pick.call.agent] = _met(seen, name, pick) + 1
    return made, left


def _may_take(pick: Pick, inspectors: Sequence[Inspector]) -> list[str]:
    agent = pick.call.agent
    return [each.name for each in inspectors if each.name != agent and agent not in each.never]


def _met(seen: Mapping[tuple[str, str], int], name: str, pick: Pick) -> int:
    return seen.get((name, pick.call.agent), 0)
