"""How often the automatic checks of a scorecard agreed with people who had not seen them."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from kb.errors import NotFound
from qa import scorecards, settings, suggesting
from qa.checks import KINDS
from qa.reviews import rubric_of

from ..access import needs
from ..context import reading

blueprint = Blueprint("check_standing", __name__, url_prefix="/qa/scorecards")


@blueprint.get("/<key>/checks")
@needs("qa.score")
def show(key: str) -> ResponseReturnValue:
    card = scorecards.get(reading(), key)
    version = card.active
    if version is None:
        raise NotFound("评分表", key[:60])
    rubric = rubric_of(version)
    return render_template(
        "scorecards/checks.html",
        card=card,
        version=version,
        items=[item for item in rubric.items() if item.check],
        standings=suggesting.standings(reading(), version),
        confidence=settings.value(reading(), "confidence"),
        apart=suggesting.apart(reading(), version),
        kinds={name: kind.title for name, kind in KINDS.items()},
    )
