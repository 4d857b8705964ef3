"""A call in the cast's home with real sound: kept, measured, and ready to be played."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from qa.tables import Call
from web import sounds

from ..qa.sounds import Channel, samples, silent, syllables, tone, wav
from ..qa_world import add_call, add_recording, add_transcript
from ..world import NOW, World

SECONDS = 24
CONVERSATION: tuple[Channel, Channel] = (
    [*syllables(4, -20, 1), *silent(8), *syllables(4, -20, 2), *silent(8)],
    [*silent(5), *syllables(3, -20, 3, 210), *silent(10), *syllables(4, -20, 4, 210), *silent(2)],
)
"""Agent 0–4 and 12–16, caller 5–8 and 18–22: one long silence from 8 to 12."""
TONES: tuple[Channel, Channel] = (tone(3, 440), tone(3, 880))


def content_of(channels: Sequence[Channel]) -> bytes:
    return wav(samples(channels).tobytes(), len(channels))


def call_with_sound(
    world: World,
    key: str = "C-sound",
    content: bytes | None = None,
    who: str = "agent",
    said: bool = True,
    measured: bool = True,
    **fields: Any,
) -> Call:
    """A call of ``who`` with its recording; ``fields`` replace what the recording would have."""
    sound = content_of(CONVERSATION) if content is None else content
    kept = world.services.recordings.put(io.BytesIO(sound))
    with world.work(doing="test.sound") as session:
        call = add_call(
            session,
            key,
            world.person(who).id,
            seconds=float(SECONDS),
            customer="13812345678",
            extension="8001",
            queue="退改签",
        )
        about: dict[str, Any] = {"sha256": kept.sha256, "size": kept.size, "seconds": SECONDS}
        recording = add_recording(session, call, **about | fields)
        if said:
            add_transcript(session, call)
    if measured:
        sounds.measure(world.services.db, world.services.recordings, recording.id, NOW)
    with world.reading() as session:
        return session.get_one(Call, call.id)
