"""Recordings with a known truth, made by formula: tones, syllables, noise, music."""

from __future__ import annotations

import math
import random
import struct
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

RATE = 8000
Channel = list[float]
Truth = list[tuple[float, float]]


def silent(seconds: float) -> Channel:
    return [0.0] * round(seconds * RATE)


def tone(seconds: float, hertz: float = 440.0, level: float = -10.0) -> Channel:
    """A sine with its peak at ``level`` dB of full scale."""
    turn = 2 * math.pi * hertz / RATE
    made = np.sin(turn * np.arange(round(seconds * RATE))) * 10 ** (level / 20)
    return list(made.tolist())


def noise(seconds: float, level: float, seed: int = 1) -> Channel:
    """White noise with its root mean square at ``level`` dBFS."""
    chance = np.random.default_rng(seed)
    return list(chance.normal(0, 10 ** (level / 20), round(seconds * RATE)).tolist())


def mixed(*channels: Sequence[float]) -> Channel:
    return list(np.sum(channels, axis=0).tolist())


def fainter(channel: Sequence[float], decibels: float) -> Channel:
    return list((np.asarray(channel) * 10 ** (-decibels / 20)).tolist())


def levelled(channel: Channel, level: float) -> Channel:
    made = np.asarray(channel)
    return list((made / np.sqrt((made**2).mean()) * 10 ** (level / 20)).tolist())


def syllables(seconds: float, level: float, seed: int, pitch: float = 130.0) -> Channel:
    """Something like speech: voiced syllables, four or five a second, gliding, short pauses."""
    chance = random.Random(seed)
    made: Channel = []
    while len(made) < seconds * RATE:
        length = round(chance.uniform(0.14, 0.28) * RATE)
        start, bend = pitch * chance.uniform(0.85, 1.2), chance.uniform(-0.2, 0.2)
        first, second = chance.uniform(300, 800), chance.uniform(900, 2400)
        weights = [
            1 / (1 + ((k * pitch - first) / 120) ** 2)
            + 0.5 / (1 + ((k * pitch - second) / 160) ** 2)
            for k in range(1, 20)
        ]
        along = np.arange(length) / length
        phase = np.cumsum(2 * math.pi * start * (1 + bend * along) / RATE)
        voiced = sum(w * np.sin(k * phase) for k, w in enumerate(weights, 1))
        made += (np.sin(math.pi * along) ** 0.7 * voiced).tolist()
        pause = chance.uniform(0, 0.03) if chance.random() < 0.8 else chance.uniform(0.05, 0.2)
        made += [0.0] * round(pause * RATE)
    return levelled(made[: round(seconds * RATE)], level)


def music(seconds: float, level: float, seed: int = 3) -> Channel:
    """Chords of struck notes, each held for a third to a whole second."""
    chance = random.Random(seed)
    made: Channel = []
    while len(made) < seconds * RATE:
        length = round(chance.choice([0.3, 0.45, 0.6, 0.9]) * RATE)
        notes = chance.sample([262, 294, 330, 349, 392, 440, 494, 523], chance.choice([1, 2, 3]))
        t = np.arange(length) / RATE
        turns = [2 * math.pi * hertz * t for hertz in notes]
        partials = (np.sin(x) + np.sin(2 * x) / 2 + np.sin(3 * x) / 4 for x in turns)
        made += (sum(partials) * np.exp(-1.2 * t)).tolist()
    return levelled(made[: round(seconds * RATE)], level)


AGENT: Truth = [(1.0, 7.0), (15.0, 21.0), (27.0, 33.0)]
CUSTOMER: Truth = [(8.0, 14.0), (20.0, 25.0)]
LENGTH = 35.0
"""A call: overtalk from 20 to 21, silence 0–1, 7–8, 14–15, 25–27, 33–35: seven seconds."""


def spoken(truth: Truth, level: float, pitch: float, seconds: float = LENGTH) -> Channel:
    made = silent(seconds)
    for number, (start, end) in enumerate(truth):
        said = syllables(end - start, level, seed=round(pitch) + number, pitch=pitch)
        place = round(start * RATE)
        made[place : place + len(said)] = said
    return made


def call(levels: tuple[float, float] = (-20.0, -24.0)) -> list[Channel]:
    return [spoken(AGENT, levels[0], 120.0), spoken(CUSTOMER, levels[1], 210.0)]


def samples(channels: Sequence[Sequence[float]]) -> array[int]:
    """Interleaved and clipped."""
    scaled = np.clip(np.rint(np.asarray(channels).T * 32768), -32768, 32767)
    made = array("h")
    made.frombytes(scaled.astype(np.int16).tobytes())
    return made


def wav(
    content: bytes, channels: int, rate: int = RATE, encoding: int = 1, bits: int = 16
) -> bytes:
    """A RIFF file around samples."""
    align = channels * bits // 8
    form = struct.pack("<HHIIHH", encoding, channels, rate, rate * align, align, bits)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"LIST" + struct.pack("<I", 3) + b"abc\0"  # an odd chunk, to be skipped
    chunks += b"data" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def saved(path: Path, channels: Sequence[Sequence[float]], rate: int = RATE) -> Path:
    path.write_bytes(wav(samples(channels).tobytes(), len(channels), rate))
    return path


def total(truth: Iterable[tuple[float, float]]) -> float:
    return sum(end - start for start, end in truth)
