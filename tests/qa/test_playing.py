"""What browsers are given of a recording: any part is the slice of the whole, sample by sample."""

from __future__ import annotations

import io
from array import array
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import BadAudio
from qa.playing import HEAD, ConvertFirst, Playable, converted, header, little_endian, playable
from qa.sound import open_sound

from .sounds import mixed, noise, samples, tone, wav

SECONDS = 1.7
LEFT = mixed(tone(SECONDS, 440), noise(SECONDS, -40))
RIGHT = mixed(tone(SECONDS, 700), noise(SECONDS, -30, seed=2))
PCM = samples([LEFT, RIGHT])


def plain(bits: int, encoding: int = 1, channels: int = 2) -> bytes:
    """The same sound in a plain WAV; what the bytes mean does not matter here."""
    content = PCM.tobytes() * (1 if bits == 16 else 3)
    align = channels * bits // 8
    return wav(content[: len(content) // 3 // align * align], channels, 8000, encoding, bits)


@cache
def library(kind: str, subtype: str, channels: int = 2) -> bytes:
    target = io.BytesIO()
    rows = [list(row) for row in zip(LEFT, RIGHT, strict=True)] if channels == 2 else LEFT
    soundfile.write(target, rows, 8000, format=kind, subtype=subtype)
    return target.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "PCM 8": lambda: plain(8),
    "PCM 16": lambda: plain(16),
    "PCM 24": lambda: plain(24),
    "PCM 32": lambda: plain(32),
    "PCM 16 mono": lambda: plain(16, channels=1),
    "float 32": lambda: library("WAV", "FLOAT"),
    "µ-law": lambda: plain(8, 7),
    "A-law": lambda: plain(8, 6),
    "IMA ADPCM": lambda: library("WAV", "IMA_ADPCM"),
    "MS ADPCM": lambda: library("WAV", "MS_ADPCM"),
    "MP3": lambda: library("MP3", "MPEG_LAYER_III"),
    "Ogg Opus": lambda: library("OGG", "OPUS"),
    "Ogg Vorbis": lambda: library("OGG", "VORBIS"),
    "FLAC": lambda: library("FLAC", "PCM_16"),
}


@cache
def opened(name: str) -> tuple[Playable, bytes]:
    """The sound and all of it at once."""
    made = playable(io.BytesIO(FILES[name]()), "C-1")
    return made, b"".join(made.read(0, made.size))


def decoded(content: bytes, path: Path) -> array[int]:
    path.write_bytes(content)
    with open_sound(path) as sound:
        return array("h", [value for block in sound.blocks for value in block])


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_any_part_equals_the_slice_of_the_whole(name: str, data: st.DataObject) -> None:
    """Wherever it begins and ends: within the header, between two bytes of one sample."""
    sound, whole = opened(name)
    assert len(whole) == sound.size
    start = data.draw(st.integers(0, sound.size))
    stop = data.draw(st.integers(start, min(sound.size, start + 5000)))
    assert b"".join(sound.read(start, stop)) == whole[start:stop]


@pytest.mark.parametrize(
    "name", [name for name in FILES if name not in ("MP3", "Ogg Opus", "Ogg Vorbis", "FLAC")]
)
def test_every_sample_of_a_wav_is_what_the_recording_says(name: str, tmp_path: Path) -> None:
    _, whole = opened(name)
    found = decoded(whole, tmp_path / "played.wav")
    assert found == decoded(FILES[name](), tmp_path / "recorded.wav")
    assert len(set(found)) > 100


def test_what_browsers_play_already_goes_out_as_it_is() -> None:
    for name, media in (("MP3", "audio/mpeg"), ("Ogg Opus", "audio/ogg"), ("FLAC", "audio/flac")):
        sound, whole = opened(name)
        assert (whole, sound.media, sound.exact) == (FILES[name](), media, True)


def test_an_odd_chunk_before_the_samples_does_not_reach_the_browser() -> None:
    """``wav`` writes one of three bytes, on which the decoder of Chromium gives up."""
    whole = opened("PCM 16")[1]
    assert b"LIST" in FILES["PCM 16"]()
    assert whole[:4] == b"RIFF"
    assert b"LIST" not in whole[:HEAD]


def test_a_file_that_never_learnt_its_length_gets_a_header_that_tells_it() -> None:
    content = wav(PCM.tobytes(), 2)
    place = content.index(b"data") + 4
    piped = content[:place] + b"\xff\xff\xff\xff" + content[place + 4 :]
    sound = playable(io.BytesIO(piped), "C-1")
    assert b"".join(sound.read(0, sound.size)) == header(8000, 2, len(PCM) // 2) + PCM.tobytes()


def test_gsm_is_converted_once_and_then_played_from_anywhere(tmp_path: Path) -> None:
    content = library("WAV", "GSM610", 1)
    with pytest.raises(ConvertFirst):
        playable(io.BytesIO(content), "C-1")
    source = tmp_path / "C-1.wav"
    source.write_bytes(content)
    target = io.BytesIO()
    frames = converted(source, target)
    said = decoded(content, tmp_path / "again.wav")
    assert target.getvalue() == header(8000, 1, frames) + little_endian(said)
    sound = playable(target, "C-1")
    assert b"".join(sound.read(30_000, 30_010)) == target.getvalue()[30_000:30_010]


def test_a_broken_wav_is_refused_with_a_sentence() -> None:
    with pytest.raises(BadAudio, match="不完整"):
        playable(io.BytesIO(FILES["PCM 16"]()[:2000]), "C-1")


def test_a_header_is_forty_four_bytes_and_stays_within_its_numbers() -> None:
    assert len(header(8000, 2, 10)) == HEAD
    assert header(48_000, 2, 2**40)[40:] == (2**32 - 1 - HEAD).to_bytes(4, "little")
