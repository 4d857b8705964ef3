"""Bringing calls in: one by one, as a list, or a ZIP with its recordings; sound for a call."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from kb.errors import NotFound
from qa import manifest, recordings
from qa.errors import BadFile
from qa.manifest import Row
from qa.tables import Recording

from .. import qa_sight
from ..access import needs
from ..call_import import Files, Nowhere, Report, take, temporary, unpacked
from ..context import now, person, reading, services, work
from ..errors import Conflict, InvalidInput
from ..jobs import enqueue, enqueue_measuring, enqueue_once
from ..security import LARGEST_RECORDING, takes
from ..sounds import delete_unused

blueprint = Blueprint("call_import", __name__, url_prefix="/qa")

MOST_ROWS = 2000
"""Calls of one upload: somebody waits for it."""
FIELDS = (
    "call_id",
    "agent",
    "extension",
    "customer",
    "direction",
    "queue",
    "started_at",
    "seconds",
    "satisfaction",
    "consent",
    "agent_side",
)
MOST_REASON = 200


@blueprint.get("/import")
@needs("qa.import")
def show() -> ResponseReturnValue:
    return _page({"direction": "in"})


def _page(
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
    wrong: str = "",
    report: Report | None = None,
) -> str:
    most = recordings.limits(reading())
    return render_template(
        "calls/import.html",
        typed=typed,
        errors=errors or {},
        wrong=wrong,
        report=report,
        megabytes=min(most.bytes, LARGEST_RECORDING) // recordings.MIB,
        hours=most.seconds / 3600,
        columns=manifest.COLUMNS,
        labels=manifest.LABELS,
        most=MOST_ROWS,
    )


@blueprint.post("/import/call")
@needs("qa.import")
@takes(LARGEST_RECORDING)
def one() -> ResponseReturnValue:
    """One call, with its recording and transcript if there are any."""
    typed = {name: request.form.get(name, "")[:400] for name in FIELDS}
    with ExitStack() as stack:
        files = Uploaded(temporary(stack))
        row = _row(typed, files)
        report = take(services(), person(), [row], files, now())
    if not report.taken:
        names = {heading: column for column, heading in row.columns.items()}
        errors: dict[str, str] = {}
        for fault in report.errors:
            column = names.get(fault.column, "")
            errors[manifest.COLUMNS[column][0] if column else ""] = fault.sentence
        return _page(typed, errors), 422
    key = row.facts.key
    _tell(report)
    return redirect(url_for("call.show", key=key))


def _row(typed: dict[str, str], files: Uploaded) -> Row:
    sound, text = files.keep("recording"), files.keep("transcript")
    given = {name: value for name, value in typed.items() if value.strip()}
    row = manifest.row_of({**dict.fromkeys(("call_id", "agent", "started_at"), ""), **given})
    columns = {**row.columns, "recording": "recording", "transcript": "transcript"}
    return replace(row, recording=sound, transcript=text, columns=columns)


class Uploaded:
    """Files of a form, under the names their owner gave them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kept = folder, dict[str, Path]()

    def keep(self, field: str) -> str:
        """Keep the file of a field, if there is one; its name, else ''."""
        file = request.files.get(field)
        if file is None or not file.filename:
            return ""
        name = recordings.clean_name(file.filename)
        path = self.folder / f"{field}-{len(self.kept)}"
        file.save(path)
        self.kept[name] = path
        return name

    def find(self, name: str) -> Path:
        return self.kept[name]


@blueprint.post("/import/list")
@needs("qa.import")
@takes(LARGEST_RECORDING)
def many() -> ResponseReturnValue:
    """A list of calls, alone or in a ZIP with the files it names."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page({"direction": "in"}, wrong="请先选择一个清单，或一个 ZIP。"), 422
    try:
        with ExitStack() as stack:
            rows, files = _listed(file, stack)
            report = take(services(), person(), rows, files, now())
    except BadFile as wrong:
        return _page({"direction": "in"}, wrong=str(wrong)), 422
    return _page({"direction": "in"}, report=report), 200 if report.taken else 422


def _listed(file: FileStorage, stack: ExitStack) -> tuple[list[Row], Files]:
    folder = temporary(stack)
    path, name = folder / "upload", recordings.clean_name(file.filename or "")
    file.save(path)
    files: Files = Nowhere()
    with path.open("rb") as opened:
        packed = opened.read(4) == b"PK\x03\x04"
    if packed:
        content, name, files = unpacked(path, name, folder, stack)
    elif path.stat().st_size > manifest.LARGEST:
        raise manifest.BadManifest(name, "清单太大，最多 100 MB。")
    else:
        content = path.read_bytes()
    rows = list(manifest.read(content, name))
    if len(rows) > MOST_ROWS:
        sentence = f"有 {len(rows)} 通，网页一次最多 {MOST_ROWS} 通；请分开，或用 zhixi qa import。"
        raise manifest.BadManifest(name, sentence)
    return rows, files


def _tell(report: Report) -> None:
    parts = []
    if report.recordings:
        parts.append("录音已收下，正在测量")
    if report.transcripts:
        parts.append("转写已收下")
    words = {"created": "通话已加入。", "revised": "通话已更正。", "unchanged": "没有变化。"}
    done = next(word for name, word in words.items() if getattr(report, name))
    flash(done + ("；".join(parts) + "。" if parts else ""), "success")
    for doubt in report.warnings:
        flash(doubt.sentence, "warning")


# For a call there is


@blueprint.post("/calls/<key>/files")
@needs("qa.import")
@takes(LARGEST_RECORDING)
def add_files(key: str) -> ResponseReturnValue:
    """A recording, a transcript or both for a call that is known already."""
    call = qa_sight.seen(key)
    with ExitStack() as stack:
        files = Uploaded(temporary(stack))
        row = _row({"call_id": call.key, "agent_side": request.form.get("agent_side", "")}, files)
        if not files.kept:
            raise InvalidInput("recording", "请先选择录音或转写的文件。")
        report = take(services(), person(), [row], files, now())
    if report.taken:
        _tell(report)
    for fault in report.errors:
        flash(fault.sentence, "error")
    return redirect(url_for("call.show", key=call.key))


@blueprint.post("/recordings/<int:id>/measuring")
@needs("qa.import")
def measure(id: int) -> ResponseReturnValue:
    recording = _recording(id)
    with work("qa.remeasure") as writes:
        enqueue_measuring(writes, writes.get_one(Recording, id))
    flash("已安排重新测量，稍后刷新页面看结果。", "success")
    return redirect(url_for("call.show", key=recording.call.key))


@blueprint.post("/recordings/<int:id>/transcribing")
@needs("qa.import")
def transcribe(id: int) -> ResponseReturnValue:
    recording = _recording(id)
    if not services().settings.recogniser:
        raise Conflict("没有设置自动转写，请让管理员设置 ZHIXI_RECOGNISER。")
    with work("qa.remeasure") as writes:
        enqueue(writes, "qa.transcribe", {"recording": id})
    flash("已安排自动转写，做完以后语速也会量出来。", "success")
    return redirect(url_for("call.show", key=recording.call.key))


@blueprint.post("/recordings/<int:id>/removal")
@needs("qa.import")
def remove(id: int) -> ResponseReturnValue:
    """Let go of a sound that should not be kept, with a reason; scores stay."""
    recording = _recording(id)
    reason = " ".join(request.form.get("reason", "").split())
    if not reason or len(reason) > MOST_REASON:
        raise InvalidInput("reason", f"请写明为什么删除这段录音，最多 {MOST_REASON} 个字。")
    names = {n for n in (recording.sha256, recording.peaks, recording.played) if n}
    with work("qa.recording.remove") as writes:
        recordings.remove(writes.get_one(Recording, id), reason, person().id, now())
    delete_unused(services().db, services().recordings, names)
    flash("录音已删除，成绩和转写还在。", "success")
    return redirect(url_for("call.show", key=recording.call.key))


def _recording(id: int) -> Recording:
    found = reading().get(Recording, id)
    if found is None or found.removed_at is not None or not qa_sight.may_see(found.call):
        raise NotFound("录音", str(id))
    return found


@blueprint.post("/settings/measuring")
@needs("qa.settings")
def measure_all() -> ResponseReturnValue:
    """Every recording that was measured under other settings than hold now."""
    with work("qa.remeasure") as writes:
        enqueue_once(writes, "qa.remeasure")
    flash("已安排：按现在的门槛重新测量，进度见通话页。", "success")
    return redirect(url_for("qa_settings.show"))
