"""Speech to text as a plug: what a recogniser must do, and one that runs a model on this machine.

    recogniser = opened("sherpa-onnx:/models/sense-voice")
    said = transcribe(path, "left", recogniser, sound_settings)

Nothing here needs a recogniser to be installed. Who speaks when comes from our own figures; the
recogniser is given one stretch of one speaker at a time and says what the words are. To add one,
write a class with ``text`` and a line in the registry.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from .errors import QaError
from .sound import Settings, detect, listen, open_sound
from .sound.source import Samples
from .spans import Span, union
from .transcripts import Role, Utterance

LONGEST = Fraction(25)
"""Seconds given to a recogniser at once; models of this kind forget what was before."""
PAUSE = Fraction(3, 5)
"""Seconds of silence that end a turn."""
MARGIN = Fraction(1, 10)
"""Seconds before and after a stretch, so that no sound of it is cut off."""


class NoRecogniser(QaError):
    """Automatic transcription was asked for, and there is none, or it cannot be started."""


class Recogniser(Protocol):
    """Turns speech into text."""

    def text(self, samples: Samples, rate: int) -> str:
        """The words of some seconds of one channel (16 bit); '' where there are none."""


class SherpaOnnx:
    """k2-fsa/sherpa-onnx (Apache 2.0): SenseVoice or Paraformer models, by their files.

    ``folder`` holds ``tokens.txt`` and ``model.int8.onnx`` or ``model.onnx``, as its models come;
    one with ``paraformer`` in its name is taken for such, any other for a SenseVoice.
    """

    def __init__(self, folder: Path, threads: int = 2) -> None:
        tokens = folder / "tokens.txt"
        models = [folder / name for name in ("model.int8.onnx", "model.onnx")]
        model = next((path for path in models if path.is_file()), None)
        if model is None or not tokens.is_file():
            raise NoRecogniser(
                f"文件夹 {folder} 里应有 tokens.txt 和 model.int8.onnx（或 model.onnx），请检查。"
            )
        try:
            library: Any = import_module("sherpa_onnx")
            self._numpy: Any = import_module("numpy")
        except ImportError:
            raise NoRecogniser("没有安装 sherpa-onnx，请运行：pip install sherpa-onnx") from None
        self._recogniser = _made(library.OfflineRecognizer, model, tokens, folder, threads)

    def text(self, samples: Samples, rate: int) -> str:
        stream = self._recogniser.create_stream()
        floats = self._numpy.frombuffer(samples, dtype=self._numpy.int16) / 32768.0
        stream.accept_waveform(rate, floats.astype(self._numpy.float32))
        self._recogniser.decode_stream(stream)
        return str(stream.result.text).strip()


def _made(kind: Any, model: Path, tokens: Path, folder: Path, threads: int) -> Any:
    files: dict[str, Any] = {"tokens": str(tokens), "num_threads": threads}
    try:
        if "paraformer" in folder.name.lower():
            return kind.from_paraformer(paraformer=str(model), **files)
        return kind.from_sense_voice(model=str(model), use_itn=True, **files)
    except (RuntimeError, ValueError, AssertionError) as error:
        raise NoRecogniser(f"模型 {model} 打不开：{error}。") from error


KINDS: Mapping[str, Callable[[Path], Recogniser]] = {"sherpa-onnx": SherpaOnnx}
"""What the setting may begin with, before the colon and the folder of the model."""


@lru_cache(maxsize=1)
def opened(setting: str) -> Recogniser:
    """The recogniser a setting names, started once a process. Raises NoRecogniser."""
    kind, _, folder = setting.partition(":")
    if not setting:
        raise NoRecogniser("没有设置自动转写，请让管理员设置 ZHIXI_RECOGNISER。")
    if kind not in KINDS or not folder:
        raise NoRecogniser(f"自动转写应写成 {'、'.join(KINDS)} 加冒号和模型的文件夹。")
    return KINDS[kind](Path(folder))


def transcribe(
    path: Path, side: str, recogniser: Recogniser, settings: Settings | None = None
) -> list[Utterance]:
    """What was said in a recording, in the order of time. Raises BadAudio.

    One channel, or the same sound on both, does not tell who speaks.
    """
    with open_sound(path) as sound:
        levels, rate = listen(sound, settings or Settings()), sound.rate
    with open_sound(path) as sound:
        channels = _channels(sound.blocks, sound.channels)
    if len(channels) == 2 and channels[0] == channels[1]:
        channels, levels.channels[1:] = channels[:1], []
    heard = detect(levels, settings).channels
    made = [
        utterance
        for number, channel in enumerate(channels)
        for utterance in _said(
            channel, heard[number].speech, rate, _role(number, len(channels), side), recogniser
        )
    ]
    return sorted(made, key=lambda each: (each.start, each.end))


def _channels(blocks: Iterator[Samples], count: int) -> list[Samples]:
    made: list[Samples] = [array("h") for _ in range(count)]
    for block in blocks:
        for number, channel in enumerate(made):
            channel.extend(block[number::count])
    return made


def _role(number: int, count: int, side: str) -> Role | None:
    if count == 1:
        return None
    agent = number == (1 if side == "right" else 0)
    return "agent" if agent else "customer"


def _said(
    channel: Samples, speech: list[Span], rate: int, role: Role | None, recogniser: Recogniser
) -> Iterator[Utterance]:
    for span in turns(speech):
        first = max(0, int((span.start - MARGIN) * rate))
        text = recogniser.text(channel[first : int((span.end + MARGIN) * rate)], rate)
        if text:
            yield Utterance(span.start, span.end, text, role)


def turns(speech: list[Span]) -> Iterator[Span]:
    """Stretches of speech joined over short pauses, none longer than a recogniser takes."""
    for span in union(speech, PAUSE):
        start = span.start
        while span.end - start > LONGEST:
            yield Span(start, start + LONGEST)
            start += LONGEST
        yield Span(start, span.end)
