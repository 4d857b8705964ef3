"""Handled cases proposed as knowledge: the form for agents, the list for editors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from kb import cases
from kb.cases import Case, HandledCase
from kb.errors import InvalidContent
from kb.formats.typed import understood

from ..access import needs
from ..context import now, person, reading, work
from ..errors import Conflict
from ..forms.article import YEARS, local
from ..pages import ZONE
from ..people_names import load_names
from ..similar import Similar, similar

blueprint = Blueprint("cases", __name__)

PAGE = 30


@dataclass(frozen=True, slots=True)
class CaseForm:
    """The fields as they stand on the page."""

    question: str = ""
    result: str = ""
    reference: str = ""
    handled_at: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    def check(self, at: datetime) -> Case | None:
        """What was meant, or None with ``errors`` saying what to do."""
        moment = understood("effective_from", self.handled_at.strip(), ZONE)
        if not (isinstance(moment, datetime) and moment.year in YEARS):
            self.errors["handled_at"] = "请写处理时间，例如 2026-11-21 14:05。"
        try:
            made = Case(self.question, self.result, self.reference, at)
            if isinstance(moment, datetime):
                made = Case(self.question, self.result, self.reference, moment)
            made = cases.clean(made, at)
        except InvalidContent as wrong:
            self.errors.setdefault(wrong.field, str(wrong))
            return None
        return None if self.errors else made


@blueprint.get("/cases/new")
@needs("kb.read")
def new() -> ResponseReturnValue:
    return _page(CaseForm(handled_at=local(now())[:16]))


@blueprint.post("/cases")
@needs("kb.read")
def propose() -> ResponseReturnValue:
    given = request.form
    form = CaseForm(*(given.get(name, "") for name in ("question", "result", "reference")))
    form = CaseForm(form.question, form.result, form.reference, given.get("handled_at", ""))
    case = form.check(now())
    if case is None:
        return _page(form), 422
    found = similar(f"{case.question}\n{case.result}", case.question)
    if any(one.near for one in found) and "even_so" not in given:
        return _page(form, found), 409
    _, made = store(case)
    flash(
        "已提交，知识管理员审核后发布；后来怎样，在“我提过的”里看。"
        if made
        else "这个案例已经提交过了，没有再收一次。",
        "success" if made else "info",
    )
    return redirect(url_for("mine.page"))


def store(case: Case) -> tuple[HandledCase, bool]:
    """Keep a case with its draft; (the case, whether it is new). Raises InvalidContent."""
    for _ in range(2):
        try:
            with work("kb.case") as writes:
                row, made = cases.propose(writes, case, person().id, now())
                assert row.state  # looked up while the session is open
                return row, made
        except IntegrityError:
            continue  # the same case, or its key, from another window
    raise Conflict("同样的案例正在提交，请稍等再试。")


def _page(form: CaseForm, found: list[Similar] | None = None) -> str:
    return render_template("cases/new.html", form=form, similar=found or [])


@blueprint.get("/kb/cases")
@needs("kb.write")
def listing() -> ResponseReturnValue:
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    total, found = cases.listing(reading(), offset=(page - 1) * PAGE, limit=PAGE)
    load_names(case.proposed_by for case in found)
    near = {
        c.id: [s for s in similar(f"{c.question}\n{c.result}", c.question, c.article.key) if s.near]
        for c in found
        if c.state == "waiting" and c.article is not None
    }
    return render_template(
        "cases/listing.html",
        cases=found,
        near=near,
        page=page,
        pages=max(1, -(-total // PAGE)),
        total=total,
    )
