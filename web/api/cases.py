"""Handled cases from other programs: a work-order system proposes, an editor decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from kb import cases
from kb.cases import Case
from kb.formats.typed import understood

from ..access import needs
from ..context import now, person, reading
from ..errors import InvalidInput
from ..forms.article import YEARS
from ..similar import similar
from ..views.cases import store
from . import shapes
from .views import _page, _paging, blueprint, limit, limiter

LARGEST = 512 * 1024
"""Bytes of a case: the longest texts with every character escaped."""


@blueprint.get("/cases")
@needs("api.use")
@limiter.limit(limit)
def list_cases() -> ResponseReturnValue:
    """Those that the person who is asking has proposed."""
    page, size = _paging()
    total, found = cases.listing(reading(), by=person().id, offset=(page - 1) * size, limit=size)
    return _page(total, page, size, [shapes.case(row) for row in found])


@blueprint.post("/cases")
@needs("api.use")
@limiter.limit(limit)
def propose_case() -> ResponseReturnValue:
    case = cases.clean(_given(), now())
    row, made = store(case)
    own = row.article.key if row.article else ""
    found = similar(f"{case.question}\n{case.result}", case.question, own)
    near = [
        {"key": one.key, "title": one.title, "similarity": round(one.similarity, 4)}
        for one in found
    ]
    return {"created": made, "case": shapes.case(row), "similar": near}, 201 if made else 200


def _given() -> Case:
    """The case in the request's body. Raises InvalidInput."""
    request.max_content_length = LARGEST
    try:
        given = request.get_json()
    except RecursionError:
        raise InvalidInput("body", "正文的 JSON 嵌套太深，请减少层数。") from None
    if not isinstance(given, dict):
        raise InvalidInput("body", "请在正文里给出一个 JSON 对象，就是一个案例。")
    moment = _moment(_text(given, "handled_at"))
    texts = (_text(given, name) for name in ("question", "result", "reference"))
    return Case(*texts, moment)


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise InvalidInput(name, f"请给出 {name}，是一段文字。")
    return value


def _moment(text: str) -> datetime:
    found = understood("effective_from", text)
    if not (isinstance(found, datetime) and found.tzinfo and found.year in YEARS):
        raise InvalidInput(
            "handled_at", "handled_at 应为带时区的时间，例如 2026-11-21T14:05:00+08:00。"
        )
    return found
