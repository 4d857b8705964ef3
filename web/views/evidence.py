"""Evidence: who saw which words when; the dispute report; the chain checked and anchored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ..access import needs
from ..audit_notes import note
from ..context import can, now, person, reading, services, viewer, work
from ..errors import InvalidInput, status_of
from ..evidence import checks, finding, reports
from ..evidence.finding import Wanted
from ..evidence.reports import Reader, Report
from ..evidence.tables import ACTS, ChainHead
from ..evidence.words import SURFACES
from ..models import Person
from ..pages import day

blueprint = Blueprint("evidence", __name__, url_prefix="/evidence")

QUERY = ("call", "who", "article", "act", "from", "to")
ORIGINS = {"desk": "网页", "api": "接口", "demo": "演示"}


@blueprint.get("")
@needs("evidence.read")
def listing() -> ResponseReturnValue:
    services().evidence.flush()
    wanted, wrong = _wanted(request.args)
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    found = finding.find(reading(), viewer(), wanted, page)
    pages = max(1, -(-found.total // finding.PAGE))
    if page > pages:
        abort(404)
    reader = _reader()
    return render_template(
        "evidence/listing.html",
        wanted=wanted,
        wrong=wrong,
        kept=_kept(),
        found=found,
        page=page,
        pages=pages,
        reader=reader,
        people={t.person_id: reader.person(t.person_id) for t in found.traces},
        acts=ACTS,
        surfaces=SURFACES,
        origins=ORIGINS,
        most=finding.MOST,
    )


def _wanted(args: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    """The question in the address, and what of it cannot be understood."""
    wrong: dict[str, str] = {}

    def read(name: str) -> date | None:
        text = args.get(name, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            wrong[name] = "日期要写成 2026-11-21 这样。"
            return None

    who = args.get("who", "").strip()[:60]
    if who and not can("evidence.people"):
        wrong["who"] = "您不能按人员查：证据里的人员对您是隐去的。"
        who = ""
    return (
        Wanted(
            call=args.get("call", "").strip()[:64],
            who=who,
            article=args.get("article", "").strip()[:200],
            act=args.get("act", "") if args.get("act") in ACTS else "",
            first=read("from"),
            last=read("to"),
        ),
        wrong,
    )


def _kept() -> dict[str, str]:
    return {name: value for name in QUERY if (value := request.args.get(name, "").strip())}


# Names, masked or not


def _reader() -> Reader:
    open_ = can("evidence.people")
    known: dict[int, str] = {}

    def named(id: int) -> str:
        if id not in known:
            row = (
                reading().execute(select(Person.name, Person.number).where(Person.id == id)).first()
            )
            name, number = row or ("", str(id))
            known[id] = f"{name}（{number}）" if open_ else f"{name[:1]}**（工号隐去）"
        return known[id]

    def call(text: str) -> str:
        return text if open_ or not text else f"…{text[-4:]}" if len(text) > 6 else "……"

    return Reader(viewer(), named, call, open_)


# The report


@blueprint.get("/report")
@needs("evidence.read")
def report() -> ResponseReturnValue:
    made, reader = _report()
    return render_template("evidence/report.html", **_shown(made, reader))


@blueprint.get("/report.html")
@needs("evidence.read")
def report_file() -> ResponseReturnValue:
    """The same as one file that needs nothing else."""
    made, reader = _report()
    _note_export(made, "HTML")
    page = render_template("evidence/report_file.html", **_shown(made, reader))
    return _file(page, "text/html; charset=utf-8", "html")


@blueprint.get("/report.json")
@needs("evidence.read")
def report_json() -> ResponseReturnValue:
    made, reader = _report()
    _note_export(made, "JSON")
    text = json.dumps(reports.as_dict(made, reader), ensure_ascii=False, indent=1)
    return _file(text, "application/json", "json")


def _report() -> tuple[Report, Reader]:
    services().evidence.flush()
    wanted, wrong = _wanted(request.args)
    if wrong:
        abort(422)
    reader = _reader()
    by = f"{person().name}（{person().number}）"
    return reports.make(reading(), wanted, reader, by, now()), reader


def _shown(made: Report, reader: Reader) -> dict[str, Any]:
    return {
        "report": made,
        "kept": _kept(),
        "acts": ACTS,
        "surfaces": SURFACES,
        "origins": ORIGINS,
        "sees_people": reader.sees_people,
        "call": reader.call(made.wanted.call),
        "most": finding.MOST,
    }


def _note_export(made: Report, kind: str) -> None:
    with work("evidence.export") as writes:
        asked = _kept() | {"format": kind, "rows": str(len(made.entries))}
        note(writes, "evidence", "", {"filter": (None, asked)})


def _file(text: str, mimetype: str, ending: str) -> Response:
    name = f"evidence-{day(now())}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, content_type=mimetype, headers=headers)


# Checking


@blueprint.get("/checks")
@needs("evidence.read")
def chain() -> ResponseReturnValue:
    return _checks_page()


def _checks_page(wrong: InvalidInput | None = None) -> str:
    found = checks.latest(reading())
    return render_template(
        "evidence/checks.html",
        checks=found,
        head=reading().get(ChainHead, 1),
        waiting=any(check.done_at is None for check in found),
        wrong=str(wrong) if wrong else "",
    )


@blueprint.post("/checks")
@needs("evidence.read")
def check() -> ResponseReturnValue:
    """Have the whole chain checked, against a file of anchors if one comes with it."""
    services().evidence.flush()
    file = request.files.get("anchors")
    try:
        text = file.read(checks.LARGEST + 1).decode("utf-8") if file and file.filename else ""
        anchors = checks.read_anchors(text) if file and file.filename else []
    except UnicodeDecodeError:
        wrong = InvalidInput("anchors", "这不是导出的锚点文件：应是 UTF-8 的文字。")
        return _checks_page(wrong), 422
    except InvalidInput as found:
        return _checks_page(found), status_of(found)
    with work("evidence.check") as writes:
        checks.ask(writes, person().id, now(), anchors)
    flash("已安排核验，完成后结果列在下面；刷新本页查看。", "success")
    return redirect(url_for("evidence.chain"))


@blueprint.post("/anchors")
@needs("evidence.read")
def anchor() -> ResponseReturnValue:
    """Note where the chain ends, and hand it out to be kept elsewhere."""
    services().evidence.flush()
    with work("evidence.anchor") as writes:
        noted = checks.anchor(writes, now())
    name = f"zhixi-anchor-{day(now())}-{noted['last']}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(json.dumps(noted) + "\n", mimetype="application/json", headers=headers)
