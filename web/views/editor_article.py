"""Writing one article: the form, its preview, publishing, retiring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb import articles, attachments, editorial, flows, gate, markdown, reviews
from kb.compare import Difference
from kb.errors import EditConflict, InvalidContent, NothingToPublish, OwnText
from kb.models import Article
from kb.records import Record

from .. import attaching, gap_drafts, own_fields, radar
from ..access import needs
from ..comparing import differences
from ..context import can, now, person, reading, services, work
from ..errors import Conflict
from ..forms.article import LABELS, ArticleForm
from ..models import Person, Role, Team
from ..pages import moment
from ..recalling import recalling
from .editor import Wanted, blueprint, draft_version, edit_now, hold

MAX_PREVIEW = 200_000


@dataclass(frozen=True, slots=True)
class Newer:
    """What stands in the way of a save: the text that somebody else wrote meanwhile."""

    author_id: int | None
    at: datetime
    number: int
    published: bool
    differences: Sequence[Difference]


# Beginning


@blueprint.get("/new")
@needs("kb.write")
def new() -> ResponseReturnValue:
    wanted = Wanted.from_request()
    form = ArticleForm(kind=wanted.kind or "article", category=wanted.category)
    return _page(gap_drafts.prefilled(form))


@blueprint.post("/articles")
@needs("kb.write")
def create() -> ResponseReturnValue:
    form = ArticleForm.read(request.form)
    record, errors = form.check()
    record = own_fields.filled(record, form.kind, errors)
    uploads = attaching.received(errors)
    if record is None or errors:
        return _page(form, errors=errors), 422
    try:
        with work("kb.create") as writes:
            record = attaching.attached(writes, record, uploads, edit_now())
            key = _create(writes, record, form)
            gap_drafts.tie(writes, key)
    except IntegrityError:  # somebody took the key between looking and writing
        return _page(form, errors={"key": f"编号“{record.key}”刚被别人用了，请换一个。"}), 422
    except InvalidContent as wrong:
        return _page(form, errors={wrong.field: str(wrong)}), 422
    flash("草稿已保存，发布以后座席才看得到。", "success")
    return redirect(url_for("editor.edit", key=key))


def _create(writes: Session, record: Record, form: ArticleForm) -> str:
    """The key of the new article. Sent twice by the same person, it is made once."""
    wanted = record
    for number in count(2):
        found = articles.find(writes, wanted.key)
        if found and found.created_by == person().id and found.latest.record() == wanted:
            return wanted.key
        if found is None or form.key.strip():
            articles.create(writes, wanted, edit_now(), note=form.note)
            return wanted.key
        wanted = replace(record, key=f"{record.key[:190]}-{number}")
    raise AssertionError("count has no end")


# Going on


@blueprint.get("/articles/<key>")
@needs("kb.write")
def edit(key: str) -> ResponseReturnValue:
    article = _get(reading(), key)
    return _page(ArticleForm.of(article.latest), article)


@blueprint.post("/articles/<key>/draft")
@needs("kb.write")
def save(key: str) -> ResponseReturnValue:
    return _save(key, publish=False)


@blueprint.post("/articles/<key>/publication")
@needs("kb.publish")
def publish(key: str) -> ResponseReturnValue:
    """Publish the draft. When the form comes with it, its text is saved first, in one step."""
    if "title" in request.form:
        if not can("kb.write"):
            abort(403)
        return _save(key, publish=True)
    seen = radar.before_publishing(key)
    try:
        with work("kb.publish") as writes:
            article = hold(writes, key, request.form.get("version", type=int))
            said = _publish(writes, article, seen)
    except (NothingToPublish, OwnText, Conflict, InvalidContent) as wrong:
        said = str(wrong), "warning"
    flash(*said)
    return redirect(url_for("editor.edit", key=key))


def _save(key: str, *, publish: bool) -> ResponseReturnValue:
    form = ArticleForm.read(request.form)
    article = _get(reading(), key)
    record, errors = form.check(article.latest.record())
    record = own_fields.filled(record, form.kind, errors)
    uploads = attaching.received(errors)
    if record is None or errors:
        return _page(form, article, errors=errors), 422
    seen = radar.before_publishing(key, record) if publish else None
    try:
        with work("kb.publish" if publish else "kb.edit") as writes:
            record = attaching.attached(writes, record, uploads, edit_now())
            said = _write(writes, key, record, form, publish, seen)
    except EditConflict:
        return _conflict_page(key, form, record)
    except InvalidContent as wrong:
        if not (publish and wrong.field == flows.FIELD):
            return _page(form, article, errors={wrong.field: str(wrong)}), 422
        flash(str(wrong), "warning")
        return _save(key, publish=False)
    except OwnText as wrong:  # what was typed is kept all the same
        flash(str(wrong), "warning")
        return _save(key, publish=False)
    except NothingToPublish:
        said = "没有改动，也没有待发布的草稿。", "info"
    flash(*said)
    return redirect(url_for("editor.edit", key=key))


def _write(
    writes: Session,
    key: str,
    record: Record,
    form: ArticleForm,
    publish: bool,
    seen: radar.Seen | None,
) -> tuple[str, str]:
    """Save, and publish if asked to; what to say about it, with the kind of message."""
    article = hold(writes, key)
    draft = article.draft
    changed = article.latest.record() != record or (draft is not None and draft.note != form.note)
    if changed:
        articles.save(writes, article, record, edit_now(), version=form.version, note=form.note)
    if publish:
        return _publish(writes, article, seen)
    if changed:
        return "草稿已保存，发布以后座席才看得到。", "success"
    return "没有改动，保持原样。", "info"


def _publish(writes: Session, article: Article, seen: radar.Seen | None) -> tuple[str, str]:
    with recalling(writes, article):
        revision = reviews.publish(writes, article, edit_now())
    radar.note(writes, revision, seen)
    begins = revision.effective_from
    if begins and begins > now():
        return (
            f"已发布第 {revision.number} 版，{moment(begins)} 起生效。{radar.said(seen)}",
            "success",
        )
    return f"已发布第 {revision.number} 版，座席现在就能看到。{radar.said(seen)}", "success"


def _conflict_page(key: str, form: ArticleForm, typed: Record) -> ResponseReturnValue:
    """The text that was typed beside the newer one; a second save then goes over it knowingly."""
    with services().db.reading() as fresh:  # the request's own session may still see the old text
        article = articles.get(fresh, key)
        latest = article.latest
        newer = Newer(
            author_id=latest.author_id,
            at=latest.changed_at,
            number=latest.number,
            published=article.draft is None,
            differences=differences(latest.record(), typed),
        )
        form = replace(form, version=draft_version(article))
        return _page(form, article, newer=newer), 409


# Ending


@blueprint.post("/articles/<key>/retirement")
@needs("kb.publish")
def retire(key: str) -> ResponseReturnValue:
    with work("kb.retire") as writes:
        article = hold(writes, key)
        with recalling(writes, article):
            articles.retire(writes, article, edit_now())
    flash("已停用，座席搜不到这篇文章了；各版都留着，可以随时恢复。", "success")
    return redirect(url_for("editor.edit", key=key))


@blueprint.post("/articles/<key>/draft/removal")
@needs("kb.write")
def discard(key: str) -> ResponseReturnValue:
    try:
        with work("kb.discard") as writes:
            article = hold(writes, key, request.form.get("version", type=int))
            whole = article.draft is not None and len(article.revisions) == 1
            articles.discard(writes, article)
    except Conflict as wrong:
        flash(str(wrong), "warning")
        return redirect(url_for("editor.edit", key=key))
    if whole:
        flash("草稿已丢弃；这篇文章没有发布过，也一起删去了。", "success")
        return redirect(url_for("editor.listing"))
    flash("草稿已丢弃，已发布的各版不受影响。", "success")
    return redirect(url_for("editor.edit", key=key))


@blueprint.post("/preview")
@needs("kb.write")
def preview() -> ResponseReturnValue:
    """The set text as a fragment; without script, the page again with it."""
    form = ArticleForm.read(request.form)
    if "HX-Request" in request.headers:
        return markdown.render(form.body[:MAX_PREVIEW])
    key = request.form.get("article", "")
    return _page(form, _get(reading(), key) if key else None)


# The page


def _get(session: Session, key: str) -> Article:
    if "\0" in key:
        abort(404)
    return articles.get(session, key)


def _page(
    form: ArticleForm,
    article: Article | None = None,
    *,
    errors: Mapping[str, str] | None = None,
    newer: Newer | None = None,
) -> str:
    return render_template(
        "editor/article.html",
        form=form,
        article=article,
        errors=errors or {},
        newer=newer,
        LABELS={**LABELS, **own_fields.labels()},
        own_fields=own_fields.groups(article),
        own_keys=own_fields.keys(form.kind),
        preview=markdown.render(form.body[:MAX_PREVIEW]),
        categories=editorial.categories_used(reading()),
        audiences=_audiences(form.audiences),
        in_force=_in_force(article),
        STATES=editorial.STATES,
        attached=attachments.of(reading(), article.latest) if article else [],
        allowed=",".join(attachments.ALLOWED),
        attachment_mb=services().settings.attachment_mb,
        is_flow=article is not None and flows.FIELD in article.latest.data,
        recall_hours=services().settings.recall_hours,
    )


def _in_force(article: Article | None) -> Any:
    if article is None or article.retired_at is not None:
        return None
    return gate.decide(article.revisions, now())


def _audiences(chosen: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom a text can be for, in groups of (name, words); what is chosen is always among them."""
    roles = list(reading().scalars(select(Role.name).order_by(Role.id)))
    teams = list(reading().scalars(select(Team.name).order_by(Team.name)))
    people = _people()
    others = [name for name in chosen if name not in {*roles, *teams, *people}]
    groups = [
        ("角色", [(name, name) for name in roles]),
        ("班组", [(name, name) for name in teams]),
        ("其他", [(name, name) for name in others]),
        ("人员", list(people.items())),
    ]
    return [(label, names) for label, names in groups if names]


def _people() -> dict[str, str]:
    """{number: number and name} of everybody who may sign in."""
    query = select(Person.number, Person.name).where(Person.disabled_at.is_(None))
    rows = reading().execute(query.order_by(Person.number))
    return {number: f"{name}（{number}）" for number, name in rows}
