"""What a reader says of a text: helpful, not helpful, or wrong and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from kb import feedback, gate
from kb.errors import InvalidContent
from kb.feedback import Passage, Report
from kb.models import Revision

from .. import handling
from ..access import needs
from ..context import now, person, reading, services, viewer, work
from ..errors import Conflict
from ..people_names import person_name

blueprint = Blueprint("feedback", __name__)

LONGEST_QUOTE = feedback.LONGEST_QUOTE


@blueprint.app_template_global()
def my_vote(opened: dict[str, Any]) -> bool | None:
    """What the reader said of the text that stands open: helpful, not, or nothing yet."""
    if "vote" in opened:  # given just now, which this request's own look-ups do not see
        return bool(opened["vote"])
    passage = Passage(*(opened.get("span") or (0, 0)))
    found = feedback.vote_of(reading(), opened["revision"], passage, person().id)
    return found.helpful if found else None


def _seen(key: str) -> Revision:
    """The text the reader speaks of. Raises NotFound, and Conflict when it is a newer one now."""
    revision = gate.in_force(reading(), viewer(), now(), key.replace("\0", ""))
    number = _whole("number")
    if number and number != revision.number:
        raise Conflict("这篇文章刚有了新的一版，请看过新的一版再说。")
    return revision


def _whole(name: str) -> int:
    """A number of the form or the address; 0 for what is none."""
    text = request.values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@blueprint.post("/articles/<key>/votes")
@needs("kb.read")
def vote(key: str) -> ResponseReturnValue:
    revision = _seen(key)
    passage, helpful = Passage(_whole("start"), _whole("end")), request.form.get("helpful") == "1"
    passage = passage.within(revision.body)
    try:
        with work("kb.vote") as writes:
            feedback.vote(
                writes, writes.get_one(Revision, revision.id), passage, helpful, person().id, now()
            )
    except IntegrityError:
        pass  # the same vote from another window: counted
    if "HX-Request" in request.headers:
        opened = {"key": key, "number": revision.number, "revision": revision}
        opened |= {"span": (passage.start, passage.end), "vote": helpful}
        return render_template("feedback/bar.html", opened=opened)
    flash("已记下：" + ("有用。" if helpful else "没用。"), "success")
    return redirect(url_for("articles.show", key=key))


@dataclass(frozen=True, slots=True)
class Wrong:
    """The form as it stands on the page."""

    quote: str = ""
    reason: str = ""
    nth: int = 0
    number: int = 0


@blueprint.route("/articles/<key>/reports", methods=["GET", "POST"])
@needs("kb.read")
def report(key: str) -> ResponseReturnValue:
    revision = _seen(key)
    form = _form(revision)
    if request.method == "GET":
        return _page(revision, form)
    try:
        made = _report(revision, form)
    except InvalidContent as wrong:
        return _page(revision, form, wrong), 422
    said = (
        f"已交给{person_name(made.owner_id)}，"
        f"{services().settings.feedback_days} 天内答复，结果会在首页告诉您。"
    )
    if "HX-Request" in request.headers:
        return render_template("feedback/done.html", said=said)
    flash(said, "success")
    return redirect(url_for("articles.show", key=key))


def _form(revision: Revision) -> Wrong:
    start, end = _whole("start"), _whole("end")
    passage = Passage(start, end).within(revision.body) if end else Passage()
    quote = request.values.get("quote", "").strip()[: 2 * LONGEST_QUOTE]
    if not quote and passage.end:
        quote = revision.body[passage.start : passage.end]
    return Wrong(quote, request.form.get("reason", "").strip(), _whole("nth"), _whole("number"))


def _report(revision: Revision, form: Wrong) -> Report:
    """Raises InvalidContent."""
    passage = feedback.locate(revision.body, form.quote, form.nth)
    reason = form.reason
    if form.quote and not passage.end and reason:  # as typed from memory: it must not be lost
        reason = f"“{form.quote[:300]}”：{reason}"
    for _ in range(2):
        try:
            with work("kb.report") as writes:
                stored = writes.get_one(Revision, revision.id)
                return feedback.report(
                    writes,
                    stored,
                    passage,
                    reason,
                    person().id,
                    now(),
                    owner=handling.owner_or_none(writes, stored),
                    days=services().settings.feedback_days,
                )
        except IntegrityError:
            continue  # sent from two windows at once: the second finds the first
    raise Conflict("同样的反馈正在提交，请稍等再试。")


def _page(revision: Revision, form: Wrong, wrong: InvalidContent | None = None) -> str:
    fragment = "HX-Request" in request.headers
    return render_template(
        "feedback/form.html" if fragment else "feedback/report.html",
        revision=revision,
        form=form,
        wrong=wrong,
        days=services().settings.feedback_days,
        owner=handling.owner_or_none(reading(), revision),
    )
