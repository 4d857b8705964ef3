"""``silence``: nobody speaks for longer than ``over`` seconds.

``most`` (0 without it) such silences may be. A silence is excused by one of the phrases
``said_before`` (请稍等) in the ``near`` seconds (10 without it) before it, or ``said_after``
(让您久等了) in those after it, by anyone unless ``by`` says who; but not beyond ``excused_up_to``
seconds. ``measure`` is what an item with ranges is given: ``longest`` (without it), ``total`` or
``count``, of the silences that are not excused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, cast

from ..exact import plain
from ..fields import Fields
from ..spans import Span, total
from .contract import FAIL, PASS, Evidence, Heard, JsonObject, Seen, seconds, unsure
from .matching import Match, matches
from .phrases import (
    BY,
    Phrase,
    Where,
    Wording,
    places,
    read_phrases,
    read_seconds,
    read_wording,
)
from .sounds import silences

NEAR = Fraction(10)
MEASURES = {"longest": "最长一次的秒数", "total": "合计秒数", "count": "次数"}
Measure = Literal["longest", "total", "count"]


@dataclass(frozen=True, slots=True)
class Excuse:
    """What makes a silence one to put up with."""

    before: tuple[Phrase, ...] = ()
    after: tuple[Phrase, ...] = ()
    near: Fraction = NEAR
    up_to: Fraction | None = None
    where: Where = field(default_factory=lambda: Where("anyone"))
    wording: Wording = field(default_factory=Wording)

    def said(self, heard: Heard, silence: Span) -> Match | None:
        """The phrase that excuses a silence."""
        if self.up_to is not None and silence.length > self.up_to:
            return None
        for match in self._mentions(heard, self.before):
            if silence.start - self.near <= match.until and match.at <= silence.start:
                return match
        for match in self._mentions(heard, self.after):
            if match.at <= silence.end + self.near and match.until >= silence.end:
                return match
        return None

    def _mentions(self, heard: Heard, phrases: tuple[Phrase, ...]) -> list[Match]:
        words = [w for phrase in phrases for w in self.wording.of(phrase, heard.vocabulary)]
        found = matches(heard.utterances, self.where.wanted(heard), words) if words else []
        return [match for match in found if self.wording.negated or not match.negated]

    def as_json(self) -> JsonObject:
        if not self.before and not self.after:
            return {}
        up_to = {} if self.up_to is None else {"excused_up_to": plain(self.up_to)}
        return {
            "said_before": [phrase[0] for phrase in self.before],
            "said_after": [phrase[0] for phrase in self.after],
            "near": plain(self.near),
            **up_to,
            "by": self.where.by,
        }


@dataclass(frozen=True, slots=True)
class Silence:
    over: Fraction
    most: int
    measure: Measure
    excuse: Excuse

    def look(self, heard: Heard) -> Seen:
        found = silences(heard)
        settings = {"over": plain(self.over), "most": self.most, **self.excuse.as_json()}
        if found is None:
            return unsure("没有录音指标，也没有转写，量不出静音。", settings=settings)
        settings |= found.settings
        if found.least > self.over:
            told = (
                f"录音指标只列出 {seconds(found.least)}以上的静音，判断不了{seconds(self.over)}。"
            )
            return unsure(told, settings=settings)
        long = [span for span in found.spans if span.length > self.over]
        excused = {span: said for span in long if (said := self.excuse.said(heard, span))}
        left = [span for span in long if span not in excused]
        shown = [Evidence(span.start, span.end, note="静音") for span in left]
        for span, said in excused.items():
            shown.append(Evidence(span.start, span.end, note="静音，事先或事后有说明，不算"))
            shown += places([said], "说明了静音")
        return Seen(
            FAIL if len(left) > self.most else PASS,
            self._told(left, len(excused)),
            tuple(shown),
            self._measured(left),
            settings,
        )

    def _measured(self, left: list[Span]) -> Fraction:
        if self.measure == "count":
            return Fraction(len(left))
        return (
            total(left)
            if self.measure == "total"
            else max((s.length for s in left), default=Fraction(0))
        )

    def _told(self, left: list[Span], excused: int) -> str:
        rest = f"另有 {excused} 次有说明，不算。" if excused else ""
        if not left:
            return f"没有超过{seconds(self.over)}的静音。{rest}"
        longest = max(span.length for span in left)
        told = f"超过{seconds(self.over)}的静音 {len(left)} 次，最长{seconds(longest)}"
        return f"{told}，允许 {self.most} 次。{rest}" if self.most else f"{told}。{rest}"


def read(fields: Fields) -> Silence:
    over = read_seconds(fields, "over", needed=True) or Fraction(1)
    excuse = Excuse(
        read_phrases(fields, "said_before", needed=False),
        read_phrases(fields, "said_after", needed=False),
        read_seconds(fields, "near", usual=NEAR) or NEAR,
        read_seconds(fields, "excused_up_to"),
        Where(fields.one_of("by", BY) or "anyone"),
        read_wording(fields),
    )
    measure = cast(Measure, fields.one_of("measure", MEASURES) or "longest")
    return Silence(over, read_most(fields), measure, excuse)


def read_most(fields: Fields) -> int:
    """How many are allowed; none unless it says so."""
    value = fields.get("most")
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
        fields.fault("most 应为 0 到 1000 的整数。", "most")
        return 0
    return value
