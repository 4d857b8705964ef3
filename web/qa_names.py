"""What ids are called on the pages of quality assurance: people, teams, scorecards, their items."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select

from qa.report_rows import Row
from qa.rubric_read import parse
from qa.tables import Review, Scorecard

from .context import reading
from .models import Person, Team

NO_TEAM = "没有班组"


def people() -> Callable[[int], str]:
    """周小禾（1001）"""
    query = select(Person.id, Person.name, Person.number)
    known = {id: f"{name}（{number}）" for id, name, number in reading().execute(query)}
    return lambda id: known.get(id, f"#{id}")


def all_teams() -> Sequence[Team]:
    return reading().scalars(select(Team).order_by(Team.name)).all()


def teams() -> Callable[[int | None], str]:
    known = {team.id: team.name for team in all_teams()}
    return lambda id: NO_TEAM if id is None else known.get(id, f"#{id}")


def team_of() -> Callable[[Row], int | None]:
    """The team the agent is in today."""
    known = dict(reading().execute(select(Person.id, Person.team_id)).all())
    return lambda row: known.get(row.agent_id)


def cards() -> Sequence[tuple[int, str]]:
    """Scorecards that were ever in use: (id, title)."""
    return [(card.id, card.title) for card in reading().scalars(select(Scorecard)) if card.active]


def inspectors() -> Sequence[tuple[int, str]]:
    """Everybody who was ever given a review."""
    named = people()
    query = select(Review.inspector_id).where(Review.inspector_id.is_not(None)).distinct()
    found = [(id, named(id)) for id in reading().scalars(query) if id is not None]
    return sorted(found, key=lambda one: one[1])


def items() -> Callable[[int, str], str]:
    """(scorecard, item key) → what the newest version in use that has the item calls it."""
    known: dict[tuple[int, str], str] = {}
    for card in reading().scalars(select(Scorecard)):
        for version in card.versions:
            if version.state == "active":
                known |= {(card.id, key): title for key, title in titles(version.content).items()}
    return lambda card, item: known.get((card, item), item)


def titles(content: object) -> dict[str, str]:
    """Item key → title of a rubric."""
    rubric = parse(content)
    return {item.key: item.title for section in rubric.sections for item in section.items}
