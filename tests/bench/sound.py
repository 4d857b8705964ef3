"""How far the figures of sound are from a constructed truth, in noise, crosstalk and hold music.

    python -m tests.bench.sound [--calls N]

Calls of 90 seconds with random turns, pauses and overtalk; agent at −20 dBFS, customer at −24.
Each line: seconds of speech missed and of speech heard where there is none, both channels
together, and how far silence and overtalk are off, as means over the calls. Beside it the
missed and false seconds of a peer that takes everything over −40 dBFS for speech.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from qa.sound import Levels, Settings, detect, listen, open_sound
from qa.sound.activity import _runs
from qa.sound.background import smoothed
from qa.spans import Span, common, minus, outside, total, union
from tests.qa import sounds
from tests.qa.sounds import Channel

SECONDS = 90.0
LEVELS = (-20.0, -24.0)
PAUSE = Fraction(3, 10)
FIXED = -40.0


@dataclass(frozen=True)
class Made:
    """Two channels and when each truly speaks."""

    channels: list[Channel]
    truth: list[list[Span]]


def conversation(seed: int, levels: tuple[float, float] = LEVELS) -> Made:
    chance = random.Random(seed)
    turns: list[list[tuple[float, float]]] = [[], []]
    time, who = 1.0, 0
    while time < SECONDS - 12:
        length = chance.uniform(2, 8)
        turns[who].append((time, time + length))
        step = chance.choice([-1.0, -0.7, 0.6, 0.9, 1.3, 5.0])
        time, who = time + length + step, 1 - who
    channels = [
        sounds.spoken(turns[n], levels[n], (120.0, 210.0)[n] + seed, SECONDS) for n in (0, 1)
    ]
    exact = [[Span(Fraction(a), Fraction(b)) for a, b in each] for each in turns]
    return Made(channels, [union(each, PAUSE) for each in exact])


def hissing(made: Made, ratio: float, seed: int) -> Made:
    return _each(made, lambda n, c: sounds.mixed(c, _hiss(LEVELS[n] - ratio, seed + n)))


def _hiss(level: float, seed: int) -> Channel:
    return sounds.noise(SECONDS, level, seed)


def babbling(made: Made, ratio: float, seed: int) -> Made:
    """Six people in the background."""
    crowd = [sounds.syllables(SECONDS, -20, seed + k, 100.0 + 23 * k) for k in range(6)]
    crowd_sum = sounds.mixed(*crowd)
    return _each(made, lambda n, c: sounds.mixed(c, sounds.levelled(crowd_sum, LEVELS[n] - ratio)))


def overheard(made: Made, down: float, seed: int) -> Made:
    one, other = made.channels
    heard = [sounds.fainter(other, down), sounds.fainter(one, down)]
    return _each(made, lambda n, c: sounds.mixed(c, heard[n], _hiss(-62, seed + n)))


def held(made: Made, hiss: float, seed: int) -> Made:
    """Followed by half a minute of music to the customer."""
    music = [sounds.silent(30), sounds.music(30, -22, seed)]
    longer = _each(made, lambda n, c: c + music[n])
    noise = [sounds.noise(SECONDS + 30, hiss, seed + n) for n in (0, 1)]
    return _each(longer, lambda n, c: sounds.mixed(c, noise[n]))


def _each(made: Made, change: Callable[[int, Channel], Channel]) -> Made:
    return Made([change(n, c) for n, c in enumerate(made.channels)], made.truth)


def listened(made: Made) -> Levels:
    with tempfile.TemporaryDirectory() as folder:
        file = sounds.saved(Path(folder) / "call.wav", made.channels)
        with open_sound(file) as sound:
            return listen(sound)


def fixed(levels: Levels) -> list[list[Span]]:
    """The peer: everything over one level is speech."""
    found = []
    for channel in levels.channels:
        mask = [level >= FIXED for level in smoothed(channel.powers, 5)]
        runs = [Span(a * levels.frame, b * levels.frame) for a, b in _runs(mask)]
        found.append([span for span in union(runs, PAUSE) if span.length >= Fraction(1, 10)])
    return found


def apart(truth: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> tuple[float, float]:
    """Seconds missed and seconds false."""
    pairs = list(zip(truth, found, strict=True))
    missed = sum(total(minus(t, f)) for t, f in pairs)
    return float(missed), float(sum(total(minus(f, t)) for t, f in pairs))


def line(name: str, calls: Sequence[Made]) -> str:
    figures = [0.0] * 6
    for made in calls:
        levels = listened(made)
        found = [heard.speech for heard in detect(levels, Settings()).channels]
        whole = Span(Fraction(0), levels.duration)
        quiet = [total(outside(union([*a, *b]), whole)) for a, b in (made.truth, found)]
        both = [total(common(a, b)) for a, b in (made.truth, found)]
        row = (
            *apart(made.truth, found),
            float(quiet[1] - quiet[0]),
            float(both[1] - both[0]),
            *apart(made.truth, fixed(levels)),
        )
        figures = [a + b / len(calls) for a, b in zip(figures, row, strict=True)]
    return f"{name:<28}" + "".join(f"{figure:>9.2f}" for figure in figures)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sound")
    parser.add_argument("--calls", type=int, default=2)
    seeds = range(1, parser.parse_args(arguments).calls + 1)
    calls = {seed: conversation(seed) for seed in seeds}
    uneven = {seed: conversation(seed, (-20.0, -34.0)) for seed in seeds}
    spoken = sum(float(total(spans)) for made in calls.values() for spans in made.truth)
    print(f"{len(seeds)} calls of {SECONDS:.0f} s, {spoken / len(seeds):.1f} s of speech in each")
    print(f"{'':<28}   missed    false  silence overtalk    peer:  missed/false")
    table: list[tuple[str, Callable[[int], Made]]] = [
        ("clean", lambda s: calls[s]),
        *((f"white noise {r} dB", partial(_on, hissing, calls, r)) for r in (20, 10, 5)),
        *((f"babble {r} dB", partial(_on, babbling, calls, r)) for r in (20, 10, 5)),
        *((f"crosstalk -{d} dB", partial(_on, overheard, calls, d)) for d in (15, 20, 30)),
        ("crosstalk -20, soft customer", partial(_on, overheard, uneven, 20)),
        ("hold music", partial(_on, held, calls, -70)),
        ("hold music, noise -45 dBFS", partial(_on, held, calls, -45)),
    ]
    for name, make in table:
        print(line(name, [make(seed) for seed in seeds]), flush=True)


def _on(
    change: Callable[[Made, float, int], Made], calls: Mapping[int, Made], value: float, seed: int
) -> Made:
    return change(calls[seed], value, seed)


if __name__ == "__main__":
    main(sys.argv[1:])
