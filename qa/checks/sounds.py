"""Figures of sound as the checks read them: whatever is missing or odd is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..exact import NotANumber, exact
from ..spans import Span, outside, union
from .contract import Heard, JsonObject

NO_FIGURES = "没有录音指标，量不出来。"


def number(value: Any, *path: str) -> Fraction | None:
    """The number at a path of nested objects."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    try:
        return exact(value)
    except NotANumber:
        return None


def stretches(value: Any) -> Iterator[tuple[Span, Mapping[str, Any]]]:
    """Objects with ``start`` (or ``at``) and ``duration`` of a list, as spans."""
    for each in value if isinstance(value, list | tuple) else ():
        start = number(each, "start")
        start = number(each, "at") if start is None else start
        length = number(each, "duration")
        if start is not None and length is not None and length >= 0:
            yield Span(start, start + length), each


@dataclass(frozen=True, slots=True)
class Silences:
    """Stretches in which nobody speaks, all that are at least ``least`` seconds long."""

    spans: tuple[Span, ...]
    least: Fraction
    settings: JsonObject


def silences(heard: Heard) -> Silences | None:
    """From the figures; without them from the times of the transcript; None without either."""
    figures = heard.figures
    if figures is not None:
        found = figures.get("silence")
        listed = found.get("long") if isinstance(found, Mapping) else None
        least = number(figures, "settings", "long_silence")
        if isinstance(listed, list | tuple) and least is not None:
            spans = tuple(span for span, _ in stretches(listed))
            return Silences(spans, least, {"source": "figures", "long_silence": float(least)})
    if not heard.utterances:
        return None
    spoken = union(Span(each.start, each.end) for each in heard.utterances)
    quiet = tuple(outside(spoken, heard.whole))
    return Silences(quiet, Fraction(0), {"source": "transcript"})
