"""What held on a day gone by: found and read as of then, and marked so on every page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb import markdown, past, pastsearch
from kb.index.contract import Scope
from kb.models import Revision
from kb.past import Then
from kb.records import KINDS
from kb.search import Results

from .. import moments
from ..access import needs
from ..context import now, reading, viewer
from ..errors import Conflict, InvalidInput
from ..outline import outline
from ..pages import ZONE, moment

blueprint = Blueprint("past", __name__, url_prefix="/past")

HITS = 20
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it stands in the address."""

    at: str
    known: str
    q: str
    kind: str

    @classmethod
    def from_request(cls) -> Asked:
        def given(name: str) -> str:
            return request.args.get(name, "").replace("\0", "").strip()[:LONGEST]

        kind = given("kind")
        known = "now" if given("known") == "now" else ""
        return cls(given("at"), known, given("q"), kind if kind in KINDS else "")

    def then(self) -> Then | None:
        """Raises InvalidInput for a date that cannot be meant."""
        at = moments.past("at", self.at, now())
        return None if at is None else Then(at, now() if self.known else at)

    def arguments(self, **changed: str) -> dict[str, str]:
        """The query of an address that asks the same but for ``changed``."""
        return {name: value for name, value in {**asdict(self), **changed}.items() if value}


@blueprint.get("")
@needs("kb.read")
def find() -> ResponseReturnValue:
    asked = Asked.from_request()
    try:
        then = asked.then()
    except (InvalidInput, Conflict) as wrong:
        return _page(asked, None, None, error=str(wrong)), 422
    return _page(asked, then, _found(asked, then) if then and asked.q else None)


def _found(asked: Asked, then: Then) -> Results:
    scope = Scope(kinds=frozenset(filter(None, [asked.kind])))
    return pastsearch.search(reading(), viewer(), now(), then, asked.q, scope=scope, limit=HITS)


def _page(
    asked: Asked, then: Then | None, results: Results | None, *, error: str | None = None
) -> str:
    return render_template(
        "past/find.html",
        asked=asked,
        then=then,
        day=_day(then.at) if then else "",
        results=results,
        error=error,
        total=len(past.held(reading(), viewer(), now(), then)) if then else 0,
    )


@blueprint.get("/<key>")
@needs("kb.read")
def show(key: str) -> ResponseReturnValue:
    asked = Asked.from_request()
    then = asked.then()
    if "\0" in key:
        abort(404)
    if then is None:  # an address that lost its day
        return redirect(url_for("past.find", **asked.arguments()))
    revision = past.in_force(reading(), viewer(), now(), then, key)
    return render_template(
        "past/article.html",
        asked=asked,
        then=then,
        day=_day(then.at),
        revision=revision,
        key=key,
        later=None if asked.known else past.since(reading(), viewer(), now(), then, key),
        current=_same_today(revision),
        **_set(revision),
    )


def _set(revision: Revision) -> dict[str, Any]:
    rendered = markdown.render(revision.body)
    return {"html": rendered, "headings": outline(rendered)}


def _same_today(revision: Revision) -> bool:
    """Does that very text hold today as well?"""
    today = past.held(reading(), viewer(), now(), Then(now(), now()), key=revision.article.key)
    return any(row.id == revision.id for row in today.values())


def _day(at: datetime) -> str:
    """A day, or where an hour was asked for, the minute."""
    there = at.astimezone(ZONE)
    whole = (there.hour, there.minute, there.second) == (23, 59, 59)
    return there.strftime("%Y-%m-%d") if whole else moment(at)
