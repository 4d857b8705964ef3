"""``pace``: speech rate in characters a minute, ``from`` … ``to``; the agent's unless ``by``."""

from __future__ import annotations

from dataclasses import dataclass

from ..fields import Fields
from .bounds import Bounds, read_bounds
from .contract import Heard, Seen, unsure
from .phrases import BY
from .sounds import NO_FIGURES, number

SPEAKERS = {name: BY[name] for name in ("agent", "customer")}


@dataclass(frozen=True, slots=True)
class Pace:
    by: str
    bounds: Bounds

    def look(self, heard: Heard) -> Seen:
        if heard.figures is None:
            return unsure(NO_FIGURES)
        value = number(heard.figures, self.by, "rate_cpm")
        if value is None:
            return unsure(f"没有{SPEAKERS[self.by]}的转写，算不出语速。")
        return self.bounds.judge(f"{SPEAKERS[self.by]}语速", value, "字/分", {"by": self.by})


def read(fields: Fields) -> Pace:
    return Pace(fields.one_of("by", SPEAKERS) or "agent", read_bounds(fields))
