"""What I said, and what became of it: my reports, gaps, cases and points."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kb import cases, feedback, gapbook, gate, past, points

from .. import voices
from ..access import needs
from ..context import now, person, reading, viewer, work
from ..people_names import load_names

blueprint = Blueprint("mine", __name__, url_prefix="/mine")

POINTS_OVER = timedelta(days=92)


@blueprint.get("")
@needs("kb.read")
def page() -> ResponseReturnValue:
    me, at = person().id, now()
    reports = feedback.of_person(reading(), me)
    askings = gapbook.of_person(reading(), me)
    _, proposed = cases.listing(reading(), by=me, limit=100)
    ids = [r.revision.article_id for r in reports]
    ids += [a.gap.article_id for a in askings if a.gap.article_id is not None]
    ids += [c.article_id for c in proposed if c.article_id is not None]
    load_names(id for r in reports for id in (r.owner_id, *(s.by_id for s in r.steps)))
    return render_template(
        "mine.html",
        reports=reports,
        askings=askings,
        cases=proposed,
        points=points.entries(reading(), at - POINTS_OVER, at + timedelta(days=1), person=me),
        texts=gate.in_force_of(reading(), viewer(), at, ids),
        quoted=past.remembered(reading(), viewer(), at, [r.revision for r in reports]),
        waiting=voices.untold(reading(), me),
        STATES=feedback.STATES,
        ENDS=gapbook.ENDS,
        SORTS=points.SORTS,
    )


@blueprint.post("/told/<int:id>/<any(report, asking):what>")
@needs("kb.read")
def told_one(what: str, id: int) -> ResponseReturnValue:
    """I have read this one."""
    with work("kb.told") as writes:
        waiting = feedback.untold if what == "report" else gapbook.untold
        for one in waiting(writes, person().id):
            if one.id == id:
                one.told_at = now()
    return "", 204


@blueprint.post("/told")
@needs("kb.read")
def told() -> ResponseReturnValue:
    """I have read all that is new."""
    with work("kb.told") as writes:
        for report in feedback.untold(writes, person().id):
            report.told_at = now()
        for asking in gapbook.untold(writes, person().id):
            asking.told_at = now()
    flash("好的，首页不再提示。", "success")
    return redirect(url_for("mine.page"))
