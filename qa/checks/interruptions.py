"""``interruptions``: how often one breaks in on the other.

At most ``most`` times (0 without it), by the agent unless ``by`` says otherwise, counting those
in which both speak for at least ``over`` seconds (without it: every one the figures list).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..exact import plain
from ..fields import Fields
from .contract import FAIL, PASS, Evidence, Heard, Seen, seconds, unsure
from .phrases import BY, read_seconds
from .silence import read_most
from .sounds import NO_FIGURES, number, stretches


@dataclass(frozen=True, slots=True)
class Interruptions:
    by: str
    over: Fraction | None
    most: int

    def look(self, heard: Heard) -> Seen:
        if heard.figures is None:
            return unsure(NO_FIGURES)
        listed = heard.figures.get("interruptions")
        least = number(heard.figures, "settings", "interruption")
        if not isinstance(listed, list | tuple):
            return unsure("录音分不出谁在说话，数不出打断。")
        if self.over is not None and least is not None and self.over < least:
            return unsure(f"录音指标只列出{seconds(least)}以上的打断。")
        found = [
            Evidence(span.start, span.end, note=f"{BY[str(each.get('by'))]}打断")
            for span, each in stretches(listed)
            if each.get("by") in ("agent", "customer")
            and (self.by == "anyone" or each.get("by") == self.by)
            and (self.over is None or span.length >= self.over)
        ]
        over = self.over if self.over is not None else least
        settings = {"by": self.by, "most": self.most}
        return Seen(
            FAIL if len(found) > self.most else PASS,
            f"{BY[self.by]}打断 {len(found)} 次，允许 {self.most} 次。",
            tuple(found),
            Fraction(len(found)),
            settings | ({} if over is None else {"over": plain(over)}),
        )


def read(fields: Fields) -> Interruptions:
    by = fields.one_of("by", BY) or "agent"
    return Interruptions(by, read_seconds(fields, "over"), read_most(fields))
