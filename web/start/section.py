"""One kind of work on the start page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 6
"""How many rows of a kind are shown there."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    url: str
    meta: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """How much there is (None where that says nothing), the first of it, and where to go on."""

    title: str
    count: int | None
    rows: Sequence[Line]
    empty: str
    action: tuple[str, str] | None = None
