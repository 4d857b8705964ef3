"""The two sums that take the time: by numpy where it is installed, else by hand, the same."""

from __future__ import annotations

import cmath
import math
from array import array
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from operator import mul
from typing import Any

try:
    _numpy: Any = import_module("numpy")
except ImportError:
    _numpy = None

FULL = 32768.0


def powers(samples: array[int], size: int, numpy: Any = _numpy) -> list[float]:
    """Mean square about the mean of each ``size`` samples, in full scales² (the rest left out)."""
    count = len(samples) // size
    if numpy is None:
        return [_power(samples[n * size : (n + 1) * size]) for n in range(count)]
    rows = numpy.frombuffer(samples, dtype=numpy.int16)[: count * size].reshape(count, size)
    rows = rows.astype(numpy.int64)
    squares, sums = (rows * rows).sum(axis=1).tolist(), rows.sum(axis=1).tolist()
    return [_about_mean(s, t, size) for s, t in zip(squares, sums, strict=True)]


def _power(samples: array[int]) -> float:
    return _about_mean(sum(map(mul, samples, samples)), sum(samples), len(samples))


def _about_mean(squares: int, total: int, size: int) -> float:
    return (squares * size - total * total) / (size * size * FULL * FULL)


def power(samples: array[int]) -> float:
    """Of all the samples."""
    return _power(samples) if samples else 0.0


def extremes(samples: array[int], size: int, numpy: Any = _numpy) -> tuple[list[int], list[int]]:
    """Lowest and highest of each ``size`` samples, and of the rest."""
    whole = len(samples) // size * size
    if numpy is None:
        starts = range(0, whole, size)
        lows = [min(samples[n : n + size]) for n in starts]
        highs = [max(samples[n : n + size]) for n in starts]
    else:
        rows = numpy.frombuffer(samples, dtype=numpy.int16)[:whole].reshape(-1, size)
        lows, highs = rows.min(axis=1).tolist(), rows.max(axis=1).tolist()
    if rest := samples[whole:]:
        return [*lows, min(rest)], [*highs, max(rest)]
    return lows, highs


def magnitudes(samples: Sequence[int], numpy: Any = _numpy) -> list[float]:
    """Absolute values of the lower half of the spectrum under a Hann window.

    The number of samples is a power of two.
    """
    window = [s * w for s, w in zip(samples, _hann(len(samples)), strict=True)]
    if numpy is not None:
        return [float(v) for v in numpy.abs(numpy.fft.rfft(window))[:-1]]
    return [abs(v) for v in _fft([complex(v) for v in window])[: len(samples) // 2]]


@cache
def _hann(size: int) -> tuple[float, ...]:
    return tuple(0.5 - 0.5 * math.cos(2 * math.pi * n / size) for n in range(size))


@cache
def _turns(size: int) -> tuple[complex, ...]:
    return tuple(cmath.exp(-2j * math.pi * k / size) for k in range(size // 2))


def _fft(values: list[complex]) -> list[complex]:
    """Cooley and Tukey, radix two."""
    size = len(values)
    if size == 1:
        return values
    even, odd = _fft(values[0::2]), _fft(values[1::2])
    turned = list(map(mul, _turns(size), odd))
    return [a + b for a, b in zip(even, turned, strict=True)] + [
        a - b for a, b in zip(even, turned, strict=True)
    ]
