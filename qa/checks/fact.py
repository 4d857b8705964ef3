"""``fact``: a number that came with the call, such as satisfaction, ``from`` … ``to``.

``fact`` is its name among the facts of the call.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..fields import Fields
from .bounds import Bounds, read_bounds
from .contract import Heard, Seen, unsure
from .sounds import number


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    bounds: Bounds

    def look(self, heard: Heard) -> Seen:
        value = number(heard.facts, self.name)
        if value is None:
            return unsure(f"这通电话没有记录 {self.name}。")
        return self.bounds.judge(self.name, value, "", {"fact": self.name})


def read(fields: Fields) -> Fact:
    return Fact(fields.text("fact", needed=True), read_bounds(fields))
