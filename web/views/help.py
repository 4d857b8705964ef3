"""The guides, written as Markdown beside the templates, read and searched in the product."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from kb import markdown

from ..access import SIGNED_IN, needs

blueprint = Blueprint("help", __name__, url_prefix="/help")

FOLDER = Path(__file__).parents[1] / "templates" / "help"
AROUND = 40
"""Characters shown on each side of what a search found."""

_HEADING = re.compile(r"^(#{2,3}) (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading of a guide and the text under it; ``anchor`` is its place on the page."""

    anchor: str
    title: str
    depth: int
    body: str


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide; ``lead`` says whom it is for, ``parts`` are its headings in order."""

    name: str
    title: str
    lead: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Found:
    """A part in which all words of a search occur, and the text around the first of them."""

    guide: Guide
    part: Part
    runs: Sequence[tuple[str, bool]]


@cache
def guides() -> Sequence[Guide]:
    """Every guide in the order of its file name (10-desk.md → desk), read once."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.md")))


def _read(path: Path) -> Guide:
    heading, _, body = path.read_text(encoding="utf-8").partition("\n")
    # A comment in a fenced command must not count as a heading: same length, nothing to match.
    bare = _FENCED.sub(lambda fenced: re.sub(r"[^\n]", " ", fenced[0]), body)
    marks = list(_HEADING.finditer(bare))
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    parts = [
        Part(f"p{n}", mark[2], len(mark[1]), body[mark.end() : end].strip())
        for n, (mark, end) in enumerate(zip(marks, ends, strict=True), 1)
    ]
    lead = body[: marks[0].start()] if marks else body
    return Guide(path.stem.partition("-")[2], heading.lstrip("# ").strip(), lead.strip(), parts)


def search(words: Sequence[str]) -> Iterator[Found]:
    """Parts that hold every one of the words, in title or text, in the order of the guides."""
    for guide in guides():
        for part in guide.parts:
            text = " ".join(markdown.plain(part.body).split())
            whole = f"{guide.title} {part.title} {text}".lower()
            if all(word.lower() in whole for word in words):
                yield Found(guide, part, tuple(_runs(text, words)))


def _runs(text: str, words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The text around the first word found, with every word marked."""
    any_word = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    first = any_word.search(text)
    middle = first.start() if first else 0
    start, end = max(0, middle - AROUND), middle + 2 * AROUND
    at = start
    yield "…" if start else "", False
    for hit in any_word.finditer(text, start, end):
        yield text[at : hit.start()], False
        yield hit[0], True
        at = hit.end()
    yield text[at:end] + ("…" if end < len(text) else ""), False


@blueprint.get("/")
@needs(SIGNED_IN)
def index() -> ResponseReturnValue:
    q = request.args.get("q", "").strip()[:100]
    found = list(search(q.split())) if q else []
    return render_template("help.html", guides=guides(), guide=None, q=q, found=found)


@blueprint.get("/keys")
@needs(SIGNED_IN)
def keys() -> ResponseReturnValue:
    return render_template("keys.html")


@blueprint.get("/<name>")
@needs(SIGNED_IN)
def show(name: str) -> ResponseReturnValue:
    guide = next((g for g in guides() if g.name == name), None)
    if guide is None:
        abort(404)
    parts = [(part, markdown.render(part.body)) for part in guide.parts]
    return render_template(
        "help.html",
        guides=guides(),
        guide=guide,
        lead=markdown.render(guide.lead),
        parts=parts,
        q="",
    )
