"""``duration``: seconds of the call, or ``of`` one side's talk; ``from`` … ``to``."""

from __future__ import annotations

from dataclasses import dataclass

from ..fields import Fields
from .bounds import Bounds, read_bounds
from .contract import Heard, Seen, unsure
from .sounds import number

PARTS = {"call": "通话时长", "agent": "座席说话时长", "customer": "客户说话时长"}


@dataclass(frozen=True, slots=True)
class Duration:
    of: str
    bounds: Bounds

    def look(self, heard: Heard) -> Seen:
        if self.of == "call":
            value = heard.duration
            if value is None:
                value = number(heard.figures, "duration")
        else:
            value = number(heard.figures, self.of, "talk")
        if value is None:
            return unsure(f"不知道{PARTS[self.of]}。")
        return self.bounds.judge(PARTS[self.of], value, "秒", {"of": self.of})


def read(fields: Fields) -> Duration:
    return Duration(fields.one_of("of", PARTS) or "call", read_bounds(fields))
