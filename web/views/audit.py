"""Who did what: the audit trail, narrowed, paged and exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from kb.formats.table import disarm

from .. import trail
from ..access import needs
from ..audit_names import DOINGS, ENTITIES
from ..audit_notes import note
from ..audit_words import Line, lines
from ..context import can, now, reading, services, work
from ..pages import day, moment
from ..trail import Wanted

blueprint = Blueprint("audit", __name__, url_prefix="/admin/audit")

QUERY = ("who", "doing", "entity", "entity_id", "from", "to")
COLUMNS = (
    "编号",
    "时间",
    "人员",
    "做什么",
    "动作",
    "对象",
    "对象编号",
    "对象名称",
    "内容",
    "原值",
    "新值",
)


@blueprint.get("")
@needs("audit.read")
def listing() -> ResponseReturnValue:
    wanted, wrong = _wanted(request.args)
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    entries, total = trail.find(reading(), wanted, page)
    pages = max(1, -(-total // trail.PAGE))
    if page > pages:
        abort(404)
    return render_template(
        "audit/listing.html",
        wanted=wanted,
        wrong=wrong,
        kept=_kept(),
        lines=lines(reading(), entries),
        link=_link,
        total=total,
        page=page,
        pages=pages,
        doings=[("", "全部"), *((key, DOINGS.get(key, key)) for key in trail.doings(reading()))],
        entities=[
            ("", "全部"),
            *((key, ENTITIES.get(key, key)) for key in trail.entities(reading())),
        ],
        about=ENTITIES.get(wanted.entity, wanted.entity),
    )


def _wanted(args: MultiDict[str, str]) -> tuple[Wanted, dict[str, str]]:
    """The question in the address, and what of it cannot be understood."""
    wrong: dict[str, str] = {}

    def read(name: str) -> date | None:
        text = args.get(name, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            wrong[name] = "日期要写成 2026-11-21 这样。"
            return None

    entity = args.get("entity", "")[:60]
    wanted = Wanted(
        who=args.get("who", "").strip()[:60],
        doing=args.get("doing", "")[:60],
        entity=entity,
        entity_id=args.get("entity_id", "")[:100] if entity else "",
        first=read("from"),
        last=read("to"),
    )
    return wanted, wrong


def _kept() -> dict[str, str]:
    return {name: value for name in QUERY if (value := request.args.get(name, "").strip())}


def _link(target: tuple[str, str] | None) -> str:
    """The page of what an entry is about, for those who may open it."""
    if target and target[0] == "person" and can("people.manage"):
        return url_for("people.edit", number=target[1])
    if target and target[0] == "article" and can("kb.read"):
        return url_for("articles.revisions", key=target[1])
    return ""


@blueprint.get("/export.csv")
@needs("audit.read")
def export() -> ResponseReturnValue:
    """The same entries as a table; that it was taken is itself recorded."""
    wanted, wrong = _wanted(request.args)
    if wrong:
        abort(422)
    with work("audit.export") as writes:
        note(writes, "audit_entry", "", {"filter": (None, _kept() or None)})
    return Response(
        stream_with_context(_csv(wanted)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="audit-{day(now())}.csv"'},
    )


def _csv(wanted: Wanted) -> Iterator[str]:
    yield "\ufeff" + _row(COLUMNS)  # the mark makes spreadsheet programs read UTF-8
    with services().db.reading() as session:
        for entries in trail.every(session, wanted):
            yield "".join(map(_rows, lines(session, entries)))


def _rows(line: Line) -> str:
    """A row for each changed field, or one where none is shown."""
    entry = line.entry
    head = (
        str(entry.id),
        moment(entry.at),
        entry.actor,
        line.doing,
        line.action,
        line.entity,
        entry.entity_id,
        line.subject,
    )
    changes = [(c.field, c.old, c.new) for c in line.changes] or [("", "", "")]
    return "".join(_row((*head, *change)) for change in changes)


def _row(cells: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([disarm(cell) for cell in cells])
    return line.getvalue()
