"""Who sees what of a call: one place decides, and every page, file and answer of the API asks it.

``may_see(call)``          whether the call exists for the person who is asking
``visible()``              the same as a condition on ``Call``
``customer(call)``         the caller's number, in full only with ``qa.customer``, on record
``agent_label(call, …)``   who took it, or nobody's name where the review is blind
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from flask import Response, after_this_request, g
from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from kb.errors import NotFound
from qa import calls
from qa.reviews import COUNTING
from qa.tables import Call, Review

from .audit_notes import note
from .context import can, person, reading, work
from .models import Person

HIDDEN = "（评完才显示）"
"""Stands for the agent of a blind review."""
SHOWN_LAST = 4
MOST_NOTES = 100
"""Calls named one by one in the trail of one request; of more the rest is counted."""


# Calls


def may_see(call: Call) -> bool:
    """With ``qa.score`` every call; else the team's, and one's own once it has been scored."""
    if can("qa.score"):
        return True
    if can("qa.team") and call.agent_id in _team():
        return True
    return can("qa.own") and call.agent_id == person().id and _scored(call)


def visible() -> ColumnElement[bool]:
    """What ``may_see`` says, as a condition on ``Call``."""
    if can("qa.score"):
        return Call.id.is_not(None)
    parts: list[ColumnElement[bool]] = [false()]
    if can("qa.team"):
        parts.append(Call.agent_id.in_(_team()))
    if can("qa.own"):
        parts.append(and_(Call.agent_id == person().id, Call.id.in_(_finished())))
    return or_(*parts)


def seen(key: str) -> Call:
    """The call with this key. Raises NotFound where there is none, or none to be seen."""
    found = calls.get(reading(), key)
    if not may_see(found):
        raise NotFound("通话", key[:64])
    return found


def _finished() -> Select[Any]:
    counts = Review.purpose.in_(COUNTING)
    return select(Review.call_id).where(Review.state == "finished", counts)


def _scored(call: Call) -> bool:
    query = _finished().where(Review.call_id == call.id).limit(1)
    return reading().scalar(query) is not None


def _team() -> frozenset[int]:
    """The ids of everybody in the team of the person who is asking."""
    if "qa_team" not in g:
        team = person().team_id
        found = [] if team is None else reading().scalars(_members(team))
        g.qa_team = frozenset(found)
    return cast("frozenset[int]", g.qa_team)


def _members(team: int) -> Select[tuple[int]]:
    return select(Person.id).where(Person.team_id == team)


# The caller's number


def customer(call: Call) -> str:
    """The caller's number: with ``qa.customer`` in full, which the trail records; else masked."""
    if not call.customer:
        return ""
    if not can("qa.customer"):
        return masked(call.customer)
    _shown_in_full(call)
    return call.customer


def masked(number: str) -> str:
    """The last four alone; of a short one nothing."""
    kept = number[-SHOWN_LAST:] if len(number) > SHOWN_LAST + 2 else ""
    return "*" * min(7, len(number) - len(kept)) + kept


def _shown_in_full(call: Call) -> None:
    if "numbers_shown" not in g:
        g.numbers_shown = {}
        after_this_request(_leave_trace)
    g.numbers_shown[call.id] = call.key


def _leave_trace(response: Response) -> Response:
    """Before the answer leaves: what cannot be recorded is not shown."""
    shown = list(cast("dict[int, str]", g.numbers_shown).items())
    with work("qa.customer") as session:
        for id, key in shown[:MOST_NOTES]:
            note(session, "qa_call", id, {"customer": (None, f"{key}：看到完整号码")})
        if len(shown) > MOST_NOTES:
            told = f"另有 {len(shown) - MOST_NOTES} 通：看到完整号码"
            note(session, "qa_call", "", {"customer": (None, told)})
    return response


# The agent


def agent_label(call: Call, review: Review | None = None) -> str:
    """周小禾（1001）, or :data:`HIDDEN` on the page of a blind review that is not finished."""
    if review is not None and hides(review):
        return HIDDEN
    name, number = agent_of(call)
    return f"{name}（{number}）" if number else name


def agent_of(call: Call) -> tuple[str, str]:
    """(name, employee number) of who took the call, whoever may see it."""
    load_agents([call.agent_id])
    return _agents().get(call.agent_id, (f"#{call.agent_id}", ""))


def hides(review: Review) -> bool:
    """Whether this review hides the agent from the person who is asking."""
    if not review.blind or review.state not in ("waiting", "begun"):
        return False
    return review.inspector_id == person().id or not can("qa.plan")


def hidden_calls() -> frozenset[int]:
    """Ids of calls whose agent is hidden from whoever is asking, wherever they come upon them."""
    if "qa_hidden" not in g:
        query = select(Review.call_id).where(
            Review.inspector_id == person().id,
            Review.blind.is_(True),
            Review.state.in_(("waiting", "begun")),
        )
        g.qa_hidden = frozenset(reading().scalars(query))
    return cast("frozenset[int]", g.qa_hidden)


def load_agents(ids: Iterable[int]) -> None:
    """Look up many at once, before a page asks for them one by one."""
    known = _agents()
    if wanted := set(ids) - set(known):
        query = select(Person.id, Person.name, Person.number).where(Person.id.in_(wanted))
        known.update((id, (name, number)) for id, name, number in reading().execute(query))


def _agents() -> dict[int, tuple[str, str]]:
    if "qa_agents" not in g:
        g.qa_agents = {}
    return cast("dict[int, tuple[str, str]]", g.qa_agents)


# The scores


def hidden_scores() -> frozenset[int]:
    """Ids of calls that whoever is asking is still to judge without knowing the first score."""
    if "qa_unjudged" not in g:
        query = select(Review.call_id).where(
            Review.inspector_id == person().id,
            Review.purpose.in_(("recheck", "calibration")),
            Review.state.in_(("waiting", "begun")),
        )
        g.qa_unjudged = frozenset(reading().scalars(query))
    return cast("frozenset[int]", g.qa_unjudged)
