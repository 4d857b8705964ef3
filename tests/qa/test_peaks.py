"""Peaks: the extremes of every stretch, small, in a format that players read."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import BadFile
from qa.peaks import Peaks, peaks
from qa.sound import fast, open_sound
from tests.qa import sounds
from tests.qa.sounds import saved, silent, tone


def test_the_extremes_of_each_channel(tmp_path: Path) -> None:
    """1 s of a tone at half of full scale, then nothing; the other way round on the right.

    Half of full scale is ±16384, the upper byte of which is 64 (63 where rounding just fails).
    """
    half = tone(1, 400, 20 * -0.30103)
    file = saved(tmp_path / "a.wav", [half + silent(1.5), silent(1.5) + half])
    with open_sound(file) as sound:
        made = peaks(sound, per_second=10)
    assert (made.channels, made.rate, made.samples, len(made)) == (2, 8000, 800, 25)
    assert set(made.highs[0][:10]) <= {63, 64}
    assert set(made.lows[0][:10]) <= {-64, -65}
    assert set(made.highs[0][10:]) == set(made.lows[0][10:]) == {0}
    assert set(made.highs[1][:15]) == {0}
    assert set(made.highs[1][15:]) <= {63, 64}


def test_the_rest_of_a_recording_is_a_peak_of_its_own(tmp_path: Path) -> None:
    with open_sound(saved(tmp_path / "a.wav", [tone(1.03)])) as sound:
        assert len(peaks(sound, per_second=10)) == 11


def test_an_hour_is_small() -> None:
    zeros = array("b", bytes(180_000))
    assert len(Peaks(8000, 160, (zeros, zeros), (zeros, zeros)).as_bytes()) == 720_024


BYTES = st.integers(-128, 127)
PAIRS = st.lists(st.tuples(BYTES, BYTES).map(sorted), min_size=1, max_size=40)


def made_of(pairs: list[list[int]], channels: int) -> Peaks:
    lows = array("b", [low for low, _ in pairs])
    highs = array("b", [high for _, high in pairs])
    return Peaks(8000, 160, (lows,) * channels, (highs,) * channels)


@given(PAIRS, st.integers(1, 2))
def test_peaks_written_and_read_again_are_the_same(pairs: list[list[int]], channels: int) -> None:
    made = made_of(pairs, channels)
    assert Peaks.from_bytes(made.as_bytes()) == made
    shown = made.as_json()
    assert shown["length"] == len(pairs)
    assert len(shown["data"]) == 2 * len(pairs) * channels


@given(PAIRS, st.integers(1, 5), st.integers(1, 5))
def test_thinned_twice_is_thinned_by_the_product(pairs: list[list[int]], a: int, b: int) -> None:
    made = made_of(pairs, 1)
    assert made.thinned(a).thinned(b) == made.thinned(a * b)
    assert max(made.thinned(a).highs[0]) == max(made.highs[0])


def test_without_numpy_the_extremes_are_the_same() -> None:
    values = sounds.samples([tone(0.5)])
    assert fast.extremes(values, 333, None) == fast.extremes(values, 333)


@pytest.mark.parametrize(
    "content", [b"", b"abc", bytes(24), made_of([[1, 2]], 1).as_bytes()[:-1], bytes(400)]
)
def test_what_are_no_peaks_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(BadFile, match="波形文件"):
        Peaks.from_bytes(content, "a.dat")
