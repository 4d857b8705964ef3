"""Figures of a conversation: talk, silence, overtalk, interruptions, speech rate.

    figures(Conversation(duration, {"agent": spans, "customer": spans})).as_dict()

All from stretches of speech, wherever they come from: a segments file, a transcript, or a
recording (see :mod:`qa.measuring`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from .spans import Span, common, outside, total, union
from .transcripts import Role, Utterance, spoken

ROLES: tuple[Role, Role] = ("agent", "customer")
PLACES = 6
"""Decimals of what is printed."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Seconds. Changed by the centre, and printed beside the figures."""

    interruption: float = 0.5
    """Both must speak at least this long; less is turn-taking or 嗯."""

    long_silence: float = 3.0
    """Silences listed one by one are at least this long."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Who spoke when (seconds). ``characters``: how much each said, where it was written down."""

    duration: Fraction
    speech: Mapping[Role, Sequence[Span]]
    characters: Mapping[Role, int] = field(default_factory=dict)
    levels: Mapping[Role, float | None] = field(default_factory=dict)


def figures(call: Conversation, thresholds: Thresholds | None = None) -> dict[str, Any]:
    """The result of CONTRACTS.md, but for the settings of what found the speech."""
    thresholds = thresholds or Thresholds()
    talk = {role: union(call.speech.get(role, ())) for role in ROLES}
    both = common(talk["agent"], talk["customer"])
    return {
        "duration": shown(call.duration),
        **{role: _speaker(call, role, talk[role]) for role in ROLES},
        "silence": silence((*talk["agent"], *talk["customer"]), call.duration, thresholds),
        "overtalk": {**_part(both, call.duration), "count": len(both)},
        "interruptions": [
            {"at": shown(span.start), "duration": shown(span.length), "by": by}
            for span in both
            if span.length >= Fraction(str(thresholds.interruption))
            and (by := _interrupter(span, talk)) is not None
        ],
        "settings": thresholds.as_dict(),
    }


def shown(seconds: Fraction) -> float:
    return round(float(seconds), PLACES)


def _part(spans: Sequence[Span], duration: Fraction, name: str = "total") -> dict[str, float]:
    found = total(spans)
    return {name: shown(found), "share": shown(found / duration)}


def _speaker(call: Conversation, role: Role, talk: Sequence[Span]) -> dict[str, Any]:
    level = call.levels.get(role)
    return {
        **_part(talk, call.duration, "talk"),
        "rate_cpm": rate(call.characters.get(role), total(talk)),
        "level_dbfs": None if level is None else round(level, 2),
    }


def rate(characters: int | None, seconds: Fraction) -> float | None:
    """Characters a minute of talk; None without a text or without talk."""
    return shown(60 * characters / seconds) if characters is not None and seconds else None


def silence(
    speech: Iterable[Span], duration: Fraction, thresholds: Thresholds | None = None
) -> dict[str, Any]:
    """When nobody speaks; ``longest`` is the first of equals, None if there is no silence."""
    least = Fraction(str((thresholds or Thresholds()).long_silence))
    quiet = outside(union(speech), Span(Fraction(0), duration))
    longest = max(quiet, key=lambda span: span.length, default=None)
    return {
        **_part(quiet, duration),
        "longest": None if longest is None else stretch(longest),
        "long": [stretch(span) for span in quiet if span.length >= least],
    }


def stretch(span: Span) -> dict[str, float]:
    return {"start": shown(span.start), "duration": shown(span.length)}


def _interrupter(both: Span, talk: Mapping[Role, Sequence[Span]]) -> Role | None:
    """Who begins while the other is already speaking; None where both begin at once."""
    began = {role for role in ROLES for span in talk[role] if span.start == both.start}
    return next(iter(began)) if len(began) == 1 else None


def characters(utterances: Iterable[Utterance]) -> dict[Role, int]:
    """How much each role said; a role of which nothing is written is left out."""
    found: dict[Role, int] = {}
    for each in utterances:
        if each.role is not None and each.text:
            found[each.role] = found.get(each.role, 0) + spoken(each.text)
    return found
