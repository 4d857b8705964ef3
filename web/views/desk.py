"""The agent's desk: half a question in, the sentence that answers it out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError, OperationalError

from kb import attachments, fieldrules, flows, gate, markdown, policy, verify
from kb.errors import NotFound
from kb.library import Filters
from kb.models import Revision
from kb.records import KINDS
from kb.search import Hit, Results
from kb.snippets import Piece
from kb.suggest import Suggestion

from .. import reading as traces
from .. import searches, todo
from ..access import needs
from ..answers import said_at
from ..context import now, person, reading, services, viewer, work
from ..errors import InvalidInput
from ..evidence import notes, recalls, words
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
    call = notes.current_call()
    return render_template("desk.html", filters=_filters(), opened=opened, call=call, **shown)


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
    """Words of an article were copied: its answer, or what was selected in it.

    A page that was left open may hold a text that is withdrawn: the answer then says so.
    """
    found = _copied_from(request.form)
    searches.followed("copied", found.article.key, _place(request.form))
    notes.copied(found, _copied_place(found, request.form))
    if gate.admit(reading(), viewer(), now(), [found.id]):
        return "", 204
    return {"sentence": recalls.stale(reading(), viewer(), now(), found)}


def _copied_from(given: Mapping[str, str]) -> Revision:
    """The revision that stood on the page; without its number, the one in force."""
    key = given.get("key", "").replace("\0", "")
    number = _whole(given, "number")
    if number is None:
        return gate.in_force(reading(), viewer(), now(), key)
    return recalls.once_in_force(reading(), person().id, viewer(), now(), key, number)


def _copied_place(revision: Revision, given: Mapping[str, str]) -> words.Place:
    chosen = given.get("selected", "")[: notes.LONGEST_SELECTION]
    if chosen.strip() and (found := words.locate(revision, chosen)):
        return found
    start, end = _whole(given, "start"), _whole(given, "end")
    if start is None or end is None or not start < end <= len(revision.body) or "whole" in given:
        return words.Place(words.ARTICLE)
    condition = given.get("condition", "")[:400].replace("\0", "")
    if condition and condition not in words.conditions(revision):
        condition = ""
    return words.Place(words.ANSWER, start, end, condition)


def _whole(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


@blueprint.post("/desk/call")
@needs("kb.read")
def call() -> ResponseReturnValue:
    """Name the call that is going on, or clear it (''): what is read from now on belongs to it."""
    wrong = ""
    try:
        given = notes.set_call(request.form.get("call", ""))
    except InvalidInput as error:
        given, wrong = request.form.get("call", "")[:LONGEST_QUERY], str(error)
    if "HX-Request" in request.headers:
        kept = notes.current_call()
        return render_template("desk/call.html", call=kept, typed=given, wrong=wrong)
    if wrong:
        flash(wrong, "error")
    return redirect(url_for("desk.desk"))


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
    span = _span(revision)
    view = article_view(revision, span)
    if "peek" in request.args:  # beside the results it is only shown, not yet opened
        notes.article_shown(revision, span, view["html"])
        return view
    note_opened(revision, view["html"], span)
    if q:
        searches.followed("opened", key, _place(request.args))
    return view


def note_opened(revision: Revision, html: str, span: tuple[int, int] | None = None) -> None:
    """Keep that it was read, and what stood there. A text is worth more than its trace: another
    window of the same person, or a database that an import keeps busy, must not take the text
    away; the evidence is then written as soon as it goes.
    """
    try:
        with work("kb.open") as writes:
            traces.note_opened(writes, person(), revision.article_id, now())
            todo.note_read(writes, person(), revision, now())
            notes.article_opened(writes, revision, span, html)
    except (IntegrityError, OperationalError) as error:
        log.warning("reading was not noted", exc_info=error)
        notes.article_opened_later(revision, span, html)


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
        "own": fieldrules.shown(fieldrules.rules_of(reading(), revision.kind), revision.data),
        "html": rendered,
        "attachments": attachments.of(reading(), revision),
        "flow": flows.of(revision.data) is not None,
        "headings": outline(rendered),
        "answer_text": said_at(revision.body, *span).text if span else "",
        "span": span,
        "overdue": verify.overdue_days(revision, policy.load(reading()), now())
        if revision.published_at
        else 0,
        "favourite": traces.is_favourite(reading(), person(), revision.article_id),
    }
