"""Files of an article's revision: shown where a browser can do it safely, else to be kept."""

from __future__ import annotations

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from kb import articles, attachments
from kb.attachments import Attachment
from kb.errors import NotFound
from kb.models import Revision

from ..access import needs
from ..context import reading, services
from ..security import locked
from .articles import may_read

blueprint = Blueprint("attachments", __name__, url_prefix="/articles")

SHOWN = ("image", "audio", "video")
"""Families that a browser shows without running anything."""


@blueprint.get("/<key>/revisions/<int:number>/attachments/<int:nth>")
@needs("kb.read")
def show(key: str, number: int, nth: int) -> ResponseReturnValue:
    revision, file = _find(key, number, nth)
    return render_template(
        "attachments/show.html",
        revision=revision,
        file=file,
        nth=nth,
        there=services().files.exists(file.sha256),
    )


@blueprint.get("/<key>/revisions/<int:number>/attachments/<int:nth>/file")
@needs("kb.read")
def content(key: str, number: int, nth: int) -> ResponseReturnValue:
    """The bytes; a part of them where a player asks for a part."""
    _, file = _find(key, number, nth)
    opened = services().files.open(file.sha256)
    keep = "keep" in request.args or file.kind.family not in SHOWN
    response = send_file(
        opened,
        mimetype=file.kind.media,
        as_attachment=keep,
        download_name=file.name,
        conditional=False,
        etag=file.sha256,
    )
    locked(response)
    response.content_length = file.size
    return response.make_conditional(request, accept_ranges=True, complete_length=file.size)


def _find(key: str, number: int, nth: int) -> tuple[Revision, Attachment]:
    """The file, for whoever may read its revision; else 404, as if there were none."""
    article = articles.get(reading(), key)
    revision = next((r for r in article.revisions if r.number == number and may_read(r)), None)
    if revision is None:
        raise NotFound("文章", key)
    files = attachments.of(reading(), revision)
    if not 1 <= nth <= len(files):
        raise NotFound("附件", str(nth))
    return revision, files[nth - 1]
