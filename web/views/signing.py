"""Signing: what waits for a person, and reading and signing one text."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from kb import gate, markdown, past, signing
from kb.compare import Difference
from kb.errors import NotFound
from kb.models import Revision
from kb.receipts import Signature
from kb.signing import Reader, StaleText
from kb.signing_terms import Question, Terms

from ..access import needs
from ..comparing import differences
from ..context import now, person, reading, services, viewer, work
from ..signing import reader_of

blueprint = Blueprint("signing", __name__, url_prefix="/signing")


def _me() -> Reader:
    return reader_of(person())


@blueprint.get("")
@needs("kb.read")
def mine() -> ResponseReturnValue:
    signed = signing.signed_by(reading(), person().id)
    return render_template(
        "signing/mine.html",
        duties=signing.duties(reading(), _me(), now()),
        signed=signed,
        named=past.remembered(reading(), viewer(), now(), [one.revision for one in signed]),
    )


@blueprint.get("/articles/<key>")
@needs("kb.read")
def show(key: str) -> ResponseReturnValue:
    try:
        revision = signing.to_sign(reading(), _me(), now(), key)
    except NotFound:
        gate.in_force(reading(), viewer(), now(), key)  # raises where there is nothing to see
        flash("这篇文章不需要您签收。", "info")
        return redirect(url_for("articles.show", key=key))
    return _page(revision)


def _page(
    revision: Revision,
    *,
    given: Sequence[int | None] = (),
    wrong: Sequence[int] = (),
    fault: str = "",
) -> str:
    questions = Terms.of(revision.data).questions
    last = signing.last_signed(reading(), person().id, revision)
    [duty] = [d for d in signing.duties(reading(), _me(), now()) if d.revision.id == revision.id]
    return render_template(
        "signing/sign.html",
        revision=revision,
        duty=duty,
        html=markdown.render(revision.body, _places(revision, questions, wrong)),
        shown=signing.text_hash(revision),
        last=last,
        changes=_changes(last, revision) if last and _still_mine(last) else [],
        questions=questions,
        given=given,
        wrong=wrong,
        fault=fault,
    )


def _still_mine(last: Signature) -> bool:
    """Whether what was signed is for this person still: they may have changed team since."""
    return bool(past.remembered(reading(), viewer(), now(), [last.revision]))


def _changes(last: Signature, revision: Revision) -> Sequence[Difference]:
    return differences(last.revision.record(), revision.record(), everything=False)


def _places(
    revision: Revision, questions: Sequence[Question], wrong: Sequence[int]
) -> list[tuple[int, int]]:
    """Where the text answers what was answered wrongly."""
    found = []
    for number in wrong:
        where = questions[number].where
        start = revision.body.find(where) if where else -1
        if start >= 0:
            found.append((start, start + len(where)))
    return found


@blueprint.post("/articles/<key>")
@needs("kb.read")
def sign(key: str) -> ResponseReturnValue:
    revision = signing.to_sign(reading(), _me(), now(), key)
    given = _given(len(Terms.of(revision.data).questions))
    if "read" not in request.form:
        fault = "请先把正文读到末尾，再勾选“我已读到末尾”。"
        return _page(revision, given=given, fault=fault), 422
    if None in given:
        return _page(revision, given=given, fault="还有题目没有作答，请都选上再签收。"), 422
    try:
        with work("signing.sign") as writes:
            shown = request.form.get("shown", "")
            wrong = signing.sign(writes, _me(), key, shown, given, now())
    except StaleText as stale:
        return _page(revision, given=given, fault=str(stale)), 409
    except IntegrityError:  # the button was pressed twice at once: it is signed
        wrong = []
    if wrong:
        fault = f"有 {len(wrong)} 道题没有答对，请看正文里标出的地方，改选后再签收。"
        return _page(revision, given=given, wrong=wrong, fault=fault), 422
    with services().db.reading() as fresh:  # the request's own session began before the signature
        waiting = signing.owed(fresh, _me(), now())
    rest = f"还有 {len(waiting)} 篇等您签收。" if waiting else "没有等您签收的了。"
    flash(f"已签收《{revision.title}》第 {revision.number} 版。{rest}", "success")
    return redirect(url_for("signing.mine"))


def _given(count: int) -> list[int | None]:
    """The chosen option of each question, None where nothing sensible was chosen."""
    texts = [request.form.get(f"q{number}", "") for number in range(count)]
    return [int(t) if t.isascii() and t.isdigit() and len(t) < 3 else None for t in texts]
