"""实时监控: who is on which call since when, and what the telephone system can be asked to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kb.errors import KbError, NotFound
from qa import live, scorecards
from qa.errors import QaError
from qa.presence import STATES, LiveCall, Presence
from qa.tables import Scorecard
from qa.telephony import (
    COMMANDS,
    Adapter,
    Capability,
    Command,
    Outcome,
    Unreachable,
    possible,
)

from .. import qa_sight, qa_ties
from ..access import needs
from ..context import can, now, person, reading, services, work
from ..models import Person
from ..people_names import load_names, person_name

blueprint = Blueprint("monitor", __name__, url_prefix="/qa/monitor")

KINDS: Mapping[str, str] = {
    "talking": "ok",
    "held": "draft",
    "ringing": "info",
    "wrapup": "draft",
    "idle": "off",
    "busy": "warn",
    "offline": "off",
}
"""The mark of each state; its word says the same."""

STALE = timedelta(hours=2)
"""An agent at work of whom nothing was told for so long: an event was probably lost."""

NO_TEAM = "没有班组"
COMMANDS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Row:
    """An agent on the board."""

    person: Person
    presence: Presence
    can: Sequence[Capability]
    customer: str
    stale: bool

    @property
    def team(self) -> str:
        return self.person.team.name if self.person.team else NO_TEAM

    @property
    def call(self) -> LiveCall | None:
        return self.presence.call


@dataclass(frozen=True, slots=True)
class Board:
    """What is shown: ``rows`` of the chosen team and queue; counts are of everybody."""

    rows: Sequence[Row]
    team: str
    queue: str
    teams: Sequence[str]
    queues: Sequence[str]
    states: Mapping[str, int]
    waiting: Mapping[str, Mapping[str, int]]
    """{queue: {state: calls}}"""
    told: bool

    @property
    def by_team(self) -> Mapping[str, Sequence[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.team, []).append(row)
        return found


@blueprint.get("")
@needs("qa.monitor")
def board() -> ResponseReturnValue:
    return _shown("monitor/page.html", live.stamp(reading()))


@blueprint.get("/board")
@needs("qa.monitor")
def refresh() -> ResponseReturnValue:
    """The board alone, as the page asks for it by itself; 204 while nothing is new."""
    stamp = live.stamp(reading())
    if request.args.get("since") == stamp:
        return "", 204
    return _shown("monitor/board.html", stamp)


def _shown(template: str, stamp: str) -> str:
    shown = _board(request.args.get("team", ""), request.args.get("queue", ""))
    commands = live.asked(reading(), COMMANDS_SHOWN)
    load_names(id for row in commands for id in (row.by_id, row.agent_id))
    return render_template(
        template,
        board=shown,
        stamp=stamp,
        kept={"team": shown.team or None, "queue": shown.queue or None},
        kept_fields={"team": shown.team, "queue": shown.queue},
        states=STATES,
        kinds=KINDS,
        adapter=services().telephony,
        commands=commands,
        titles=COMMANDS,
        name=person_name,
        cards=_cards(),
    )


@blueprint.post("/<int:id>/commands")
@needs("qa.monitor")
def command(id: int) -> ResponseReturnValue:
    """Ask the telephone system; what was asked is kept before, and its answer after."""
    adapter, kind = services().telephony, request.form.get("kind", "")
    if adapter is None:
        raise NotFound("电话操作", kind[:20])
    seen = live.of(reading(), id)
    try:
        with work("qa.command") as writes:
            call = request.form.get("call", "")[:64]
            row, asked = live.ask(writes, adapter, kind, id, person().id, now(), call)
        outcome, reached = _answer(adapter, asked, seen)
        with work("qa.command.answer") as writes:
            live.answer(writes, row.id, outcome, now(), reached=reached)
    except QaError as wrong:
        flash(str(wrong), "error")
        return _back()
    whom = f"{COMMANDS[kind]} {person_name(id)}："
    flash(whom + outcome.sentence, "success" if outcome.done else "error")
    return _back()


def _answer(adapter: Adapter, command: Command, seen: Presence) -> tuple[Outcome, bool]:
    """What the system says, and whether it said anything."""
    try:
        return adapter.do(command, seen), True
    except Unreachable as wrong:
        return Outcome(False, str(wrong)), False


@blueprint.get("/<int:id>/review")
@needs("qa.score")
def choose(id: int) -> ResponseReturnValue:
    """Which scorecard a live review is on; a call that is over meanwhile is said to be."""
    presence = next((each for each in live.board(reading()) if each.agent == id), None)
    key = request.args.get("call", "")
    calls = () if presence is None else presence.calls
    return render_template(
        "monitor/review.html",
        id=id,
        call=next((each for each in calls if each.key == key), None),
        agent=person_name(id),
        cards=_cards(),
    )


@blueprint.post("/<int:id>/review")
@needs("qa.score")
def review(id: int) -> ResponseReturnValue:
    """Open a live review of a call in progress."""
    key = request.form.get("call", "")[:64]
    try:
        with work("qa.live") as writes:
            card = scorecards.get(writes, request.form.get("scorecard", ""))
            never = qa_ties.never(writes, person())
            made = live.review(writes, id, key, card, person().id, now(), never)
    except (QaError, KbError) as wrong:
        flash(str(wrong), "error")
        return _back()
    flash(f"已为 {person_name(id)} 的通话开了实时评分。", "success")
    return redirect(url_for("scoring.show", id=made.id))


def _back() -> ResponseReturnValue:
    if not can("qa.monitor"):
        return redirect(url_for("home.home"))
    kept = {name: request.form.get(name) or None for name in ("team", "queue")}
    return redirect(url_for("monitor.board", **kept))


def _cards() -> Sequence[Scorecard]:
    """Scorecards in use; none for who may not score."""
    if not can("qa.score"):
        return ()
    return [card for card in scorecards.listing(reading()) if card.active and not card.retired_at]


def _board(team: str, queue: str) -> Board:
    presences = {each.agent: each for each in live.board(reading())}
    query = select(Person).where(Person.disabled_at.is_(None)).order_by(Person.number)
    people = [each for each in reading().scalars(query).unique() if each.id in presences]
    at = now()
    rows = [_row(each, presences[each.id], at) for each in people]
    queues = sorted({call.queue for row in rows for call in row.presence.calls if call.queue})
    waiting: dict[str, Counter[str]] = {}
    for row in rows:
        for call in row.presence.calls:
            waiting.setdefault(call.queue or "没有队列", Counter())[call.state] += 1
    teams = sorted({row.team for row in rows})
    states = Counter(row.presence.state for row in rows)
    order = list(STATES)
    chosen = [
        row
        for row in rows
        if (team not in teams or row.team == team)
        and (queue not in queues or any(c.queue == queue for c in row.presence.calls))
    ]
    chosen.sort(key=lambda r: (r.team, order.index(r.presence.state), r.presence.since or at))
    return Board(
        chosen,
        team if team in teams else "",
        queue if queue in queues else "",
        teams,
        queues,
        {state: states[state] for state in STATES if states[state] or state != "offline"},
        dict(sorted(waiting.items())),
        bool(presences),
    )


def _row(who: Person, presence: Presence, at: datetime) -> Row:
    adapter = services().telephony if who.id != person().id else None
    quiet = presence.state != "offline" and presence.seen is not None
    return Row(
        who,
        presence,
        possible(adapter, presence),
        qa_sight.masked(presence.call.customer) if presence.call else "",
        quiet and at - (presence.seen or at) > STALE,
    )
