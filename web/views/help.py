"""The guides, written as Markdown beside the templates and read in the product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from kb import markdown

from ..access import SIGNED_IN, needs

blueprint = Blueprint("help", __name__, url_prefix="/help")

FOLDER = Path(__file__).parents[1] / "templates" / "help"


@dataclass(frozen=True, slots=True)
class Guide:
    name: str
    title: str
    body: str


def guides() -> Iterator[Guide]:
    """Every guide in the order of its file name (10-desk.md → desk)."""
    for path in sorted(FOLDER.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        heading, _, body = text.partition("\n")
        yield Guide(path.stem.partition("-")[2], heading.lstrip("# ").strip(), body)


@blueprint.get("/")
@needs(SIGNED_IN)
def index() -> ResponseReturnValue:
    return render_template("help.html", guides=list(guides()), guide=None)


@blueprint.get("/<name>")
@needs(SIGNED_IN)
def show(name: str) -> ResponseReturnValue:
    known = list(guides())
    guide = next((g for g in known if g.name == name), None)
    if guide is None:
        abort(404)
    return render_template("help.html", guides=known, guide=guide, html=markdown.render(guide.body))
