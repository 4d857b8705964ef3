"""Scores for other programs: on a rubric they send, or on a scorecard of the centre."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue

from kb.errors import NotFound
from qa import jsonfile, marks, scorecards
from qa.errors import BadFile
from qa.rubric import Rubric
from qa.rubric_read import parse
from qa.score import score as score_of
from qa.tables import Scorecard, ScorecardVersion

from ..access import needs
from ..context import can, reading
from ..errors import InvalidInput
from . import shapes
from .views import LARGEST_ARTICLE, _page, _paging, blueprint, limit, limiter


@blueprint.post("/qa/score")
@needs("api.use")
@limiter.limit(limit)
def score() -> ResponseReturnValue:
    """What ``zhixi qa score`` prints."""
    _require_scoring()
    given = _given()
    if ("rubric" in given) == ("scorecard" in given):
        raise InvalidInput("rubric", "请给出 rubric 或 scorecard，二选一。")
    sent = given["marks"] if "marks" in given else {"answers": given.get("answers")}
    rubric = parse(given["rubric"]) if "rubric" in given else _named(given)
    return score_of(rubric, marks.answers_of(sent)).as_dict()


@blueprint.get("/qa/scorecards")
@needs("api.use")
@limiter.limit(limit)
def list_scorecards() -> ResponseReturnValue:
    """Those that calls are scored on now."""
    _require_scoring()
    cards = scorecards.listing(reading())
    found = [(c, v) for c in cards if (v := scorecards.active_version(reading(), c))]
    page, size = _paging()
    part = found[(page - 1) * size : page * size]
    return _page(len(found), page, size, [_summary(card, version) for card, version in part])


@blueprint.get("/qa/scorecards/<key>")
@needs("api.use")
@limiter.limit(limit)
def get_scorecard(key: str) -> ResponseReturnValue:
    _require_scoring()
    card, version = _active(key)
    return {**_summary(card, version), "rubric": version.content}


def _require_scoring() -> None:
    if not can("qa.score"):
        abort(403)


def _given() -> dict[str, Any]:
    """The JSON object of the body, its decimals exact. Raises InvalidInput."""
    if not request.is_json:
        abort(415)
    request.max_content_length = LARGEST_ARTICLE
    try:
        given = jsonfile.loads(request.get_data())
    except BadFile as wrong:
        raise InvalidInput("body", f"正文{wrong.sentence}") from None
    if not isinstance(given, dict):
        raise InvalidInput("body", "请在正文里给出一个 JSON 对象：rubric 或 scorecard，和 marks。")
    return given


def _named(given: dict[str, Any]) -> Rubric:
    """The rubric of a scorecard, of the version that is asked for or the one in use."""
    key, number = given["scorecard"], given.get("version")
    if not isinstance(key, str):
        raise InvalidInput("scorecard", "scorecard 应为评分表的标识，是一段文字。")
    if number is None:
        return scorecards.rubric_of(_active(key)[1])
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number < 10**6:
        raise InvalidInput("version", "version 应为版本号，从 1 起的整数。")
    version = scorecards.version(scorecards.get(reading(), key), number)
    if version.activated_at is None:
        raise NotFound("评分表版本", f"{key}第{number}版")
    return scorecards.rubric_of(version)


def _active(key: str) -> tuple[Scorecard, ScorecardVersion]:
    card = scorecards.get(reading(), key)
    version = scorecards.active_version(reading(), card)
    if version is None:
        raise NotFound("评分表", key)
    return card, version


def _summary(card: Scorecard, version: ScorecardVersion) -> dict[str, Any]:
    return {
        "key": card.key,
        "title": version.title,
        "version": version.number,
        "mode": version.content["mode"],
        "fingerprint": version.fingerprint,
        "activated_at": shapes.moment(version.activated_at),
    }
