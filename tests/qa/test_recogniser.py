"""Speech to text: stretches of each speaker go to the recogniser, words come back with times.

No model is here: what our adapter says to sherpa-onnx is tested at the wire, with a module of
that name that answers as the library does.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from qa import recogniser
from qa.recogniser import NoRecogniser, SherpaOnnx, opened, transcribe, turns
from qa.spans import Span

from . import sounds


class Counting:
    """Says how many tenths of a second it was given."""

    def text(self, samples: array[int], rate: int) -> str:
        return f"{round(len(samples) / rate, 1)}秒" if any(samples) else ""


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    opened.cache_clear()


def test_each_speakers_turns_are_recognised_with_their_times(tmp_path: Path) -> None:
    path = sounds.saved(tmp_path / "call", sounds.call())
    said = transcribe(path, "right", Counting())
    agent = [float(moment) for u in said if u.role == "agent" for moment in (u.start, u.end)]
    assert agent == pytest.approx([8, 14, 20, 25], abs=0.4)  # sounds.CUSTOMER: sides exchanged
    assert [u.start for u in said] == sorted(u.start for u in said)
    assert {u.role for u in said} == {"agent", "customer"}


@pytest.mark.parametrize("channels", [1, 2])
def test_one_voice_on_every_channel_is_nobodys(tmp_path: Path, channels: int) -> None:
    left, _ = sounds.call()
    said = transcribe(sounds.saved(tmp_path / "call", [left] * channels), "left", Counting())
    assert {u.role for u in said} == {None}
    assert len(said) == 3


def test_turns_are_joined_over_short_pauses_and_never_too_long() -> None:
    speech = [Span(Fraction(a), Fraction(b)) for a, b in [(0, 2), (2, 3), (5, 60)]]
    speech.append(Span(Fraction("60.5"), Fraction(61)))
    found = [(float(span.start), float(span.end)) for span in turns(speech)]
    assert found == [(0, 3), (5, 30), (30, 55), (55, 61)]


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """``sherpa_onnx`` as its documentation has it; notes what it is told."""
    told: list[tuple[str, Any]] = []

    class Stream:
        def __init__(self) -> None:
            self.result = SimpleNamespace(text="")

        def accept_waveform(self, rate: int, samples: Any) -> None:
            told.append(("wave", (rate, samples.dtype.name, float(abs(samples).max()))))

    class OfflineRecognizer:
        @classmethod
        def from_sense_voice(cls, **given: Any) -> OfflineRecognizer:
            told.append(("sense_voice", given))
            return cls()

        @classmethod
        def from_paraformer(cls, **given: Any) -> OfflineRecognizer:
            raise RuntimeError(f"bad model {given['paraformer']}")

        def create_stream(self) -> Stream:
            return Stream()

        def decode_stream(self, stream: Stream) -> None:
            stream.result.text = " 您好 "

    module = ModuleType("sherpa_onnx")
    module.OfflineRecognizer = OfflineRecognizer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sherpa_onnx", module)
    return told


def model(folder: Path) -> Path:
    folder.mkdir()
    for name in ("tokens.txt", "model.int8.onnx"):
        (folder / name).write_bytes(b"x")
    return folder


def test_the_local_model_is_started_with_its_files_and_given_floats(
    tmp_path: Path, library: list[tuple[str, Any]]
) -> None:
    folder = model(tmp_path / "sense-voice")
    found = opened(f"sherpa-onnx:{folder}")
    assert found.text(array("h", [0, 16384, -32768]), 8000) == "您好"
    (kind, files), (_, wave) = library
    assert (kind, files["model"]) == ("sense_voice", str(folder / "model.int8.onnx"))
    assert files["tokens"] == str(folder / "tokens.txt")
    assert wave == (8000, "float32", 1.0)
    assert opened(f"sherpa-onnx:{folder}") is found


def test_what_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoRecogniser, match="没有设置"):
        opened("")
    with pytest.raises(NoRecogniser, match="sherpa-onnx"):
        opened("whisper")
    with pytest.raises(NoRecogniser, match=r"tokens\.txt"):
        opened(f"sherpa-onnx:{tmp_path}")
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(NoRecogniser, match="pip install"):
        SherpaOnnx(model(tmp_path / "m"))


def test_a_model_that_does_not_open_is_told(tmp_path: Path, library: list[tuple[str, Any]]) -> None:
    with pytest.raises(NoRecogniser, match="bad model"):
        SherpaOnnx(model(tmp_path / "my-paraformer-zh"))
    assert set(recogniser.KINDS) == {"sherpa-onnx"}
