"""Calls: found by any combination, sorted, paged, taken along as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from qa import call_search
from qa.call_search import PAGE, Found, Wanted
from qa.tables import Call

from .. import call_query, call_rows, call_words, qa_sight, roles, sheets
from ..access import needs
from ..audit_notes import note
from ..call_query import CONSENTS, DIRECTIONS, Asked
from ..call_rows import Row
from ..context import can, now, reading, services, work
from ..pages import duration, moment

blueprint = Blueprint("calls", __name__, url_prefix="/qa")

READERS = "qa.score | qa.team"
MOST_EXPORTED = 20_000
HEAD = (
    "通话编号",
    "开始时间",
    "座席",
    "分机",
    "来电号码",
    "方向",
    "队列",
    "时长",
    "秒数",
    "满意度",
    "录音同意",
    "录音",
    "转写",
    "评分状态",
    "得分",
)


@blueprint.get("/calls")
@needs(READERS)
def listing() -> ResponseReturnValue:
    asked = call_query.read(request.args)
    page = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    if asked.errors:
        return _page(asked, Found((), 0), 1), 422
    said = call_words.said(reading(), services().settings.index_folder, asked.wanted)
    found = call_search.search(reading(), asked.wanted, qa_sight.visible(), page, said=said)
    if page > found.pages():
        abort(404)
    return _page(asked, found, page)


def _page(asked: Asked, found: Found, page: int) -> str:
    numbers = request.args.get("numbers") == "1" and can("qa.customer")
    kept = asked.kept | ({"numbers": "1"} if numbers else {})
    return render_template(
        "calls/listing.html",
        asked=asked,
        kept=kept,
        numbers=numbers,
        rows=call_rows.rows(found.calls, asked.wanted, numbers=numbers),
        total=found.total,
        page=page,
        pages=found.pages(),
        size=PAGE,
        anything=bool(found.total) or _anything(),
        most=MOST_EXPORTED,
        **_choices(),
    )


def _anything() -> bool:
    """Whether there is any call at all to be found."""
    return bool(call_search.search(reading(), call_search.Wanted(), qa_sight.visible(), 1, 1).total)


def _choices() -> dict[str, Any]:
    teams = roles.all_teams(reading()) if can("qa.score") else []
    everything = ("", "全部")
    return {
        "teams": [everything, *((str(team.id), team.name) for team in teams)],
        "queues": [everything, *((name, name) for name in call_search.queues(reading()))],
        "directions": [everything, *DIRECTIONS.items()],
        "consents": [everything, *CONSENTS.items()],
        "sounds": [everything, ("yes", "有录音"), ("no", "没有录音")],
        "reviewed": [everything, *call_search.REVIEWED.items()],
        "speakers": [("", "谁都行"), ("agent", "座席说的"), ("customer", "来电人说的")],
    }


@blueprint.get("/calls.<any(xlsx, csv):kind>")
@needs(READERS)
def export(kind: str) -> ResponseReturnValue:
    """The whole list, as far as a table goes; numbers masked as on the page."""
    asked = call_query.read(request.args)
    if asked.errors:
        return _page(asked, Found((), 0), 1), 422
    numbers = request.args.get("numbers") == "1" and can("qa.customer")
    said = call_words.said(reading(), services().settings.index_folder, asked.wanted)
    every = call_search.every(reading(), asked.wanted, qa_sight.visible(), MOST_EXPORTED, said)
    table: list[list[str]] = []
    for part in batched(every, 500):
        table += map(_line, call_rows.rows(part, Wanted(), numbers=numbers))
    with work("qa.calls.export") as writes:
        told = "、".join(f"{name}={value}" for name, value in asked.kept.items())
        note(writes, "qa_call", "", {"filter": (None, f"{told or '全部'}，共 {len(table)} 通")})
    return sheets.download(table, HEAD, "通话", kind, now())


def batched(calls: Iterable[Call], size: int) -> Iterator[list[Call]]:
    """Lists of up to ``size``."""
    rest = iter(calls)
    while part := list(islice(rest, size)):
        yield part


def _line(row: Row) -> list[str]:
    call = row.call
    return [
        call.key,
        moment(call.started_at),
        row.agent,
        row.extension,
        row.customer,
        DIRECTIONS[call.direction],
        call.queue,
        duration(call.seconds),
        "" if call.seconds is None else f"{call.seconds:g}",
        "" if call.satisfaction is None else str(call.satisfaction),
        CONSENTS[call.consent or "unknown"],
        sound_word(row),
        "有" if row.written else "",
        row.state,
        "" if row.score is None else f"{row.score:g}",
    ]


def sound_word(row: Row) -> str:
    if row.recording is not None:
        return call_rows.SOUND[row.recording.state]
    return "已删除" if row.removed is not None else ""
