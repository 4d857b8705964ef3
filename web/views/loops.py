"""The loops of failed items: what was read, what later calls show, and whether to close."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kb.errors import InvalidContent, NotFound, Settled
from qa import loops, remedies
from qa.tables import Remedy, Scorecard

from .. import todo
from ..access import needs
from ..context import can, now, person, reading, work
from ..people_names import load_names, person_name
from ..qa_ties import team_of
from ..scorecard_articles import titles
from . import finished

blueprint = Blueprint("loops", __name__, url_prefix="/qa/loops")

PAGE = 30
MOST = 500
SHOWS = {"open": "进行中", "ready": "建议了结", "closed": "已了结"}


@blueprint.get("")
@needs("qa.team")
def listing() -> ResponseReturnValue:
    show = request.args.get("show", "open")
    show = show if show in SHOWS else "open"
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    agent = request.args.get("agent", type=int)
    every = _all()
    found = every if agent is None else [r for r in every if r.agent_id == agent]
    effects = loops.effects(reading(), found, now())
    groups = {
        "open": [r for r in found if r.closed_at is None],
        "ready": [r for r in found if r.closed_at is None and effects[r.id].may_close],
        "closed": [r for r in reversed(found) if r.closed_at is not None],
    }
    shown = groups[show][(page - 1) * PAGE : page * PAGE]
    load_names([*(r.agent_id for r in every), *(r.closed_by for r in shown)])
    return render_template(
        "loops/listing.html",
        loops=[(r, todo.item_title(reading(), r), effects[r.id]) for r in shown],
        pooled=_pooled(found, effects),
        total=len(groups[show]),
        page=page,
        pages=-(-len(groups[show]) // PAGE),
        show=show,
        SHOWS=SHOWS,
        counts={name: len(group) for name, group in groups.items()},
        agent=agent,
        agents=sorted({(r.agent_id, person_name(r.agent_id)) for r in every}),
        articles=titles(r.article_key for r in shown),
        quizzes=todo.quizzes(),
        WORDS=loops.WORDS,
        RULES=(remedies.RULE, loops.RULE),
        address=finished.address,
        name=person_name,
    )


def _all() -> list[Remedy]:
    """The newest of one's own team, or of everybody for who scores; the oldest first."""
    query = select(Remedy).order_by(Remedy.proposed_at.desc(), Remedy.id.desc()).limit(MOST)
    if not can("qa.score"):
        query = query.where(Remedy.agent_id.in_([one.id for one in team_of(reading(), person())]))
    return list(reversed(reading().scalars(query).all()))


def _pooled(
    found: list[Remedy], effects: dict[int, loops.Effect]
) -> list[tuple[str, str, int, loops.Effect]]:
    """Items with more than one loop: (title, scorecard's title, loops, what came of them)."""
    made = []
    for (card, item), (count, effect) in loops.pooled(found, effects).items():
        if count > 1:
            title = reading().get_one(Scorecard, card).title
            made.append((todo.title_on(reading(), card, item), title, count, effect))
    return made


@blueprint.post("/<int:id>/end")
@needs("qa.team")
def close(id: int) -> ResponseReturnValue:
    if id not in {r.id for r in _all()}:
        raise NotFound("补学", str(id))
    try:
        with work("qa.loop.close") as writes:
            why = request.form.get("why", "")
            remedies.close(writes, remedies.hold(writes, id), why, by=person().id, at=now())
    except (InvalidContent, Settled) as wrong:
        flash(str(wrong), "error")
    else:
        flash("已了结，后面的通话不再专门抽这一项。", "success")
    return redirect(url_for("loops.listing"))
