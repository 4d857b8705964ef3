"""``overtalk``: how long both speak at once; at most ``seconds``, or a ``share`` (0–1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from ..fields import Fields
from .bounds import Bounds
from .contract import Heard, Seen, unsure
from .sounds import NO_FIGURES, number


@dataclass(frozen=True, slots=True)
class Overtalk:
    name: str
    most: Bounds

    def look(self, heard: Heard) -> Seen:
        if heard.figures is None:
            return unsure(NO_FIGURES)
        value = number(heard.figures, "overtalk", "total" if self.name == "seconds" else "share")
        if value is None:
            return unsure("录音分不出谁在说话，量不出抢话。")
        if self.name == "seconds":
            return self.most.judge("双方同时说话", value, "秒", {"of": self.name})
        percent = Bounds(None, None if self.most.high is None else 100 * self.most.high)
        seen = percent.judge("双方同时说话占通话的", 100 * value, "%", {"of": self.name})
        return replace(seen, value=value, settings={"of": self.name, **self.most.as_json()})


def read(fields: Fields) -> Overtalk:
    given = {name: fields.number(name) for name in ("seconds", "share")}
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        fields.fault("seconds（秒）和 share（0–1）写且只写一个。", "seconds")
        return Overtalk("seconds", Bounds(None, Fraction(0)))
    value = given[named[0]]
    assert value is not None
    if value < 0 or (named[0] == "share" and value > 1):
        fields.fault(f"{named[0]} 超出了范围。", named[0])
    return Overtalk(named[0], Bounds(None, value))
