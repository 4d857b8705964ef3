"""Recordings: what is read, what is refused, and who is found to speak when."""

from __future__ import annotations

import random
import struct
import sys
from array import array
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import soundfile

from qa.errors import BadAudio
from qa.measuring import measure_audio
from qa.sound import fast
from qa.sound.wav import _ALAW, _ULAW
from qa.transcripts import parse as transcript
from tests.qa import sounds
from tests.qa.sounds import RATE, Channel, saved, silent, tone

TONES = [
    tone(10, 440, -6) + silent(10) + tone(3, 440, -6),
    silent(8) + tone(4, 300, -10) + silent(8) + tone(3, 300, -10),
]
"""Agent 0–10 and 20–23, customer 8–12 and 20–23."""


@cache
def clean() -> list[Channel]:
    return sounds.call()


def figures(path: Path, channels: list[Channel], **more: Any) -> dict[str, Any]:
    return measure_audio(saved(path / "call.wav", channels), **more)


# Figures


def test_clean_tones_are_measured_to_a_frame(tmp_path: Path) -> None:
    """23 s: agent 10+3, customer 4+3; both 8–10 and 20–23; nobody 12–20.

    A sine with its peak at −6 dB has a root mean square of −9.01 dBFS.
    """
    found = figures(tmp_path, TONES)
    assert found["duration"] == 23
    assert found["agent"]["talk"] == pytest.approx(13, abs=0.04)
    assert found["agent"]["share"] == pytest.approx(13 / 23, abs=0.002)
    assert found["customer"]["talk"] == pytest.approx(7, abs=0.04)
    assert found["agent"]["level_dbfs"] == pytest.approx(-9.01, abs=0.02)
    assert found["customer"]["level_dbfs"] == pytest.approx(-13.01, abs=0.02)
    assert found["silence"]["total"] == pytest.approx(8, abs=0.04)
    assert found["silence"]["longest"] == {
        "start": pytest.approx(12, abs=0.04),
        "duration": pytest.approx(8, abs=0.04),
    }
    assert found["overtalk"]["count"] == 2
    assert found["overtalk"]["total"] == pytest.approx(5, abs=0.04)
    assert [(i["by"], round(i["at"])) for i in found["interruptions"]] == [("customer", 8)]
    assert found["hold"] == {"total": 0, "stretches": []}


def test_the_agent_is_on_the_side_that_is_said(tmp_path: Path) -> None:
    left, right = (figures(tmp_path, TONES, agent=side) for side in ("left", "right"))
    assert left["agent"] == right["customer"]
    assert left["interruptions"][0]["by"] == "customer"
    assert right["interruptions"][0]["by"] == "agent"
    assert right["settings"]["agent"] == "right"


def test_every_threshold_is_printed(tmp_path: Path) -> None:
    found = figures(tmp_path, TONES)
    assert set(found["settings"]) >= {
        *("interruption", "long_silence", "frame", "smooth", "margin_least", "margin_most"),
        *("quietest", "gap", "shortest", "crosstalk", "music", "music_least", "thresholds_dbfs"),
    }


def mix(name: str) -> list[Channel]:
    """The call under one difficulty."""
    agent, customer = clean()
    length = sounds.LENGTH
    if name.startswith("noise"):
        ratio = float(name.split()[1])
        hiss = [sounds.noise(length, level - ratio, seed) for level, seed in ((-20, 1), (-24, 2))]
        return [sounds.mixed(agent, hiss[0]), sounds.mixed(customer, hiss[1])]
    if name.startswith("crosstalk"):
        down = float(name.split()[1])
        hiss = [sounds.noise(length, -62, seed) for seed in (1, 2)]
        heard = [sounds.fainter(customer, down), sounds.fainter(agent, down)]
        return [
            sounds.mixed(agent, heard[0], hiss[0]),
            sounds.mixed(customer, heard[1], hiss[1]),
        ]
    return clean()


@pytest.mark.parametrize(
    ("name", "within"),
    [
        ("clean", 0.3),
        ("noise 20", 0.5),
        ("noise 10", 0.8),
        ("noise 5", 1.2),
        ("crosstalk 18", 0.6),
        ("crosstalk 25", 0.6),
    ],
)
def test_speech_is_found_in_noise_and_crosstalk(tmp_path: Path, name: str, within: float) -> None:
    """Seconds of a call of 35 with 18 of agent, 11 of customer, 1 of both and 7 of nobody."""
    found = figures(tmp_path, mix(name))
    assert found["agent"]["talk"] == pytest.approx(18, abs=within)
    assert found["customer"]["talk"] == pytest.approx(11, abs=within)
    assert found["overtalk"]["total"] == pytest.approx(1, abs=within)
    assert found["silence"]["total"] == pytest.approx(7, abs=within)
    assert [i["by"] for i in found["interruptions"]] == ["customer"]


def test_hold_music_is_nobodys_speech(tmp_path: Path) -> None:
    """The call, then 20 s of music to the customer, while nobody speaks: 7 + 20 s of silence."""
    agent, customer = clean()
    found = figures(tmp_path, [agent + silent(20), customer + sounds.music(20, -22)])
    assert found["customer"]["talk"] == pytest.approx(11, abs=0.3)
    assert found["silence"]["total"] == pytest.approx(27, abs=0.6)
    assert found["hold"]["total"] == pytest.approx(20, abs=0.3)
    assert [each["channel"] for each in found["hold"]["stretches"]] == ["customer"]


def test_a_line_that_only_hisses_is_silent(tmp_path: Path) -> None:
    found = figures(tmp_path, [sounds.noise(10, -40), silent(10)])
    assert found["agent"] == {"talk": 0, "share": 0, "rate_cpm": None, "level_dbfs": None}
    assert found["silence"]["total"] == 10


def test_a_click_is_no_speech_and_a_breath_no_pause(tmp_path: Path) -> None:
    clicks = silent(2) + tone(0.04) + silent(3)
    pausing = tone(1) + silent(0.2) + tone(1) + silent(0.5) + tone(1) + silent(1.34)
    found = figures(tmp_path, [clicks, pausing])
    assert found["agent"]["talk"] == 0
    assert found["customer"]["talk"] == pytest.approx(3.2, abs=0.06)


def test_one_channel_tells_no_speakers_apart_but_a_transcript_may(tmp_path: Path) -> None:
    file = saved(tmp_path / "mono.wav", [tone(4) + silent(6)])
    alone = measure_audio(file)
    assert alone["agent"]["talk"] is alone["overtalk"]["total"] is alone["interruptions"] is None
    assert alone["silence"]["total"] == pytest.approx(6, abs=0.04)
    assert alone["speech"]["talk"] == pytest.approx(4, abs=0.04)
    said = transcript("WEBVTT\n\n00:00.000 --> 00:03.000\n<v 座席>您好请讲\n".encode())
    told = measure_audio(file, utterances=said)
    assert told["agent"]["talk"] == 3
    assert told["agent"]["rate_cpm"] == 80
    assert told["settings"]["source"] == "transcript"


def test_the_same_sound_on_both_channels_is_no_overtalk(tmp_path: Path) -> None:
    """Many systems save one channel twice; that is no evidence of anybody's interrupting."""
    both = tone(4) + silent(6)
    found = figures(tmp_path, [both, both])
    assert found["recording"]["channels"] == 2
    assert found["recording"]["mono"] is True
    assert found["overtalk"]["total"] is None
    assert found["speech"]["talk"] == pytest.approx(4, abs=0.04)
    assert figures(tmp_path, [silent(3), silent(3)])["agent"]["talk"] == 0


def test_a_transcript_without_speakers_is_given_to_who_speaks(tmp_path: Path) -> None:
    """Six characters in 13 s of the agent's talk, four in 7 s of the customer's."""
    said = transcript(
        b'{"segments": [{"start": 1, "end": 5, "text": "' + "您好，请问您要".encode() + b'"},'
        b'{"start": 10.2, "end": 12, "text": "' + "我要退票".encode() + b'"}]}'
    )
    found = figures(tmp_path, TONES, utterances=said)
    assert found["agent"]["rate_cpm"] == pytest.approx(60 * 6 / 13, abs=0.2)
    assert found["customer"]["rate_cpm"] == pytest.approx(60 * 4 / 7, abs=0.4)


def test_without_numpy_the_sums_are_the_same() -> None:
    chance = random.Random(7)
    values = array("h", (chance.randint(-32768, 32767) for _ in range(1650)))
    assert fast._numpy is not None
    assert fast.powers(values, 160, None) == fast.powers(values, 160)
    assert fast.magnitudes(values[:256], None) == pytest.approx(fast.magnitudes(values[:256]))


# Encodings


def test_pcm_of_every_width_float_and_g711_are_read_alike(tmp_path: Path) -> None:
    channels = [tone(0.5, 400, -6) + silent(0.5), silent(0.5) + tone(0.5, 400, -6)]
    values = sounds.samples(channels)
    floats = [value / 32768 for value in values]
    files = {
        "8": sounds.wav(bytes(value // 256 + 128 for value in values), 2, bits=8),
        "24": sounds.wav(b"".join(struct.pack("<i", v << 8)[:3] for v in values), 2, bits=24),
        "32": sounds.wav(struct.pack(f"<{len(values)}i", *(v << 16 for v in values)), 2, bits=32),
        "float": sounds.wav(struct.pack(f"<{len(values)}f", *floats), 2, encoding=3, bits=32),
        "double": sounds.wav(struct.pack(f"<{len(values)}d", *floats), 2, encoding=3, bits=64),
        "µ": sounds.wav(bytes(_nearest(_ULAW, v) for v in values), 2, encoding=7, bits=8),
        "A": sounds.wav(bytes(_nearest(_ALAW, v) for v in values), 2, encoding=6, bits=8),
    }
    for name, content in files.items():
        file = tmp_path / f"{name}.wav"
        file.write_bytes(content)
        found = measure_audio(file)
        assert found["agent"]["talk"] == pytest.approx(0.5, abs=0.05), name
        assert found["overtalk"]["total"] == pytest.approx(0, abs=0.05), name
        assert found["agent"]["level_dbfs"] == pytest.approx(-9.01, abs=0.1), name


def _nearest(table: list[int], value: int) -> int:
    return min(range(256), key=lambda code: abs(table[code] - value))


def test_g711_is_that_of_the_standard() -> None:
    """Landmarks of ITU-T G.711, on the 16-bit scale: silence, the smallest step, the largest."""
    assert [_ULAW[code] for code in (0xFF, 0x7F, 0x80, 0x00)] == [0, 0, 32124, -32124]
    assert [_ALAW[code] for code in (0xD5, 0x55, 0xAA, 0x2A)] == [8, -8, 32256, -32256]


@pytest.mark.parametrize(
    ("name", "kind", "subtype"),
    [
        ("a.wav", "WAV", "IMA_ADPCM"),
        ("a.flac", "FLAC", "PCM_16"),
        ("a.mp3", "MP3", "MPEG_LAYER_III"),
        ("a.opus", "OGG", "OPUS"),
        ("a.ogg", "OGG", "VORBIS"),
        ("wrong-name.mp3", "FLAC", "PCM_16"),
    ],
)
def test_compressed_recordings_are_read_and_broken_ones_refused(
    tmp_path: Path, name: str, kind: str, subtype: str
) -> None:
    file = tmp_path / name
    _written(file, TONES, kind, subtype)
    found = measure_audio(file)
    assert found["agent"]["talk"] == pytest.approx(13, abs=0.15)
    assert found["customer"]["talk"] == pytest.approx(7, abs=0.15)
    assert found["overtalk"]["total"] == pytest.approx(5, abs=0.2)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadAudio, match="不完整|损坏"):
        measure_audio(file)


def test_gsm_is_read(tmp_path: Path) -> None:
    """A full-rate telephone codec: one channel, and it smears the ends of tones."""
    file = tmp_path / "a.wav"
    _written(file, TONES[:1], "WAV", "GSM610")
    found = measure_audio(file)
    assert found["recording"]["encoding"] == "WAV GSM610"
    assert found["speech"]["talk"] == pytest.approx(13, abs=0.5)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadAudio, match="不完整"):
        measure_audio(file)


def _written(file: Path, channels: list[Channel], kind: str, subtype: str) -> None:
    with soundfile.SoundFile(str(file), "w", RATE, len(channels), subtype, format=kind) as out:
        out.buffer_write(sounds.samples(channels).tobytes(), "int16")


# What is no recording

PCM = sounds.wav(sounds.samples([tone(1)]).tobytes(), 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"RIFF", "不是能识别的录音文件"),
        ("座席：您好".encode() * 99, "不是能识别的录音文件"),
        (b"#!AMR\n" + bytes(99), "不能读 AMR 格式"),
        (b"\x1a\x45\xdf\xa3" + bytes(99), "不能读 WebM 格式"),
        (b"\0\0\0\x20ftypM4A " + bytes(99), "不能读 MP4/M4A 格式"),
        (PCM[:30], "不完整"),
        (PCM[:46], "不完整"),
        (PCM[:9000], "文件不完整：应有 1.0 秒，只读到 0.6 秒"),
        (sounds.wav(b"", 1), "没有声音"),
        (sounds.wav(b"abcd" * 99, 3), "有 3 个声道"),
        (sounds.wav(b"abcd" * 99, 0), "自相矛盾|声道"),
        (sounds.wav(b"abcd" * 99, 1, rate=1), "采样率是 1"),
        (sounds.wav(b"abcd" * 99, 1, encoding=0x161), "损坏|不是能识别"),
        (PCM[:22] + b"\x02\0" + PCM[24:], "自相矛盾"),
        (b"fLaC" + bytes(200), "损坏"),
        (b"OggS" + bytes(200), "损坏"),
        (b"ID3" + bytes(200), "损坏"),
        (b"\xff\xfb\x90\x00" * 99, "损坏|不完整|没有声音"),
    ],
)
def test_what_is_no_whole_recording_is_refused_in_words(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "坏.wav"
    file.write_bytes(content)
    with pytest.raises(BadAudio, match=sentence):
        measure_audio(file)


def test_without_the_audio_library_the_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    file = tmp_path / "a.flac"
    file.write_bytes(b"fLaC" + bytes(200))
    with pytest.raises(BadAudio, match=r"zhixi\[audio\]"):
        measure_audio(file)


def test_a_recording_of_days_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    head = sounds.wav(b"", 1)[:-4] + struct.pack("<I", 2 * 4000 * 86400)
    head = head.replace(struct.pack("<II", RATE, 2 * RATE), struct.pack("<II", 4000, 8000))
    with file.open("wb") as out:
        out.write(head)
        out.truncate(len(head) + 2 * 4000 * 86400)
    with pytest.raises(BadAudio, match="录音超过 12 小时"):
        measure_audio(file)


def test_a_wav_written_into_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "pipe.wav"
    content = sounds.wav(sounds.samples([tone(2)]).tobytes(), 1)
    place = content.index(b"data") + 4
    file.write_bytes(content[:place] + b"\xff\xff\xff\xff" + content[place + 4 :])
    assert measure_audio(file)["duration"] == 2
