"""``order``: one phrase, then another.

``steps``: two or more of ``{"phrases": […], "by"?}``, any of the phrases of a step will do.
``within``: seconds from the end of one to the beginning of the next (without it: any time later).
``absent`` is what comes out where the first step never happens; without an answer of its own it
is answered as a fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..exact import plain
from ..fields import Fields
from .contract import FAIL, PASS, PASS_FAIL, Heard, Seen, seconds, unsure
from .matching import Match
from .phrases import (
    BY,
    Mentions,
    Phrase,
    Where,
    Wording,
    mentions,
    places,
    read_phrases,
    read_seconds,
    read_wording,
    told,
)
from .required import NO_WORDS

ABSENT = "absent"
OUTCOMES: Mapping[str, str] = {**PASS_FAIL, ABSENT: FAIL}


@dataclass(frozen=True, slots=True)
class Step:
    phrases: tuple[Phrase, ...]
    where: Where

    def __str__(self) -> str:
        return f"{self.where}说{told(self.phrases[:3])}"


@dataclass(frozen=True, slots=True)
class Order:
    steps: tuple[Step, ...]
    within: Fraction | None
    wording: Wording

    def look(self, heard: Heard) -> Seen:
        if not heard.utterances:
            return unsure(NO_WORDS)
        found = [self._mentions(heard, step) for step in self.steps]
        settings = self._settings()
        chain = self._chain(found)
        if len(chain) == len(self.steps):
            reason = "，随后".join(map(str, self.steps))
            shown = tuple(places(chain))
            return Seen(PASS, f"{reason}。", shown, Fraction(len(chain)), settings)
        shown = tuple(each for mentioned in found for each in mentioned.shown)
        value, missed = Fraction(len(chain)), self.steps[len(chain)]
        if any(mentioned.possible for mentioned in found):
            return unsure(
                "转写没有标明是谁说的，先后分不清。", evidence=shown, value=value, settings=settings
            )
        if not found[0].said:
            return Seen(ABSENT, f"没有听到{missed}。", shown, value, settings)
        limit = "" if self.within is None else f"{seconds(self.within)}内"
        reason = f"{self.steps[len(chain) - 1]}之后，{limit}没有{missed}。"
        return Seen(FAIL, reason, shown, value, settings)

    def _mentions(self, heard: Heard, step: Step) -> Mentions:
        every = tuple(dict.fromkeys(word for phrase in step.phrases for word in phrase))
        return mentions(heard, every, step.where, self.wording)

    def _chain(self, found: list[Mentions]) -> list[Match]:
        """The longest run of steps from the first one on, each after the one before it."""
        reached: list[list[Match]] = [[match] for match in found[0].said]
        longest: list[Match] = min(reached, key=_end, default=[])
        for mentioned in found[1:]:
            reached = [
                [*chain, match]
                for match in mentioned.said
                if (chain := self._before(match, reached)) is not None
            ]
            longest = min(reached, key=_end, default=longest)
        return longest

    def _before(self, match: Match, reached: list[list[Match]]) -> list[Match] | None:
        """The chain that ends nearest before the match, and not too long before it."""
        ended = [chain for chain in reached if chain[-1].until <= match.at]
        nearest = max(ended, key=_end, default=None)
        if nearest is None or self.within is None:
            return nearest
        return nearest if match.at - nearest[-1].until <= self.within else None

    def _settings(self) -> dict[str, object]:
        within = {} if self.within is None else {"within": plain(self.within)}
        return {"by": [step.where.by for step in self.steps], **within, **self.wording.as_json()}


def _end(chain: list[Match]) -> Fraction:
    return chain[-1].until


def read(fields: Fields) -> Order:
    steps = tuple(_step(each) for each in fields.objects("steps", "步", needed=True))
    if len(steps) == 1:
        fields.fault("steps 至少要有两步。", "steps")
    return Order(steps, read_seconds(fields, "within"), read_wording(fields))


def _step(fields: Fields) -> Step:
    made = Step(read_phrases(fields), Where(fields.one_of("by", BY) or "agent"))
    for name in fields.rest:
        fields.fault(f"不认识的字段 {name}。", name)
    return made
