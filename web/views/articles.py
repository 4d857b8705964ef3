"""Reading one article, its revisions, and keeping it as a favourite."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb import articles, gate
from kb.errors import NotFound
from kb.models import Revision

from .. import reading as traces
from ..access import needs
from ..context import can, now, person, reading, viewer, work
from ..related import related
from .desk import article_view, note_opened

blueprint = Blueprint("articles", __name__, url_prefix="/articles")


@blueprint.get("/<key>")
@needs("kb.read")
def show(key: str) -> ResponseReturnValue:
    revision = gate.in_force(reading(), viewer(), now(), key)
    view = article_view(revision)
    note_opened(revision, view["html"])
    return render_template("article.html", opened=view)


def article_page(revision: Revision, **more: str) -> str:
    """The page once more, with what was wrong with a form on it."""
    view = article_view(revision)
    return render_template("article.html", opened=view, related=related(revision), **more)


@blueprint.get("/<key>/revisions")
@needs("kb.read")
def revisions(key: str) -> ResponseReturnValue:
    """Published revisions this person may read; an editor sees drafts and retired articles too."""
    article = articles.get(reading(), key)
    shown = [r for r in reversed(article.revisions) if may_read(r)]
    if not shown:
        raise NotFound("文章", key)
    return render_template(
        "revisions.html",
        article=article,
        revisions=shown,
        in_force=gate.decide(article.revisions, now()) if not article.retired_at else None,
    )


@blueprint.get("/<key>/revisions/<int:number>")
@needs("kb.read")
def revision(key: str, number: int) -> ResponseReturnValue:
    article = articles.get(reading(), key)
    found = next((r for r in article.revisions if r.number == number and may_read(r)), None)
    if found is None:
        raise NotFound("文章", key)
    view = article_view(found)
    holds = not article.retired_at and gate.decide(article.revisions, now()) is found
    if holds:
        note_opened(found, view["html"])
    return render_template("revision.html", opened=view, revision=found, holds=holds)


def may_read(revision: Revision) -> bool:
    """Old and coming texts are an editor's matter; a reader finds only what holds."""
    if can("kb.write"):
        return True
    article = revision.article
    return (
        article.retired_at is None
        and gate.decide(article.revisions, now()) is revision
        and viewer().may_see(revision.audiences)
    )


@blueprint.post("/<key>/favourite")
@needs("kb.read")
def favour(key: str) -> ResponseReturnValue:
    return _set_favourite(key, True)


@blueprint.post("/<key>/favourite/removal")
@needs("kb.read")
def unfavour(key: str) -> ResponseReturnValue:
    return _set_favourite(key, False)


def _set_favourite(key: str, wanted: bool) -> ResponseReturnValue:
    revision = gate.in_force(reading(), viewer(), now(), key)
    with work("kb.favourite") as writes:
        traces.set_favourite(writes, person(), revision.article_id, wanted, now())
    if "HX-Request" in request.headers:
        return render_template("desk/favourite.html", opened={"key": key, "favourite": wanted})
    return redirect(url_for("articles.show", key=key))
