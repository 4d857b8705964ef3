"""Grading again: a wrong key is corrected, what it changes is looked at, then it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import bank_search, corrections, given, impact
from exams.corrections import Proposal
from exams.errors import BadQuestion
from exams.impact import Impact
from exams.reading import loads, read
from exams.tables import QuestionVersion
from kb.errors import InvalidContent, Settled

from .. import bank_sight, correcting
from ..access import needs
from ..context import now, person, reading, viewer, work
from ..jobs import enqueue
from ..models import Job
from ..people_names import load_names

blueprint = Blueprint("regrading", __name__, url_prefix="/exams/regrade")
blueprint.add_app_template_filter(read, "read_question")

MOST_SHIFTS = 200
"""People of an exam that a preview names one by one."""


@blueprint.get("")
@needs("exams.regrade")
def listing() -> str:
    """Every correction that was made."""
    made = corrections.history(reading())
    versions = {row.version_id: reading().get_one(QuestionVersion, row.version_id) for row in made}
    readable = {id: v for id, v in versions.items() if _may_see(v)}
    load_names(row.by for row in made)
    return render_template(
        "regrading/listing.html",
        made=[row for row in made if row.version_id in readable],
        versions=readable,
        MODES=corrections.MODES,
    )


def _may_see(version: QuestionVersion) -> bool:
    audiences = viewer().audiences
    listed = version.question.audiences
    return audiences is None or not listed or bool(audiences & set(listed))


@blueprint.get("/<int:version>")
@needs("exams.regrade")
def show(version: int) -> str:
    return _page(_version(reading(), version))


def _version(session: Session, id: int) -> QuestionVersion:
    """The version, where this person may know of its question. Raises NotFound."""
    found = corrections.version_of(session, id)
    bank_search.seen(session, viewer(), found.question_id)
    return found


@blueprint.post("/<int:version>/preview")
@needs("exams.regrade")
def preview(version: int) -> ResponseReturnValue:
    row = _version(reading(), version)
    typed = _typed(row)
    try:
        proposed = _proposed(reading(), row, typed)
    except (InvalidContent, BadQuestion) as wrong:
        return _page(row, typed=typed, wrong=wrong), 422
    return _page(row, typed=typed, proposed=proposed)


@blueprint.post("/<int:version>/apply")
@needs("exams.regrade")
def apply(version: int) -> ResponseReturnValue:
    """Keep the correction and grade again: at once, or by a job where there are many."""
    row = _version(reading(), version)
    form = request.form
    try:
        proposed = _sent(reading(), row)
    except (InvalidContent, BadQuestion) as wrong:
        return _page(row, wrong=wrong), 422
    try:
        with work("exams.regrade") as writes:
            held = _version(writes, version)
            made = corrections.apply(
                writes,
                held,
                proposed,
                form.get("reason", "").replace("\0", ""),
                form.get("fingerprint", ""),
                by=person().id,
                at=now(),
            )
            ids = impact.met(writes, held.id)
            at_once = len(ids) <= corrections.AT_ONCE
            changed = corrections.regrade(writes, made, ids, now()) if at_once else 0
            # Also where all is done: an attempt may have come in while this was written.
            enqueue(writes, "exams.regrade", {"correction": made.id})
    except InvalidContent as wrong:
        return _page(row, proposed=proposed, wrong=wrong), 422
    except Settled as wrong:
        return _page(row, proposed=proposed, wrong=wrong), 409
    told = f"重新判了 {len(ids)} 份，{changed} 份的分有变化。"
    if not at_once:
        told = f"{len(ids)} 份答卷正在后台重新判分，可以离开这一页。"
    flash(f"已改判。{told}", "success")
    return redirect(url_for("regrading.show", version=version, _anchor="history"))


# What the forms say


def _typed(row: QuestionVersion) -> dict[str, Any]:
    """The form as it was sent; a button beside a wrong answer says which one to take."""
    form = request.form
    asked = read(corrections.latest(reading(), row))
    return correcting.typed(form, asked) | {
        "mode": form.get("mode", ""),
        "lowers": "lowers" in form,
        "from": form.get("from", ""),
    }


def _proposed(session: Session, row: QuestionVersion, typed: dict[str, Any]) -> Proposal:
    form = request.form
    mode = typed["mode"]
    content: Mapping[str, Any] | None = None
    if "accept" in form:
        mode, content = "key", _accepting(session, row)
    elif mode in ("key", "both"):
        content = _content(session, row, typed)
    found = corrections.propose(session, row, mode, content, lowers=typed["lowers"])
    if found.content is not None:
        typed |= correcting.fields(read(found.content))
    typed["mode"] = found.mode
    return found


def _accepting(session: Session, row: QuestionVersion) -> dict[str, Any]:
    blank = request.form.get("accept", -1, type=int)
    text = request.form.get("text", "").replace("\0", "")
    return corrections.accepting(corrections.latest(session, row), blank, text)


def _content(session: Session, row: QuestionVersion, typed: dict[str, Any]) -> Mapping[str, Any]:
    if typed["from"]:
        query = select(QuestionVersion).where(
            QuestionVersion.question_id == row.question_id,
            QuestionVersion.number == _whole(typed["from"]),
        )
        chosen = session.scalars(query).one_or_none()
        if chosen is None:
            raise InvalidContent("answer", "题库里没有这一版。")
        return chosen.content
    return correcting.content(typed, corrections.latest(session, row))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _sent(session: Session, row: QuestionVersion) -> Proposal:
    """The proposal of a preview, as its form brings it back; checked again."""
    form = request.form
    content = loads(form["content"]) if form.get("content") else None
    return corrections.propose(session, row, form.get("mode", ""), content, lowers="lowers" in form)


# The page


def _page(
    row: QuestionVersion,
    *,
    typed: dict[str, Any] | None = None,
    proposed: Proposal | None = None,
    wrong: Exception | None = None,
) -> str:
    latest = read(corrections.latest(reading(), row))
    if typed is None:
        typed = correcting.fields(latest) | {"mode": "", "lowers": False, "from": ""}
        if proposed is not None:
            typed |= {"mode": proposed.mode, "lowers": proposed.lowers}
            typed |= correcting.fields(read(proposed.content)) if proposed.content else {}
    shown = impact.preview(reading(), row.id, proposed.change) if proposed else None
    if shown is not None:
        _load(shown)
    history = corrections.history(reading(), row.id)
    load_names(each.by for each in history)
    return render_template(
        "regrading/show.html",
        row=row,
        question=read(row.content),
        latest=latest,
        f=typed,
        attempts=len(impact.met(reading(), row.id)),
        later=[(str(v.number), f"第 {v.number} 版") for v in _later(row)],
        blanks=given.written(reading(), latest, row.id),
        proposed=proposed,
        corrected=read(proposed.content) if proposed and proposed.content else None,
        fingerprint=corrections.fingerprint(reading(), row, proposed) if proposed else "",
        impact=shown,
        wrong=wrong,
        reason=request.form.get("reason", ""),
        history=history,
        busy=_busy(),
        MODES=corrections.MODES,
        MOST_SHIFTS=MOST_SHIFTS,
        MOST_REASON=corrections.LONGEST_REASON,
        key_words=bank_sight.key_words,
    )


def _load(shown: Impact) -> None:
    load_names(s.person_id for exam in shown.exams for s in exam.shifts[:MOST_SHIFTS])


def _later(row: QuestionVersion) -> list[QuestionVersion]:
    return [each for each in row.question.versions if each.number > row.number]


def _busy() -> bool:
    """Answers are being graded again in the background."""
    query = select(Job.id).where(Job.kind == "exams.regrade", Job.state.in_(("waiting", "running")))
    return reading().scalar(query.limit(1)) is not None
