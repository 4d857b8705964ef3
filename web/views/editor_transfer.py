"""Files in and files out of the editors' list."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import IO

from flask import abort, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from kb import editorial, imports
from kb.categories import clean_path
from kb.errors import InvalidContent
from kb.formats import FORMATS, Context
from kb.imports import Report

from ..access import needs
from ..context import can, now, reading, work
from ..pages import day
from .editor import Wanted, blueprint, edit_now

MAX_FILES = 200
TYPES: Mapping[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
}
"""Endings that the list can be exported to."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of one file."""

    name: str
    report: Report


@blueprint.route("/import", methods=["GET", "POST"])
@needs("kb.import")
def import_() -> ResponseReturnValue:
    if request.method == "GET":
        return _import_page()
    files = [file for file in request.files.getlist("files") if file.filename]
    if not files:
        return _import_page(errors={"files": "请先选择要导入的文件。"}), 422
    if len(files) > MAX_FILES:
        return _import_page(errors={"files": f"一次最多{MAX_FILES}个文件，请分几次导入。"}), 422
    try:
        category = clean_path(request.form.get("category", "").replace("\0", ""))
    except InvalidContent as wrong:
        return _import_page(errors={"category": str(wrong)}), 422
    publish = "publish" in request.form
    if publish and not can("kb.publish"):
        abort(403)
    seen: dict[str, str] = {}
    done = [_take(file, category, seen, publish=publish) for file in files]
    return _import_page(done=done, published=publish)


def _take(file: FileStorage, category: str, seen: dict[str, str], *, publish: bool) -> Uploaded:
    """All good articles of one file in one unit of work; what is wrong is in the report."""
    name = _name(file)
    report = Report()
    context = Context(name, PurePath(name), category, seen)
    known = FORMATS.get(PurePath(name).suffix.lower())
    if known is None:
        report.errors.append(context.fault(f"不认识这种文件，支持的有 {'、'.join(FORMATS)}。"))
        return Uploaded(name, report)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{PurePath(name).suffix.lower()}"
        file.save(path)
        items = list(known.read(path, context))
    with work("kb.import") as writes:
        imports.take(writes, items, edit_now(), report, publish=publish)
    return Uploaded(name, report)


def _name(file: FileStorage) -> str:
    """The file's own name: browsers may send a whole path, and anything may be in it."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[-150:] or "未命名"


def _import_page(
    errors: Mapping[str, str] | None = None,
    done: list[Uploaded] | None = None,
    *,
    published: bool = False,
) -> str:
    reports = [one.report for one in done or []]
    return render_template(
        "editor/import.html",
        errors=errors or {},
        category=request.form.get("category", ""),
        done=done,
        total=_sum(reports),
        published=published,
        endings=list(FORMATS),
        categories=editorial.categories_used(reading()),
    )


def _sum(reports: Sequence[Report]) -> Report:
    return Report(
        created=sum(report.created for report in reports),
        revised=sum(report.revised for report in reports),
        unchanged=sum(report.unchanged for report in reports),
        errors=[fault for report in reports for fault in report.errors],
    )


@blueprint.get("/export")
@needs("kb.import")
def export() -> ResponseReturnValue:
    """The newest text of every article the list shows, as one file."""
    ending = request.args.get("format", "xlsx")
    if ending not in TYPES:
        abort(404)
    write = FORMATS[f".{ending}"].write
    if write is None:
        abort(404)
    found = editorial.newest(reading(), now(), **asdict(Wanted.from_request()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"articles.{ending}"
        write((revision.record() for revision in found), path)
        # Opened before the folder goes: the file lives until it has been sent.
        opened: IO[bytes] = path.open("rb")
    return send_file(
        opened,
        mimetype=TYPES[ending],
        as_attachment=True,
        download_name=f"zhixi-{day(now())}.{ending}",
    )
