"""What else to read, and tying articles together by hand, from the page of one of them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb import articles, gate, related
from kb.articles import Edit
from kb.errors import InvalidContent

from ..access import needs
from ..context import now, person, reading, viewer, work
from ..related import related as alike
from .articles import article_page

blueprint = Blueprint("related", __name__, url_prefix="/articles")


@blueprint.get("/<key>/related")
@needs("kb.read")
def show(key: str) -> ResponseReturnValue:
    """Asked for once the article stands on the screen: finding them takes longer than showing it.

    ``beside``: as one line, for the desk.
    """
    revision = gate.in_force(reading(), viewer(), now(), key)
    found = alike(revision)
    if "HX-Request" not in request.headers:
        return render_template("related/page.html", opened=revision, key=key, related=found)
    template = "related/beside.html" if "beside" in request.args else "related/panel.html"
    return render_template(template, key=key, related=found)


@blueprint.post("/<key>/related")
@needs("kb.write")
def add(key: str) -> ResponseReturnValue:
    """Each of the two is then shown beside the other."""
    revision = gate.in_force(reading(), viewer(), now(), key.replace("\0", ""))
    typed = request.form.get("other", "")
    try:
        with work("kb.relate") as writes:
            article = articles.get(writes, revision.article.key)
            edit = Edit(person().id, now())
            title = related.link(writes, viewer(), article, typed, edit).title
    except InvalidContent as wrong:
        return article_page(revision, typed=typed[:300], wrong=str(wrong)), 422
    flash(f"已和《{title}》互为相关文章。", "success")
    return redirect(url_for("articles.show", key=key))


@blueprint.post("/<key>/related/removal")
@needs("kb.write")
def remove(key: str) -> ResponseReturnValue:
    revision = gate.in_force(reading(), viewer(), now(), key.replace("\0", ""))
    with work("kb.unrelate") as writes:
        article = articles.get(writes, revision.article.key)
        related.unlink(writes, article, request.form.get("other", ""))
    flash("已去掉，两篇不再互为相关文章。", "success")
    return redirect(url_for("articles.show", key=key))
