"""Writing questions: one form for every kind, a new version where the old one was used."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import bank_search, kept, refreshing
from exams.bulk import MOST_GRADE
from exams.errors import BadQuestion
from exams.questions import KINDS, Question, Source
from exams.reading import read
from exams.tables import BankQuestion
from kb import gate
from kb.errors import EditConflict, InvalidContent, NotFound

from .. import question_form
from ..access import needs
from ..context import now, person, reading, viewer, work
from ..question_form import Fields
from .account import safe_target
from .bank import WORDS, blueprint

_OWN = re.compile(r"own-[0-9a-f]{12}")


def _new_key() -> str:
    return f"own-{secrets.token_hex(6)}"


@blueprint.get("/new")
@needs("exams.bank")
def new() -> ResponseReturnValue:
    kind = request.args.get("kind", "single")
    found = question_form.empty(kind if kind in KINDS else "single")
    found["article"] = request.args.get("article", "")[:200]
    return _page(None, found)


@blueprint.post("")
@needs("exams.bank")
def create() -> ResponseReturnValue:
    found = question_form.typed(request.form)
    key = request.form.get("key", "")
    if not _OWN.fullmatch(key):
        key = _new_key()
    if there := kept.of_keys(reading(), [key]).get(key):  # the same form sent twice
        return redirect(url_for("bank.show", id=there.id))
    try:
        question = _read(found, key, None)
        with work("exams.create") as writes:
            row = kept.create(writes, question, person().id, now(), grade=_grade(found))
    except InvalidContent as wrong:
        return _page(None, found, {wrong.field: str(wrong)}), 422
    flash("题目已加入题库。", "success")
    return redirect(url_for("bank.show", id=row.id))


@blueprint.get("/<int:id>/edit")
@needs("exams.bank")
def edit(id: int) -> ResponseReturnValue:
    row = bank_search.seen(reading(), viewer(), id)
    return _page(row, question_form.fields(kept.question_of(row.latest), row.grade))


@blueprint.post("/<int:id>/edit")
@needs("exams.bank")
def save(id: int) -> ResponseReturnValue:
    """Keep what was typed; a used version stays, and a new one begins."""
    found = question_form.typed(request.form)
    try:
        with work("exams.edit") as writes:
            row = bank_search.hold(writes, viewer(), id)
            if kept.mark(row) != request.form.get("mark"):
                raise EditConflict(row.key)
            current = kept.question_of(row.latest)
            question = _read(found, row.key, current)
            grade = _grade(found)
            changed = row.grade != grade
            row.grade = grade
            changed |= kept.revise(
                writes, row, question, person().id, now(), found["note"].strip()[:1000]
            )
            refreshing.follow(writes, row, now())
            number = row.latest.number
    except EditConflict:
        return _page(bank_search.seen(reading(), viewer(), id), found, stale=True), 409
    except InvalidContent as wrong:
        row = bank_search.seen(reading(), viewer(), id)
        return _page(row, found, {wrong.field: str(wrong)}), 422
    flash(f"已保存，现在是第 {number} 版。" if changed else "没有改动。", "success")
    return redirect(safe_target(request.form.get("back") or url_for("bank.show", id=id)))


def _read(found: Fields, key: str, current: Question | None) -> Question:
    """The question that was typed. Raises InvalidContent, by the form's field."""
    kind = found["kind"]
    if kind not in KINDS:
        raise InvalidContent("kind", "请选题型。")
    if kind in question_form.CHOICES:
        _check_choice(found)
    if kind == "judge" and found["verdict"] not in ("yes", "no"):
        raise InvalidContent("verdict", "请选“对”或“错”。")
    try:
        question = read(question_form.value(found, key, current))
    except BadQuestion as wrong:
        raise InvalidContent(question_form.field_of(wrong.where, kind), _sentence(wrong)) from None
    return replace(question, source=_source(found, current.source if current else None))


def _check_choice(found: Fields) -> None:
    filled = [row for row in found["options"] if row["text"].strip()]
    right = [row for row in filled if row["right"]]
    if any(row["right"] and not row["text"].strip() for row in found["options"]):
        raise InvalidContent("options", "勾为正确的选项里有一个是空的。")
    if len(filled) < 2:
        raise InvalidContent("options", "至少写两个选项。")
    if found["kind"] == "single" and len(right) != 1:
        raise InvalidContent("options", "单选题要勾选一个、也只能勾选一个正确选项。")
    if not right:
        raise InvalidContent("options", "请勾选正确的选项。")


def _sentence(wrong: BadQuestion) -> str:
    place = wrong.where.partition("[")[2].partition("]")[0]
    which = f"第 {int(place) + 1} 处" if place.isdecimal() else ""
    return f"{which}{wrong.sentence}"


def _source(found: Fields, current: Source | None) -> Source | None:
    """The evidence that was named: a sentence of the article's text in force."""
    article, quote = found["article"].strip(), found["quote"].strip()
    if not article:
        if quote:
            raise InvalidContent("article", "写了原句，请也写它在哪篇文章里。")
        return None
    if question_form.same_source(found, current):
        return current
    try:
        text = gate.in_force(reading(), viewer(), now(), article.replace("\0", ""))
    except NotFound:
        sentence = f"没有编号是“{article[:60]}”的生效文章，或您没有查看权限。"
        raise InvalidContent("article", sentence) from None
    if not quote:
        return Source(article, text.number)
    placed = refreshing.placed(Source(article, quote=quote), text)
    if placed is None:
        raise InvalidContent("quote", "文章现在的正文里没有这句话，请从正文里原样复制。")
    return placed


def _grade(found: Fields) -> str:
    grade = " ".join(str(found["grade"]).replace("\0", "").split())
    if len(grade) > MOST_GRADE:
        raise InvalidContent("grade", f"适用等级最多 {MOST_GRADE} 个字。")
    return grade


def _page(
    row: BankQuestion | None,
    found: Fields,
    errors: Mapping[str, str] | None = None,
    *,
    stale: bool = False,
) -> str:
    back: Any = request.form.get("back", request.args.get("back", ""))
    return render_template(
        "bank/edit.html",
        row=row,
        f=found,
        errors=errors or {},
        stale=stale,
        mark=kept.mark(row) if row else "",
        key=request.form.get("key") or _new_key(),
        used=row is not None and row.latest.used_at is not None,
        back=safe_target(back) if back else "",
        topics=bank_search.topics(reading()),
        grades=bank_search.grades(reading()),
        **WORDS,
    )
