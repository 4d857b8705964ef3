"""证书: issued for an exam that was passed, revoked with a reason, looked up, taken along."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import certificates, results
from exams.exam_rules import KINDS
from exams.tables import Certificate, Exam
from kb.errors import InvalidContent, KbError, NotFound, Settled

from .. import qa_names
from ..access import needs
from ..context import now, person, reading, work
from ..errors import status_of
from ..models import Person
from ..pages import ZONE
from .results import exam_of

blueprint = Blueprint("certificates", __name__)

MOST = 2_000
"""People that are ticked at once."""


@blueprint.get("/certificates")
@needs("exams.results")
def lookup() -> ResponseReturnValue:
    """Whose is this number, and is it valid?"""
    typed = request.args.get("number", "").replace("\0", "").strip()[:60]
    found, wrong = None, None
    if typed:
        try:
            found = certificates.find(reading(), typed)
        except (InvalidContent, NotFound) as error:
            wrong = error
    sentence = "没有发过这个编号的证书。" if isinstance(wrong, NotFound) else wrong and str(wrong)
    return render_template(
        "results/lookup.html",
        typed=typed,
        found=found,
        exam=reading().get(Exam, found.exam_id) if found else None,
        wrong=sentence,
        named=qa_names.people(),
    )


@blueprint.get("/results/<row:id>/certificates")
@needs("exams.results")
def listing(id: int) -> ResponseReturnValue:
    return _listing(_giving(id))


def _giving(id: int) -> Exam:
    exam = exam_of(id)
    if not certificates.gives(exam):
        raise NotFound("证书", str(id))
    return exam


def _listing(exam: Exam, wrong: KbError | None = None, about: int = 0, typed: str = "") -> str:
    found = certificates.of_exam(reading(), exam)
    valid = {one.person_id for one in found if one.revoked_at is None}
    passed = [one for one in results.results(reading(), exam) if one.passed]
    return render_template(
        "results/certificates.html",
        exam=exam,
        team=False,
        found=found,
        waiting=[one for one in passed if one.person_id not in valid],
        had={one.person_id for one in found},
        doubtful=frozenset(one.id for one in certificates.doubtful(reading(), exam)),
        named=qa_names.people(),
        team_name=qa_names.teams(),
        wrong=wrong,
        about=about,
        typed=typed,
        KINDS=KINDS,
    )


@blueprint.post("/results/<row:id>/certificates")
@needs("exams.results")
def issue(id: int) -> ResponseReturnValue:
    """For those ticked, or for everybody who passed."""
    exam = _giving(id)
    everybody = request.form.get("who") == "all"
    ids = request.form.getlist("id", type=int)[:MOST]
    if not everybody and not ids:
        flash("没有勾选人。请先勾选，或按“发给全部通过的人”。", "info")
        return redirect(url_for("certificates.listing", id=id))
    with work("exams.certificate.issue") as writes:
        held = writes.get_one(Exam, exam.id)
        done = certificates.issue(
            writes, held, None if everybody else ids, by=person().id, at=now()
        )
    flash(*_said(done))
    return redirect(url_for("certificates.listing", id=id))


def _said(done: certificates.Issued) -> tuple[str, str]:
    said = [f"发了 {len(done.made)} 张证书"] if done.made else ["没有要发的证书"]
    said += [f"{len(done.had)} 人已经有了"] if done.had else []
    said += [f"{len(done.not_passed)} 人没有通过，没有发"] if done.not_passed else []
    return "，".join(said) + "。", "success" if done.made else "info"


@blueprint.post("/certificates/<row:id>/revocation")
@needs("exams.results")
def revoke(id: int) -> ResponseReturnValue:
    row = reading().get(Certificate, id)
    if row is None:
        raise NotFound("证书", str(id))
    typed = request.form.get("reason", "")
    try:
        with work("exams.certificate.revoke") as writes:
            certificates.revoke(writes, writes.get_one(Certificate, id), typed, now())
    except InvalidContent as wrong:
        return _listing(exam_of(row.exam_id), wrong, id, typed), status_of(wrong)
    except Settled as wrong:
        flash(str(wrong), "info")
    else:
        flash(f"证书 {row.number} 已撤销，本人在成绩页会看到原因。", "success")
    return redirect(url_for("certificates.listing", id=row.exam_id))


# As a file


@blueprint.get("/certificates/<name>.pdf")
@needs("exams.results")
def file(name: str) -> ResponseReturnValue:
    return _pdf(_valid(name))


@blueprint.get("/my/certificates/<name>.pdf")
@needs("exams.take")
def own(name: str) -> ResponseReturnValue:
    """One's own; another's number is as unknown as one nobody has."""
    found = _valid(name)
    if found.person_id != person().id:
        raise NotFound("证书", name)
    return _pdf(found)


def _valid(name: str) -> Certificate:
    try:
        found = certificates.find(reading(), name)
    except InvalidContent:
        raise NotFound("证书", name) from None
    if found.revoked_at is not None:
        raise NotFound("证书", name)
    return found


def _pdf(found: Certificate) -> Response:
    from .. import certificate_pdf  # takes a while to load, and only who asks for it needs it

    exam = reading().get_one(Exam, found.exam_id)
    holder = reading().get_one(Person, found.person_id)
    attempt = certificates.attempt_of(reading(), found)
    words = certificate_pdf.Wording(
        name=holder.name,
        number=found.number,
        exam=exam.title,
        kind=KINDS[exam.kind],
        day=_written(attempt.submitted_at or attempt.begun_at),
        issued=_written(found.issued_at),
    )
    data = certificate_pdf.certificate(words)
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.pdf"'}
    return Response(data, content_type="application/pdf", headers=headers)


def _written(at: datetime) -> str:
    """2026 年 11 月 22 日"""
    there = at.astimezone(ZONE)
    return f"{there.year} 年 {there.month} 月 {there.day} 日"
