"""Calls for other programs: the telephone system sends them, reports read them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from kb.errors import NotFound
from qa import call_search, calls, manifest, recordings
from qa.calls import Facts
from qa.manifest import Row
from qa.tables import Call, Recording

from .. import call_query, call_words, qa_sight
from ..access import needs
from ..call_import import Nowhere, Numbers, Report, take, temporary
from ..call_rows import Row as Listed
from ..call_rows import rows
from ..context import now, person, reading, services
from ..errors import InvalidInput
from ..security import LARGEST_RECORDING, takes
from . import shapes
from .views import _page, _paging, _text, blueprint, limit, limiter

READERS = "qa.score | qa.team"
LARGEST = 256 * 1024
"""Bytes of a call: the longest texts with every character escaped."""
LARGEST_TRANSCRIPT = 50 * 1024 * 1024
_CHUNK = 1 << 20


@blueprint.get("/qa/calls")
@needs(READERS)
@limiter.limit(limit)
def list_calls() -> ResponseReturnValue:
    """As the page lists them, under the same conditions."""
    asked = call_query.read(request.args)
    for name, sentence in asked.errors.items():
        raise InvalidInput(name, f"{name}：{sentence}")
    if request.args.get("sort") and not asked.kept.get("sort"):
        raise InvalidInput("sort", "sort 没有这一种，请对照 /api/v1/openapi.json。")
    page, size = _paging()
    said = call_words.said(reading(), services().settings.index_folder, asked.wanted)
    found = call_search.search(reading(), asked.wanted, qa_sight.visible(), page, size, said)
    made = rows(found.calls, asked.wanted, numbers=True)
    return _page(found.total, page, size, [_listed(row) for row in made])


@blueprint.get("/qa/calls/<key>")
@needs(READERS)
@limiter.limit(limit)
def get_call(key: str) -> ResponseReturnValue:
    return _whole(qa_sight.seen(key))


@blueprint.post("/qa/calls")
@needs("qa.import")
@limiter.limit(limit)
def post_call() -> ResponseReturnValue:
    """One call, new or corrected: its fields are those of a list's row."""
    row = manifest.row_of(_given())
    if row.recording or row.transcript:
        raise InvalidInput("recording", "录音和转写请用 PUT …/recording、…/transcript 上传。")
    if row.agent and Numbers(reading()).id_of(row.agent) is None:
        raise NotFound("人员", row.agent[:40])
    report = take(services(), person(), [row], Nowhere(), now())
    return _answer(row, report)


@blueprint.put("/qa/calls/<key>/recording")
@needs("qa.import")
@takes(LARGEST_RECORDING)
@limiter.limit(limit)
def put_recording(key: str) -> ResponseReturnValue:
    """The file itself is the body; the same file again changes nothing."""
    call = calls.get(reading(), key)
    side = _text("agent_side", 5)
    if side not in ("", "left", "right"):
        raise InvalidInput("agent_side", "agent_side 应为 left 或 right。")
    name = recordings.clean_name(_text("name", 400) or call.key)
    row = Row(1, Facts(call.key), recording=name, agent_side=side)
    return _taken(row)


@blueprint.put("/qa/calls/<key>/transcript")
@needs("qa.import")
@takes(LARGEST_TRANSCRIPT)
@limiter.limit(limit)
def put_transcript(key: str) -> ResponseReturnValue:
    """WebVTT, SRT, Whisper JSON, Contact Lens JSON or our segments, told by its content."""
    call = calls.get(reading(), key)
    return _taken(Row(1, Facts(call.key), transcript="正文"))


class Sent:
    """The body of the request, as the one file there is."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "body"
        with self.path.open("wb") as file:
            while chunk := request.stream.read(_CHUNK):
                file.write(chunk)

    def find(self, name: str) -> Path:
        return self.path


def _taken(row: Row) -> ResponseReturnValue:
    with ExitStack() as stack:
        report = take(services(), person(), [row], Sent(temporary(stack)), now())
    return _answer(row, report)


def _answer(row: Row, report: Report) -> ResponseReturnValue:
    """What became of it, and the call as it is now. Raises InvalidInput where it was refused."""
    if not report.taken:
        told = "；".join(f"{wrong.column}：{wrong.sentence}" for wrong in report.errors[:5])
        raise InvalidInput(report.errors[0].column, told)
    reading().rollback()  # what was read before may be older than what was written
    reading().expire_all()
    outcome = next(o for o in ("created", "revised", "unchanged") if getattr(report, o))
    made = {
        "outcome": outcome,
        "warnings": [wrong.sentence for wrong in report.warnings],
        "call": _whole(calls.get(reading(), row.facts.key)),
    }
    return made, 201 if outcome == "created" else 200


def _given() -> dict[str, Any]:
    request.max_content_length = LARGEST
    try:
        given = request.get_json()
    except RecursionError:
        raise InvalidInput("body", "正文的 JSON 嵌套太深，请减少层数。") from None
    if not isinstance(given, dict):
        raise InvalidInput("body", "请在正文里给出一个 JSON 对象，就是一通通话。")
    return given


# Shapes


def _listed(row: Listed) -> dict[str, Any]:
    return {
        **_facts(row.call, row.blind, row.customer),
        "recording": None if row.recording is None else row.recording.state,
        "transcript": row.written,
        "review": row.state or None,
        "score": row.score,
        "passages": [
            {"start": p.start, "role": p.role, "text": p.before + p.hit + p.after, "hit": p.hit}
            for p in row.passages
        ],
    }


def _facts(call: Call, blind: bool, customer: str) -> dict[str, Any]:
    name, number = (None, None) if blind else qa_sight.agent_of(call)
    return {
        "call_id": call.key,
        "agent": number,
        "agent_name": name,
        "extension": "" if blind else call.extension,
        "customer": customer,
        "direction": call.direction,
        "queue": call.queue,
        "started_at": shapes.moment(call.started_at),
        "ended_at": shapes.moment(call.ended_at),
        "seconds": call.seconds,
        "satisfaction": call.satisfaction,
        "consent": call.consent,
    }


def _whole(call: Call) -> dict[str, Any]:
    blind = call.id in qa_sight.hidden_calls()
    transcript = call.transcript
    return {
        **_facts(call, blind, qa_sight.customer(call)),
        "data": {} if blind else call.data,
        "recordings": [_recording(each) for each in call.recordings],
        "turns": [] if transcript is None else transcript.turns,
    }


def _recording(row: Recording) -> dict[str, Any]:
    return {
        "sha256": row.sha256,
        "name": row.name,
        "size": row.size,
        "format": row.format,
        "channels": row.channels,
        "rate": row.rate,
        "seconds": row.seconds,
        "agent_side": row.agent_side,
        "state": row.state,
        "error": row.error,
        "figures": row.figures,
        "measured_at": shapes.moment(row.measured_at),
        "removed_at": shapes.moment(row.removed_at),
        "removed_why": row.removed_why,
    }
