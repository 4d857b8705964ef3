"""By code: notices and orders in force about a train, a station or a document number."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from kb import fieldrules, lookup
from kb.lookup import LONGEST_QUERY

from ..access import needs
from ..context import now, reading, viewer

blueprint = Blueprint("lookup", __name__, url_prefix="/lookup")

SHOWN = 50


@blueprint.get("")
@needs("kb.read")
def find() -> ResponseReturnValue:
    rules = [rule for rule in fieldrules.all_rules(reading()) if rule.sort in lookup.CODED]
    typed = request.args.get("q", "").replace("\0", "")[:LONGEST_QUERY]
    kinds = list(dict.fromkeys(rule.kind for rule in rules))
    kind = _one_of(request.args.get("kind", ""), kinds)
    names = {rule.key: rule.name for rule in rules if rule.kind == (kind or rule.kind)}
    field = _one_of(request.args.get("field", ""), list(names))
    page = lookup.find(reading(), viewer(), now(), typed, kind=kind, field=field, limit=SHOWN)
    return render_template(
        "lookup/find.html",
        q=typed,
        kind=kind,
        field=field,
        kinds=kinds,
        names=names,
        page=page,
        own={
            found.revision.id: fieldrules.shown(
                [rule for rule in rules if rule.kind == found.revision.kind], found.revision.data
            )
            for found in page.found
        },
    )


def _one_of(wanted: str, known: list[str]) -> str:
    return wanted if wanted in known else ""
