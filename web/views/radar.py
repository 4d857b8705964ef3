"""The findings before a publication, as a page and as a fragment of the editor's."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from kb import articles

from .. import radar
from ..access import needs
from ..context import reading

blueprint = Blueprint("radar", __name__, url_prefix="/reviews")


@blueprint.get("/<key>/radar")
@needs("kb.write")
def show(key: str) -> ResponseReturnValue:
    article = articles.get(reading(), key.replace("\0", ""))
    revision = article.latest
    template = "radar/findings.html" if "HX-Request" in request.headers else "radar/page.html"
    return render_template(
        template, article=article, revision=revision, seen=radar.of(article, revision)
    )
