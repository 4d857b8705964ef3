"""Who sits an exam, as far as exams need to know."""

from __future__ import annotations

from dataclasses import dataclass

from kb.gate import Viewer


@dataclass(frozen=True, slots=True)
class Taker:
    """A person as they are now. ``grade`` is '' where they have none; ``viewer`` is what they may
    read, and so be asked."""

    person_id: int
    team_id: int | None
    grade: str
    viewer: Viewer
