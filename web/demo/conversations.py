"""The demo centre's telephone calls, as they lie in ``calls``: ``calls.yaml`` lists them, with a
WebVTT beside it for what was said, and for some a recording. All is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from qa.figures import ROLES, Conversation, characters, figures
from qa.spans import Span
from qa.transcripts import Utterance, read

from ..pages import ZONE

FOLDER = Path(__file__).parent / "calls"

Place = str | list[str]
"""One option, ``better/worse`` for between two, or a list of options (``option?``: half done)."""


@dataclass(frozen=True)
class Talk:
    """One call: ``day`` days before the demo began at ``at`` o'clock, ``seconds`` long.

    ``sound``: its recording's file name, ``side`` the agent's channel there. ``looked_up``: the
    articles the agent consulted. ``truth``: rubric → item → how well it was really done.
    """

    key: str
    agent: str
    day: int
    at: time
    seconds: int
    queue: str
    direction: str
    extension: str
    customer: str
    satisfaction: int | None
    consent: bool
    sound: str
    side: str
    looked_up: tuple[str, ...]
    note: str
    truth: Mapping[str, Mapping[str, Place]]

    def began(self, now: datetime) -> datetime:
        day = now.astimezone(ZONE).date() - timedelta(days=self.day)
        return datetime.combine(day, self.at, ZONE)

    @property
    def transcript(self) -> Path:
        return FOLDER / f"{self.key}.vtt"

    @cached_property
    def spoken(self) -> list[Utterance]:
        """What was said; nothing where recording was refused."""
        return read(self.transcript) if self.consent else []

    @cached_property
    def figures(self) -> dict[str, Any]:
        """The figures of the transcript's times, up to the end of the last word."""
        speech = {r: [Span(u.start, u.end) for u in self.spoken if u.role == r] for r in ROLES}
        end = max((u.end for u in self.spoken), default=Fraction(1))
        return figures(Conversation(end, speech, characters(self.spoken)))


@cache
def talks() -> tuple[Talk, ...]:
    """All calls, the oldest first."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows = yaml.load((FOLDER / "calls.yaml").read_text(encoding="utf-8"), loader)  # noqa: S506 (safe)
    return tuple(sorted(map(_talk, rows), key=lambda talk: (-talk.day, talk.at)))


def _talk(row: dict[str, Any]) -> Talk:
    return Talk(
        key=row["id"],
        agent=row["agent"],
        day=row["day"],
        at=time.fromisoformat(row["at"]),
        seconds=row["duration"],
        queue=row["queue"],
        direction=row["direction"],
        extension=row["extension"],
        customer=row["customer"],
        satisfaction=row["satisfaction"],
        consent=row["consent"],
        sound=row.get("sound", ""),
        side=row.get("agent_channel", ""),
        looked_up=tuple(row["looked_up"]),
        note=row["note"],
        truth=row.get("truth", {}),
    )
