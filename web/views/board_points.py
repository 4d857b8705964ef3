"""Points of the board: who was given how many in a month, the ledger, the export for appraisal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kb import points
from kb.errors import InvalidContent, Settled
from kb.formats.table import disarm

from ..access import needs
from ..context import now, person, reading, work
from ..models import Person
from ..pages import ZONE
from ..people_names import load_names
from .board import blueprint

COLUMNS = ("月份", "工号", "姓名", "班组", "质量", "积极性", "合计", "笔数")


def _month() -> tuple[str, datetime, datetime]:
    """The month that was asked for, Chinese standard time: 2026-11, its begin, the next one's."""
    today = now().astimezone(ZONE)
    year, _, month = request.args.get("month", "").partition("-")
    known = year.isascii() and year.isdigit() and month.isascii() and month.isdigit()
    y, m = (int(year), int(month)) if known and len(year) == 4 and len(month) <= 2 else (0, 0)
    if not (2000 <= y <= 2999 and 1 <= m <= 12):
        y, m = today.year, today.month
    begin = datetime(y, m, 1, tzinfo=ZONE)
    end = datetime(y + m // 12, m % 12 + 1, 1, tzinfo=ZONE)
    return f"{y}-{m:02d}", begin, end


@blueprint.get("/points")
@needs("board.points")
def ledger() -> ResponseReturnValue:
    month, begin, end = _month()
    entries = points.entries(reading(), begin, end, limit=500)
    sums = points.sums(reading(), begin, end)
    load_names([*(e.person_id for e in entries), *(e.by_id for e in entries)])
    load_names(s.person_id for s in sums)
    return render_template(
        "board/points.html",
        month=month,
        sums=sums,
        entries=entries,
        corrected=points.corrected(reading(), [e.id for e in entries]),
        SORTS=points.SORTS,
    )


@blueprint.post("/points/<int:id>/correction")
@needs("board.points")
def correct(id: int) -> ResponseReturnValue:
    try:
        with work("board.points") as writes:
            points.correct(writes, id, request.form.get("reason", ""), person().id, now())
    except (InvalidContent, Settled) as wrong:
        flash(str(wrong), "warning")
    except IntegrityError:
        flash("这一笔刚刚冲正过了。", "warning")
    else:
        flash("已冲正，原来的一笔留着。", "success")
    return redirect(url_for("board.ledger"))


@blueprint.get("/points.csv")
@needs("board.points")
def export() -> ResponseReturnValue:
    """Sums per person of a month, as a table for appraisal."""
    month, begin, end = _month()
    sums = points.sums(reading(), begin, end)
    query = select(Person).where(Person.id.in_([s.person_id for s in sums]))
    people = {p.id: p for p in reading().scalars(query).unique()}

    def rows() -> Iterator[tuple[object, ...]]:
        yield COLUMNS
        for s in sums:
            p = people[s.person_id]
            team = p.team.name if p.team else ""
            yield month, p.number, p.name, team, s.quality, s.activity, s.total, s.n

    text = io.StringIO()
    csv.writer(text).writerows(
        [disarm(c) if isinstance(c, str) else c for c in row] for row in rows()
    )
    return Response(
        "\ufeff" + text.getvalue(),  # the mark makes spreadsheet programs read UTF-8
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="points-{month}.csv"'},
    )
