"""Errors of quality assurance: one root, leaves that carry their data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MANY = 5
"""Faults spelled out in one sentence; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: ``path`` for programs (``sections[0].items[2]``), ``where`` for people."""

    path: str
    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}：{self.sentence}" if self.where else self.sentence


class QaError(Exception):
    """Root of every error quality assurance raises on purpose.

    ``str(error)`` is a Chinese sentence fit for a person; attributes carry the data.
    """


class BadFile(QaError):
    """A file that cannot be read as what it should be; ``name`` is the file's."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(f"{name}：{sentence}" if name else sentence)
        self.name, self.sentence = name, sentence


class _Faulty(QaError):
    """Something with a list of faults."""

    what = ""

    def __init__(self, faults: Sequence[Fault]) -> None:
        told = "；".join(str(fault).rstrip("。") for fault in faults[:MANY])
        rest = f"；另有 {len(faults) - MANY} 处" if len(faults) > MANY else ""
        super().__init__(" ".join(f"{self.what}有误：{told}{rest}。".split()))  # titles break lines
        self.faults = tuple(faults)


class BadRubric(_Faulty):
    """A rubric that cannot be used; ``faults`` says where and why, every one of them."""

    what = "评分表"


class BadMarks(_Faulty):
    """Marks that do not fit their rubric."""

    what = "打分"


class BadRatings(QaError):
    """Ratings that no statistic can be computed of; ``line`` is 1-based, if known."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(f"第{line}行：{sentence}" if line else sentence)
        self.line = line


class BadPlan(QaError):
    """A sampling plan that cannot be carried out."""


class BadSegments(QaError):
    """Stretches of speech that cannot be measured."""


class BadAudio(BadFile):
    """A recording that cannot be read: broken, empty, too long, or of an unknown kind."""


class BadTranscript(BadFile):
    """A transcript that cannot be read."""


class FrozenVersion(QaError):
    """Something tried to rewrite an activated version of a scorecard."""

    def __init__(self, title: str, number: int) -> None:
        super().__init__(f"“{title}”第{number}版已经启用，不能改写；请新建一版。")
        self.title, self.number = title, number
