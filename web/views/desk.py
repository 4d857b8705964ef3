"""The agent's desk: half a question in, the sentence that answers it out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError, OperationalError

from kb import gate, markdown
from kb.errors import NotFound
from kb.library import Filters
from kb.models import Revision
from kb.records import KINDS
from kb.search import Hit, Results
from kb.snippets import Piece
from kb.suggest import Suggestion

from .. import reading as traces
from .. import searches
from ..access import needs
from ..answers import said_at
from ..context import now, person, reading, services, viewer, work
from ..outline import outline

blueprint = Blueprint("desk", __name__)
log = logging.getLogger("zhixi.web")

HITS = 10
OFFERED = 6
"""Suggestions: as many as one line holds."""

LONGEST_QUERY = 400


@dataclass(frozen=True, slots=True)
class Ask:
    """What the desk was asked: the words and what they are narrowed to."""

    q: str
    kind: str
    category: str
    tag: str
    open: str
    literal: bool

    @classmethod
    def from_request(cls) -> Ask:
        args = request.args
        return cls(
            q=args.get("q", "").strip()[:LONGEST_QUERY],
            kind=args.get("kind", "") if args.get("kind") in KINDS else "",
            category=args.get("category", "")[:400],
            tag=args.get("tag", "")[:200],
            open=args.get("open", "")[:200],
            literal=args.get("literal") == "1",
        )

    @property
    def filters(self) -> Filters:
        return Filters(
            kinds=frozenset(filter(None, [self.kind])),
            category=self.category,
            tags=frozenset(filter(None, [self.tag])),
        )


@blueprint.get("/desk")
@needs("kb.read")
def desk() -> ResponseReturnValue:
    ask = Ask.from_request()
    results = _results(ask)
    shown: dict[str, Any] = {"q": ask.q, "chosen": ask, "results": results}
    shown |= {"suggestions": _suggestions(ask)} if results else _shelves()
    if "HX-Request" in request.headers:
        return render_template("desk/results.html", **shown)
    opened = _opened(ask.open, ask.q) if ask.open else None
    return render_template("desk.html", filters=_filters(), opened=opened, **shown)


def _shelves() -> dict[str, list[Revision]]:
    """What stands on the desk before anything is asked."""
    at = now()
    return {
        "recents": traces.recents(reading(), person(), viewer(), at),
        "favourites": traces.favourites(reading(), person(), viewer(), at),
    }


def _results(ask: Ask) -> Results | None:
    """Hits for the words; without words, what stands in the chosen category or kind."""
    if ask.q:
        return searches.search(ask.q, ask.filters, HITS, literal=ask.literal)
    if ask.category or ask.kind or ask.tag:
        found = gate.browse(
            reading(), viewer(), now(), category=ask.category, kind=ask.kind, tag=ask.tag, limit=100
        )
        return Results("", 0.0, found.total, (), tuple(_listed(r) for r in found.revisions))
    return None


def _suggestions(ask: Ask) -> Sequence[Suggestion]:
    if not ask.q:
        return ()
    return services().suggesting.suggest(
        reading(), viewer(), now(), ask.q, filters=ask.filters, limit=OFFERED
    )


@blueprint.post("/desk/copies")
@needs("kb.read")
def copied() -> ResponseReturnValue:
    """The answer of an article was copied."""
    found = gate.in_force(reading(), viewer(), now(), request.form.get("key", "").replace("\0", ""))
    searches.followed("copied", found.article.key, _place(request.form))
    return "", 204


def _place(given: Mapping[str, str]) -> int | None:
    """Which hit of the list it was; None for what is no place in a list."""
    text = given.get("place", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def _listed(revision: Revision) -> Hit:
    """An article of a category as the result list shows it."""
    return Hit(
        key=revision.article.key,
        title=revision.title,
        kind=revision.kind,
        category=revision.category.path if revision.category else "",
        revision=revision.number,
        score=0.0,
        snippet=(Piece(" ".join(markdown.plain(revision.body)[:120].split()), False),),
        answer=None,
    )


def _filters() -> dict[str, Any]:
    counts = gate.counts_by_category(reading(), viewer(), now())
    return {"kinds": list(KINDS.items()), "categories": list(category_tree(counts))}


def category_tree(counts: dict[str, int]) -> list[tuple[str, str, int, int]]:
    """(path, name, depth, articles in it and below) of every category that is not empty."""
    sums: dict[str, int] = {}
    for path, count in counts.items():
        steps = path.split("/")
        for depth in range(len(steps)):
            upper = "/".join(steps[: depth + 1])
            sums[upper] = sums.get(upper, 0) + count
    return [(path, path.rpartition("/")[2], path.count("/"), sums[path]) for path in sorted(sums)]


@blueprint.get("/desk/articles/<path:key>")
@needs("kb.read")
def article(key: str) -> ResponseReturnValue:
    return render_template(
        "desk/article.html",
        q=request.args.get("q", "")[:LONGEST_QUERY],
        opened=_opened(key, request.args.get("q", "")),
    )


def _opened(key: str, q: str) -> dict[str, Any] | None:
    """The article beside the results, with the span from the address marked."""
    try:
        revision = gate.in_force(reading(), viewer(), now(), key)
    except NotFound:
        if request.endpoint == "desk.article":
            raise
        return None
    if "peek" not in request.args:  # beside the results it is only shown, not yet opened
        note_opened(revision)
        if q:
            searches.followed("opened", key, _place(request.args))
    return article_view(revision, _span(revision))


def note_opened(revision: Revision) -> None:
    """Keep that it was read. A text is worth more than its trace: another window of the same
    person, or a database that an import keeps busy, must not take the text away.
    """
    try:
        with work("kb.open") as writes:
            traces.note_opened(writes, person(), revision.article_id, now())
    except (IntegrityError, OperationalError) as error:
        log.warning("reading was not noted", exc_info=error)


def _span(revision: Revision) -> tuple[int, int] | None:
    start, end = (request.args.get(name, type=int) for name in ("start", "end"))
    if start is None or end is None or not 0 <= start < end <= len(revision.body):
        return None
    return start, end


def article_view(revision: Revision, span: tuple[int, int] | None = None) -> dict[str, Any]:
    """What a template needs to show a revision, rendered once."""
    rendered = markdown.render(revision.body, [span] if span else [])
    return {
        "revision": revision,
        "key": revision.article.key,
        "title": revision.title,
        "kind": revision.kind,
        "category": revision.category.path if revision.category else "",
        "number": revision.number,
        "published_at": revision.published_at,
        "effective_from": revision.effective_from,
        "effective_to": revision.effective_to,
        "must_sign": revision.must_sign,
        "tags": revision.tags,
        "questions": revision.questions,
        "html": rendered,
        "headings": outline(rendered),
        "answer_text": said_at(revision.body, *span).text if span else "",
        "favourite": traces.is_favourite(reading(), person(), revision.article_id),
    }
