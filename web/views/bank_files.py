"""Questions from files and into files: seen first, then all of a file or nothing."""

from __future__ import annotations

from collections import Counter

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import bank_search, kept, refreshing
from exams.bank import HalfAFile, take
from exams.errors import Unreadable
from exams.formats import FORMATS, Report, marked
from exams.kept import Kept

from .. import question_files
from ..access import needs
from ..audit_notes import note
from ..context import now, person, reading, services, viewer, work
from ..pages import day
from ..security import takes
from .bank import WORDS, arguments, blueprint, wanted

NO_LONGER = "这个文件已经导入过，或放得太久了。还要导入请重新选择文件。"
SHOWN = 200
"""Questions and faults of a file that are listed."""


@blueprint.get("/import")
@needs("exams.bank")
def import_() -> ResponseReturnValue:
    return _page()


@blueprint.post("/import")
@needs("exams.bank")
@takes(question_files.LARGEST + 1024 * 1024)
def preview() -> ResponseReturnValue:
    """What would come; nothing is kept yet."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page(wrong="请先选择一个文件。"), 422
    data = file.stream.read(question_files.LARGEST + 1)
    if len(data) > question_files.LARGEST:
        return _page(wrong="文件超过 20 MB，请拆成几个。"), 422
    if not data.strip():
        return _page(wrong="文件是空的。"), 422
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if c.isprintable())[-150:] or "未命名"
    report = question_files.read(data, name, _format())
    question_files.refuse_hidden(reading(), viewer(), report)
    digest = question_files.put(services(), data)
    return _preview(name, digest, report), 422 if report.errors else 200


def _format() -> str:
    given = request.form.get("format", "")
    return given if given in FORMATS else ""


def _preview(name: str, digest: str, report: Report) -> str:
    coming = question_files.coming(reading(), report.imported)
    return _page(
        name=name,
        digest=digest,
        report=report,
        coming=coming[:SHOWN],
        counts=Counter(each.what for each in coming),
        workbook=any(fault.get("line") for fault in report.errors)
        and name.lower().endswith(".xlsx"),
    )


def _page(wrong: str = "", **more: object) -> str:
    return render_template(
        "bank/import.html",
        wrong=wrong,
        format=request.form.get("format", ""),
        format_choices=[("", "看内容和文件名"), *((k, f.label) for k, f in FORMATS.items())],
        SHOWN=SHOWN,
        **{"report": None, **more},
        **WORDS,
    )


@blueprint.post("/import/<digest>")
@needs("exams.bank")
def keep(digest: str) -> ResponseReturnValue:
    """Take the file that was looked at, all of it."""
    data = question_files.get(services(), digest)
    if data is None:
        flash(NO_LONGER, "warning")
        return redirect(url_for("bank.import_"))
    name = request.form.get("name", "")[:150]
    report = question_files.read(data, name, _format())
    try:
        with work("exams.import") as writes:
            question_files.refuse_hidden(writes, viewer(), report)
            bank = Kept(writes, now(), person().id, note=f"导入自 {name}"[:200])
            take(bank, report)
            refreshing.settle(writes, now())
    except HalfAFile:
        return _preview(name, digest, report), 422
    question_files.waiting(services()).delete(digest)
    flash(
        f"已导入：新增 {len(bank.added)} 道，成为新版 {len(bank.revised)} 道，"
        f"没有变化 {len(bank.unchanged)} 道。",
        "success",
    )
    return redirect(url_for("bank.listing"))


@blueprint.get("/import/<digest>/errors")
@needs("exams.bank")
def errors(digest: str) -> ResponseReturnValue:
    """The workbook back with its wrong cells marked."""
    data = question_files.get(services(), digest)
    if data is None:
        flash(NO_LONGER, "warning")
        return redirect(url_for("bank.import_"))
    report = question_files.read(data, "题目.xlsx", "xlsx")
    if not any(fault.get("line") for fault in report.errors):
        abort(404)  # nothing to mark; what is no workbook is not opened
    try:
        made = marked.marked(data, report)
    except Unreadable:
        abort(404)
    return _download(made, f"题目-标出错误-{day(now())}.xlsx")


@blueprint.get("/export")
@needs("exams.bank")
def export() -> ResponseReturnValue:
    """What the list shows, in any format."""
    format = request.args.get("format", "xlsx")
    if format not in FORMATS or (not FORMATS[format].endings and format != "qti22"):
        abort(404)
    asked = wanted()
    rows = bank_search.every(reading(), viewer(), asked)
    written = FORMATS[format].write([kept.question_of(row.latest) for row in rows])
    if rows and not written.count:
        flash(
            f"这些题一道也写不成{FORMATS[format].label}：{written.left_out[0]['reason']}", "error"
        )
        return redirect(url_for("bank.listing", **arguments(asked)))
    with work("exams.export") as writes:
        told = "、".join(f"{name}={value}" for name, value in arguments(asked).items())
        said = f"{told or '全部'}，{FORMATS[format].label}，{written.count} 道"
        note(writes, "exam_question", "", {"filter": (None, said)})
    ending = (FORMATS[format].endings or (".zip",))[0]
    return _download(written.data, f"题库-{day(now())}{ending}")


@blueprint.get("/template")
@needs("exams.bank")
def template() -> ResponseReturnValue:
    """The empty workbook that trainers fill in."""
    return _download(FORMATS["xlsx"].write([]).data, "题目模板.xlsx")


def _download(data: bytes, name: str) -> Response:
    response = Response(data, content_type="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
