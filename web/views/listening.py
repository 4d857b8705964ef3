"""The sound of a call, by range; its waveform; and the record of who was given it."""

from __future__ import annotations

from typing import IO

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from kb.errors import NotFound
from qa import listening, playing, recordings, waveform
from qa.playing import ConvertFirst, Playable
from qa.tables import Recording

from .. import players, qa_sight, sounds
from ..access import SIGNED_IN, needs
from ..context import now, person, reading, services, work
from ..db import SYSTEM
from ..ranges import ranged
from ..security import locked

blueprint = Blueprint("listening", __name__, url_prefix="/qa/calls/<key>/sound/<int:id>")


@blueprint.get("")
@needs(SIGNED_IN)
def sound(key: str, id: int) -> ResponseReturnValue:
    """The bytes a player asks for. The listening is on record before the first of them leaves."""
    recording = _playable(key, id)
    file, made, etag = _opened(recording)
    try:
        if request.method == "GET":
            _note(recording)
        response = ranged(request, made.size, etag, made.media, made.read, file.close)
    except BaseException:
        file.close()
        raise
    return locked(response)


@blueprint.get("/peaks")
@needs(SIGNED_IN)
def peaks(key: str, id: int) -> ResponseReturnValue:
    """A window of the waveform (``qa.waveform.tile``): thin, first, count."""
    recording = _playable(key, id)
    if recording.peaks is None:
        raise NotFound("波形", key[:64])
    asked = [request.args.get(name, type=int) for name in ("thin", "first", "count")]
    thin, first, count = (-1 if value is None else value for value in asked)
    try:
        made = waveform.tile(services().recordings, recording.peaks, thin, first, count)
    except ValueError:
        abort(400)
    return Response(made, mimetype="application/octet-stream")


@blueprint.post("/heard")
@needs(SIGNED_IN)
def heard(key: str, id: int) -> ResponseReturnValue:
    """A page reports how much it has played since its last report."""
    recording = _playable(key, id)
    seconds = request.form.get("seconds", 0.0, type=float)
    page = listening.page_of(request.form.get("page", ""), now())
    with work("qa.listen") as writes:
        mine = writes.get_one(Recording, recording.id)
        listening.played(writes, mine, person().id, page, seconds, now())
    return "", 204


def _playable(key: str, id: int) -> Recording:
    """The recording of a call that may be seen, if it is the one that is played; else 404."""
    found, _ = players.sound_of(qa_sight.seen(key))
    if found is None or found.id != id:
        raise NotFound("录音", key[:64])
    return found


def _note(recording: Recording) -> None:
    at = now()
    page = listening.page_of(request.args.get("page", ""), at)
    if not listening.is_due(listening.find(reading(), recording, person().id, page), at):
        return
    with work("qa.listen") as writes:
        mine = writes.get_one(Recording, recording.id)
        listening.opened(writes, mine, person().id, page, request.remote_addr or "", at)


# What is played


def _opened(recording: Recording) -> tuple[IO[bytes], Playable, str]:
    """The file, how it is played, and the tag of what is played."""
    sha256 = recording.played or recording.sha256
    file = services().recordings.open(sha256)
    try:
        made = playing.playable(file, recording.name)
    except ConvertFirst:
        file.close()
        sha256 = _convert(recording)
        file = services().recordings.open(sha256)
        made = playing.playable(file, recording.name)
    except BaseException:
        file.close()
        raise
    return file, made, sha256 if made.exact else f"{sha256}-wav"


def _convert(recording: Recording) -> str:
    """The hash of what can be played from anywhere: for a recording that was not measured yet."""
    store = services().recordings
    with recordings.local(store, recording.sha256) as path:
        made = sounds.converted(store, path) or recording.sha256
    with services().db.work(SYSTEM, "qa.convert") as writes:
        writes.get_one(Recording, recording.id).played = made
    return made
