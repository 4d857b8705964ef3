"""Which calls are looked at: plans drawn by chance or by risk, reproducible by their seed.

    picks = draw(calls, Plan(per_agent=5, strata=("queue",), risks=(...)), seed="2026-11")

Each pick says how and with what probability it was chosen. The random ones stand for all calls
of their agent and may be averaged; the risk-directed ones stand for nothing but themselves, and
are never put into the same average.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from .errors import BadPlan

Attribute = str | int | float | Fraction | bool | None
Kind = Literal["random", "risk"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call as plans see it: what is known of it (queue, duration, satisfaction, words …)."""

    key: str
    agent: str
    about: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason to look: the attribute ``name`` is at least, at most, or one of."""

    title: str
    name: str
    least: float | None = None
    most: float | None = None
    among: tuple[Attribute, ...] | None = None

    def holds(self, call: Call) -> bool:
        """An attribute that is unknown, or no number where one is needed, fulfils nothing."""
        value = call.about.get(self.name)
        if value is None:
            return False
        if self.among is not None and value not in self.among:
            return False
        if self.least is None and self.most is None:
            return self.among is not None
        if not isinstance(value, int | float | Fraction):
            return False
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """``per_agent`` calls by chance, spread over ``strata`` in proportion, and up to
    ``risks_per_agent`` more for which a rule holds. Only calls for which every rule of ``only``
    holds are looked at at all.
    """

    per_agent: int = 5
    strata: tuple[str, ...] = ()
    only: tuple[Rule, ...] = ()
    risks: tuple[Rule, ...] = ()
    risks_per_agent: int = 0


@dataclass(frozen=True, slots=True)
class Pick:
    """``probability`` is that of this call to be drawn this way, given how many places its
    stratum got; a risk's is among the calls with a rule that were not drawn at random.
    ``why``: the stratum's values, or the rules' titles.
    """

    call: Call
    kind: Kind
    probability: Fraction
    why: tuple[str, ...]


def draw(calls: Iterable[Call], plan: Plan, seed: str) -> list[Pick]:
    """The sample of every agent, in the order of agents and calls.

    The same calls, plan and seed give the same sample, in whatever order the calls come; the
    calls of one agent do not change the sample of another. Raises BadPlan.
    """
    if plan.per_agent < 0 or plan.risks_per_agent < 0:
        raise BadPlan("抽样数不能为负。")
    eligible: dict[str, list[Call]] = {}
    keys: set[str] = set()
    for call in sorted(calls, key=lambda call: call.key):
        if call.key in keys:
            raise BadPlan(f"通话 {call.key} 出现了两次。")
        keys.add(call.key)
        if all(rule.holds(call) for rule in plan.only):
            eligible.setdefault(call.agent, []).append(call)
    return [pick for agent in sorted(eligible) for pick in _of(agent, eligible[agent], plan, seed)]


def _of(agent: str, calls: Sequence[Call], plan: Plan, seed: str) -> list[Pick]:
    chance = random.Random(f"{seed}\n{agent}")  # noqa: S311 - fairness, not secrecy
    drawn = _stratified(calls, plan, chance)
    taken = {pick.call.key for pick in drawn}
    risky = [
        (call, tuple(rule.title for rule in plan.risks if rule.holds(call)))
        for call in calls
        if call.key not in taken
    ]
    risky = [(call, why) for call, why in risky if why]
    size = min(plan.risks_per_agent, len(risky))
    chosen = sorted(chance.sample(range(len(risky)), size))
    share = Fraction(size, len(risky)) if risky else Fraction(0)
    picks = [*drawn, *(Pick(risky[n][0], "risk", share, risky[n][1]) for n in chosen)]
    return sorted(picks, key=lambda pick: (pick.kind, pick.call.key))


def _stratified(calls: Sequence[Call], plan: Plan, chance: random.Random) -> list[Pick]:
    strata: dict[tuple[str, ...], list[Call]] = {}
    for call in calls:
        strata.setdefault(tuple(str(call.about.get(s, "")) for s in plan.strata), []).append(call)
    names = sorted(strata)
    sizes = allocate([len(strata[name]) for name in names], min(plan.per_agent, len(calls)), chance)
    picks = []
    for name, size in zip(names, sizes, strict=True):
        share = Fraction(size, len(strata[name]))
        picks += [Pick(call, "random", share, name) for call in chance.sample(strata[name], size)]
    return picks


def allocate(sizes: Sequence[int], total: int, chance: random.Random) -> list[int]:
    """``total`` places in proportion to the sizes, by largest remainders; ties by chance.

    Hamilton's method; no stratum gets more places than it has calls, for total ≤ Σ sizes.
    """
    everything = sum(sizes)
    if not everything:
        return [0] * len(sizes)
    shares = [Fraction(size * total, everything) for size in sizes]
    made = [int(share) for share in shares]
    order = sorted(
        range(len(sizes)), key=lambda n: (shares[n] - made[n], chance.random()), reverse=True
    )
    for n in order[: total - sum(made)]:
        made[n] += 1
    return made
