"""How the demo's inspectors mark: an additive model, so that severity and calibration find it.

A call's truth places each item between two neighbouring options: 0 = the better one, 1 = the
worse one, ½ = between the two. An inspector's mark is that place + strictness + noise; from ½ on
it is the worse option. So inspectors differ where a call leaves room for it, the strict one takes
the worse option there and the lenient one the better; noise, drawn from the seed, the call, the
item and the inspector, seldom turns that round.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from qa.exact import rounded
from qa.rubric import Item, Rubric
from qa.score import score
from qa.starters import starter

from .conversations import Place, Talk

SEED = "知席演示"
STRICTNESS: Mapping[str, float] = MappingProxyType({"DEMO04": 0.0, "DEMO20": -0.35, "DEMO23": 0.35})
"""Inspector → what is added to every place: below nought = lenient."""
NOISE = 0.15
"""Standard deviation of what is drawn for every mark."""
HALF = 0.5
NA = "na"

MERITS: Mapping[str, Sequence[str]] = {"skill": ("asked", "repeated?", "steps", "closing")}
"""Of an item where several options may hold: those of a call of which nothing else is said."""


@cache
def _rubric(name: str) -> Rubric:
    return starter(name)


def answers(talk: Talk, name: str, inspector: str) -> dict[str, Any]:
    """What the inspector marks on the starter rubric of that name; hidden items are left out."""
    rubric = _rubric(name)
    truth = talk.truth[name]
    given = {
        item.key: _answer(rubric, item, talk, truth.get(item.key), inspector)
        for item in rubric.items()
    }
    hidden = score(rubric, given).hidden
    return {key: value for key, value in given.items() if key not in hidden}


def _answer(rubric: Rubric, item: Item, talk: Talk, place: Place | None, inspector: str) -> Any:
    if item.kind == "number":
        return _number(item, talk)
    if item.kind == "multi":
        listed = MERITS.get(item.key, ()) if place is None else place
        return _several(item, listed, talk, inspector)
    if place is None:
        place = _best(item)
    assert isinstance(place, str)
    named = [option for option in item.options if option.key in place.split("/")]
    better, worse = (end(named, key=lambda option: option.points) for end in (max, min))
    between = better is not worse and _worse(HALF, talk, item.key, inspector)
    return (worse if between else better).key


def _best(item: Item) -> str:
    """The option that costs nothing; a bonus is not given for nothing."""
    points = [option for option in item.options if not (item.bonus and option.points > 0)]
    return max(points, key=lambda option: option.points).key


def _several(item: Item, listed: Sequence[str], talk: Talk, inspector: str) -> list[str]:
    """Half done is done for the lenient one, and half wrong is wrong for the strict one."""
    chosen = []
    for option in item.options:
        if option.key in listed:
            chosen.append(option.key)
        elif f"{option.key}?" in listed:
            worse = _worse(HALF, talk, f"{item.key}.{option.key}", inspector)
            if worse == (option.points < 0):
                chosen.append(option.key)
    return chosen


def _worse(place: float, talk: Talk, what: str, inspector: str) -> bool:
    chance = random.Random(f"{SEED}\n{talk.key}\n{what}\n{inspector}")  # noqa: S311 (a model)
    return place + STRICTNESS[inspector] + chance.gauss(0, NOISE) >= HALF


def _number(item: Item, talk: Talk) -> int | str:
    """What is measured: all inspectors see the same figure."""
    found = {
        "pace": talk.figures["agent"]["rate_cpm"],
        "satisfaction": talk.satisfaction,
        "silence": _silence(talk),
    }[item.key]
    return NA if found is None else round(found)


def _silence(talk: Talk) -> float | None:
    return talk.figures["silence"]["longest"]["duration"] if talk.spoken else None


def points(talk: Talk, name: str, inspector: str) -> float | None:
    """The score that comes of it, out of 100."""
    found = score(_rubric(name), answers(talk, name, inspector)).reported
    return None if found is None else rounded(found)
