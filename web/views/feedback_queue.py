"""The owner's queue: what readers found wrong, in its place, and the answer to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb import feedback, gate
from kb.errors import InvalidContent, Settled
from kb.feedback import Context, Report
from kb.models import Revision

from .. import handling
from ..access import needs
from ..context import now, person, reading, viewer, work
from ..errors import status_of
from ..people_names import load_names

blueprint = Blueprint("reports", __name__, url_prefix="/kb/reports")

SHOWS = {"mine": "等我答复", "all": "全部待答", "done": "已答复", "votes": "有用没用"}
PAGE = 20
VOTES_OVER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Shown:
    """A report with its passage in its surroundings; None where this person may not read it."""

    report: Report
    context: Context | None
    title: str
    newer: int | None
    """The number of the revision in force, when it is another by now."""


@blueprint.get("")
@needs("kb.write")
def listing() -> ResponseReturnValue:
    return _page()


def _page(wrong: InvalidContent | None = None, at: int = 0) -> str:
    show = request.values.get("show", "mine")
    show = show if show in SHOWS else "mine"
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    mine, _ = feedback.queue(reading(), owner=person().id, limit=1)
    everyone, _ = feedback.queue(reading(), limit=1)
    total, found = feedback.queue(
        reading(),
        owner=person().id if show == "mine" else None,
        answered=show == "done",
        offset=(page - 1) * PAGE,
        limit=PAGE,
    )
    load_names(id for r in found for id in (r.person_id, r.owner_id, *(s.by_id for s in r.steps)))
    return render_template(
        "feedback/queue.html",
        show=show,
        shows=SHOWS,
        counts={"mine": mine, "all": everyone},
        page=page,
        pages=max(1, -(-total // PAGE)),
        total=total,
        shown=_shown(found) if show != "votes" else [],
        votes=_votes() if show == "votes" else [],
        writers=[p for p in handling.writers(reading()) if p.id != person().id],
        STATES=feedback.STATES,
        STEPS=feedback.STEPS,
        wrong=wrong,
        wrong_at=at,
        form=request.form,
    )


def _shown(found: Sequence[Report]) -> list[Shown]:
    ids = [r.revision.article_id for r in found]
    current = gate.in_force_of(reading(), viewer(), now(), ids)
    return [_show(r, current.get(r.revision.article_id)) for r in found]


def _show(one: Report, in_force: Revision | None) -> Shown:
    revision = one.revision
    if not viewer().may_see(revision.audiences):
        return Shown(one, None, "您没有阅读权限的文章", None)
    newer = in_force.number if in_force and in_force.number != revision.number else None
    context = feedback.context(revision.body, one.start, one.end)
    return Shown(one, context, revision.title, newer)


def _votes() -> list[tuple[Revision, feedback.Tally]]:
    found = feedback.tallies(reading(), now() - VOTES_OVER)
    texts = gate.in_force_of(reading(), viewer(), now(), [t.article_id for t in found])
    return [(texts[t.article_id], t) for t in found if t.article_id in texts]


@blueprint.post("/<int:id>/answers")
@needs("kb.write")
def answer(id: int) -> ResponseReturnValue:
    kind, text = request.form.get("kind", ""), request.form.get("text", "")
    try:
        with work("kb.report.answer") as writes:
            if kind == feedback.PASSED:
                to = _receiver()
                feedback.pass_on(writes, id, to, text, person().id, now())
            else:
                feedback.answer(writes, id, kind, text, person().id, now())
    except InvalidContent as wrong:
        return _page(wrong, id), status_of(wrong)
    except Settled as wrong:
        flash(str(wrong), "warning")
        return redirect(url_for("reports.listing", show="done"))
    said = "已转交。" if kind == feedback.PASSED else "已答复，提出的人会在首页看到。"
    flash(said, "success")
    return redirect(url_for("reports.listing", show=request.form.get("show", "mine")))


def _receiver() -> int:
    """Raises InvalidContent."""
    wanted = request.form.get("to", "")
    able = {str(p.id): p.id for p in handling.writers(reading())}
    if wanted not in able:
        raise InvalidContent("to", "请选转给谁。")
    return able[wanted]
