"""People as exams know them."""

from __future__ import annotations

from exams.takers import Taker

from .access import viewer_of
from .models import Person


def taker(person: Person) -> Taker:
    return Taker(person.id, person.team_id, person.grade, viewer_of(person))
