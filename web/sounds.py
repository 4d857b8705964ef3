"""What jobs do to recordings: measure them, measure them again, let them go."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import NotFound
from kb.storage import Storage
from qa import playing, recordings, settings, transcribing
from qa import recogniser as speech
from qa.errors import QaError
from qa.playing import ConvertFirst
from qa.tables import Recording

from .db import SYSTEM, Database

LOST = "录音的文件不见了。请从备份里把 recordings 文件夹中的它拷回来，或重新导入这段录音。"
BATCH = 500


def measure(db: Database, store: Storage, id: int, at: datetime) -> None:
    """Measure one recording and keep what was found, or why it could not be measured."""
    with db.reading() as session:
        row = session.get(Recording, id)
        if row is None or row.removed_at is not None:
            return
        transcript = row.call.transcript
        said = None if transcript is None else transcribing.utterances(transcript)
        sound, thresholds = settings.sound(session), settings.thresholds(session)
    try:
        with recordings.local(store, row.sha256) as path:
            figures, peaks = recordings.measure(path, row.agent_side, said, sound, thresholds)
            played = row.played or converted(store, path)
    except (QaError, NotFound) as wrong:
        sentence = LOST if isinstance(wrong, NotFound) else getattr(wrong, "sentence", str(wrong))
        with db.work(SYSTEM, "qa.measure") as writes:
            recordings.failed(writes.get_one(Recording, id), sentence, at)
        return
    kept = store.put(io.BytesIO(peaks))
    with db.work(SYSTEM, "qa.measure") as writes:
        found = writes.get_one(Recording, id)
        if found.removed_at is None:  # else it was let go meanwhile; the sweep takes the peaks
            recordings.measured(found, figures, kept, at)
            found.played = played


def converted(store: Storage, path: Path) -> str | None:
    """The hash of what browsers are given of a recording that they cannot play from anywhere, made
    and kept; None for the others. Raises BadAudio.
    """
    with path.open("rb") as file:
        try:
            playing.playable(file, path.name)
        except ConvertFirst:
            pass
        else:
            return None
    with tempfile.TemporaryFile() as target:
        playing.converted(path, target)
        target.seek(0)
        return store.put(target).sha256


def transcribe(db: Database, store: Storage, id: int, recogniser: str, at: datetime) -> bool:
    """Write down what is said in a recording; says whether there was anything.

    Raises NoRecogniser, BadAudio, NotFound: the job shows them, and is tried again.
    """
    with db.reading() as session:
        row = session.get(Recording, id)
        if row is None or row.removed_at is not None:
            return False
        sound = settings.sound(session)
    with recordings.local(store, row.sha256) as path:
        said = speech.transcribe(path, row.agent_side, speech.opened(recogniser), sound)
    if not said:
        return False
    with db.work(SYSTEM, "qa.transcribe") as writes:
        found = writes.get_one(Recording, id)
        transcribing.add(writes, found.call, said, "recogniser", None, at, row.name)
    return True


def outdated(session: Session, store: Storage) -> Iterator[int]:
    """Ids of recordings measured under other settings, not to be measured, or without waveform."""
    values = settings.load(session)
    query = select(Recording).where(Recording.removed_at.is_(None), Recording.state != "waiting")
    for row in session.scalars(query.execution_options(yield_per=BATCH)):
        drawn = row.peaks is not None and store.exists(row.peaks)
        if row.state == "failed" or not drawn or recordings.outdated(row, values):
            yield row.id


def retain(db: Database, store: Storage, at: datetime) -> int:
    """Let go of every recording whose time is over; says of how many."""
    count = 0
    while True:
        with db.work(SYSTEM, "qa.retain") as writes:
            found = recordings.overdue(writes, at, BATCH)
            names = {name for row, _ in found for name in (row.sha256, row.peaks, row.played)}
            for row, why in found:
                recordings.remove(row, why, None, at)
        if not found:
            break
        delete_unused(db, store, {name for name in names if name})
        count += len(found)
    with db.reading() as session:
        recordings.sweep(session, store, at)
    return count


def delete_unused(db: Database, store: Storage, names: set[str]) -> None:
    """Delete those of the files that no other recording names."""
    with db.reading() as session:
        used = recordings.used(session)
    for name in names - used:
        store.delete(name)
