"""Recordings of calls: opened and read to their end before they are kept, measured afterwards,
removed when their time is over.

    found = examine(path, "C-1.wav", limits(session))   # BadAudio where anything is wrong
    row = keep(session, call, found, store.put(file), "left", by=1, at=now)
    row.figures, peaks = measure(path, row, utterances, sound, thresholds)

The bytes lie in a ``kb.storage.Storage``; a row names them by their SHA-256. Files are deleted
after the rows are committed, so that a crash leaves a file too many, never one too few.
"""

from __future__ import annotations

import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from kb.storage import Kept, Storage

from . import settings
from .errors import BadAudio, BadFile, NoConsent
from .figures import Thresholds
from .measuring import Side, measure_audio
from .peaks import peaks
from .sound import open_sound
from .sound.fast import extremes
from .sound.settings import Settings as SoundSettings
from .tables import (
    Appeal,
    Calibration,
    CalibrationCall,
    Call,
    Recording,
    Review,
)
from .transcripts import Utterance

MIB = 1024 * 1024
LONGEST_NAME = 200
SWEEP_AFTER = timedelta(days=1)
"""A file no row names may belong to a row that is being written."""

NOT_AGREED = "来电人不同意录音"
EXPIRED = "超过录音保存期"


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest recording, in bytes, and the longest, in seconds."""

    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file really is; ``seconds`` as read, not as promised."""

    name: str
    format: str
    channels: int
    rate: int
    seconds: float


def limits(session: Session) -> Limits:
    return Limits(
        settings.value(session, "recording_mb") * MIB,
        settings.value(session, "recording_hours") * 3600,
    )


def examine(path: Path, name: str, most: Limits) -> Examined:
    """Read a file to its end. Raises BadAudio with the reason why it is not to be kept."""
    name = clean_name(name)
    try:
        _refuse_large(path, name, most)
        with open_sound(path) as sound:
            if sound.duration > most.seconds:
                raise BadAudio(name, f"录音有 {sound.duration / 3600:.1f} 小时，最多 "
                                     f"{most.seconds / 3600:g} 小时，请先切分。")  # fmt: skip
            frames = _read_through(sound.blocks, sound.channels, name)
            return Examined(name, sound.encoding, sound.channels, sound.rate, frames / sound.rate)
    except BadFile as wrong:
        raise BadAudio(name, wrong.sentence) from None


def _refuse_large(path: Path, name: str, most: Limits) -> None:
    if path.is_file() and (size := path.stat().st_size) > most.bytes:
        raise BadAudio(name, f"文件有 {size / MIB:.0f} MB，最多 {most.bytes // MIB} MB。")


def _read_through(blocks: Iterable[Any], channels: int, name: str) -> int:
    """The samples of one channel. Raises BadAudio where nothing at all is to be heard."""
    frames, heard = 0, False
    for block in blocks:
        frames += len(block) // channels
        if not heard and len(block):
            lows, highs = extremes(block, len(block))
            heard = min(lows) != max(highs)
    if not heard:
        raise BadAudio(name, "整个文件没有一点声音，多半录音时出了故障；请换一个文件。")
    return frames


def clean_name(name: str) -> str:
    """The file's own name, without folders and odd characters; it is for people to read."""
    bare = PurePath(name.replace("\\", "/")).name
    shown = "".join(c for c in bare if not unicodedata.category(c).startswith("C")).strip()
    return shown[-LONGEST_NAME:] or "录音"


def agreed(call: Call) -> None:
    """Raises NoConsent where the caller has refused to be recorded."""
    if call.consent == "no":
        raise NoConsent(call.key)


def keep(
    session: Session,
    call: Call,
    found: Examined,
    kept: Kept,
    side: str,
    by: int | None,
    at: datetime,
) -> tuple[Recording, bool]:
    """The recording of a call, and whether it is new; the same file again is the row there is.

    ``side``: the agent's channel of a stereo recording, the left one where it is not told.
    Raises NoConsent.
    """
    agreed(call)
    side = "" if found.channels == 1 else side or "left"
    for row in call.recordings:
        if row.sha256 == kept.sha256 and row.removed_at is None:
            if row.agent_side != side:
                row.agent_side = side
                begin(row)
            session.flush()
            return row, False
    made = Recording(
        call=call,
        sha256=kept.sha256,
        name=found.name,
        size=kept.size,
        format=found.format,
        channels=found.channels,
        rate=found.rate,
        seconds=round(found.seconds, 3),
        agent_side=side,
        state="waiting",
        added_at=at,
        added_by=by,
    )
    session.add(made)
    session.flush()
    return made, True


def unlike(call: Call, recording: Recording) -> str:
    """A doubt worth telling: the recording is far shorter or longer than its call; else ''."""
    if call.seconds is None:
        return ""
    differing = abs(call.seconds - recording.seconds)
    if differing <= max(10.0, 0.2 * call.seconds):
        return ""
    return (
        f"录音长 {recording.seconds:.0f} 秒，通话记的是 {call.seconds:.0f} 秒，请核对是不是同一通。"
    )


# Measuring


def begin(recording: Recording) -> None:
    """It waits to be measured, for the first time or again."""
    recording.state, recording.error = "waiting", ""


def measure(
    path: Path,
    side: str,
    said: Sequence[Utterance] | None,
    sound: SoundSettings,
    thresholds: Thresholds,
) -> tuple[dict[str, Any], bytes]:
    """The figures and the waveform's file. Raises BadAudio."""
    agent = cast(Side, side or "left")
    figures = measure_audio(path, agent, said, sound, thresholds)
    with open_sound(path) as opened:
        return figures, peaks(opened).as_bytes()


def measured(recording: Recording, figures: dict[str, Any], peaks: Kept, at: datetime) -> None:
    recording.figures, recording.peaks, recording.measured_at = figures, peaks.sha256, at
    recording.state, recording.error = "ready", ""


def failed(recording: Recording, sentence: str, at: datetime) -> None:
    recording.state, recording.error, recording.measured_at = "failed", sentence, at


def outdated(recording: Recording, values: dict[str, Any]) -> bool:
    """Whether the recording was measured under other settings (``qa.settings.load``)."""
    printed = (recording.figures or {}).get("settings", {})
    return any(printed[name] != values[name] for name in printed if name in values)


@contextmanager
def local(store: Storage, sha256: str) -> Iterator[Path]:
    """The content as a file of this machine, while the context lasts. Raises NotFound."""
    with tempfile.TemporaryDirectory(prefix="zhixi-sound-") as folder:
        path = Path(folder) / "sound"
        with store.open(sha256) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, MIB)
        yield path


# Keeping for a time


def remove(recording: Recording, why: str, by: int | None, at: datetime) -> None:
    """The sound is no more; what was measured of it and said about it stays."""
    recording.removed_at, recording.removed_by, recording.removed_why = at, by, why
    recording.peaks = recording.played = None


def overdue(session: Session, at: datetime, most: int = 1000) -> list[tuple[Recording, str]]:
    """Recordings whose sound is to go now, and why.

    Past the retention time, unless something about the call is still open; and at once where
    the caller has said no.
    """
    before = at - timedelta(days=settings.value(session, "retention_days"))
    query = (
        select(Recording)
        .join(Recording.call)
        .where(
            Recording.removed_at.is_(None),
            or_(Call.consent == "no", and_(Call.started_at < before, ~_open(at))),
        )
    )
    found = session.scalars(query.order_by(Recording.id).limit(most))
    return [(row, NOT_AGREED if row.call.consent == "no" else EXPIRED) for row in found]


def _open(at: datetime) -> ColumnElement[bool]:
    """Somebody is still scoring the call, may appeal, has appealed, or calibrates with it."""
    of_call = Review.call_id == Call.id
    going_on = Review.state.in_(("waiting", "begun"))
    return or_(
        exists().where(of_call, or_(going_on, Review.appeal_until >= at)),
        exists().where(of_call, Appeal.review_id == Review.id, Appeal.state == "waiting"),
        exists().where(
            CalibrationCall.call_id == Call.id,
            CalibrationCall.calibration_id == Calibration.id,
            Calibration.closed_at.is_(None),
        ),
    )


def used(session: Session) -> set[str]:
    """Every hash that a recording whose sound is kept names."""
    query = select(Recording.sha256, Recording.peaks, Recording.played)
    rows = session.execute(query.where(Recording.removed_at.is_(None)))
    return {name for row in rows for name in row if name}


def sweep(session: Session, store: Storage, at: datetime) -> int:
    """Delete files that no row names, but for fresh ones; says how many."""
    before, named = (at - SWEEP_AFTER).timestamp(), used(session)
    gone = [name for name, put_at in store.all() if put_at < before and name not in named]
    for name in gone:
        store.delete(name)
    return len(gone)
