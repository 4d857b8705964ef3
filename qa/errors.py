"""Errors of quality assurance: one root, leaves that carry their data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kb.errors import EditConflict

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


class BadCall(_Faulty):
    """Facts of a call that cannot be kept; ``path`` of each fault is the fact's name."""

    what = "通话"

    def of(self, name: str) -> str:
        """What is wrong with one fact; '' if nothing."""
        return "；".join(fault.sentence for fault in self.faults if fault.path == name)


class CallInUse(QaError):
    """A fact that scores already rest on would be changed."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"通话“{key}”已有评分，不能再改{what}；确实记错了，请先取消它的评分。")
        self.key, self.what = key, what


class NoConsent(QaError):
    """A recording of somebody who has refused to be recorded."""

    def __init__(self, key: str) -> None:
        super().__init__(f"通话“{key}”的来电人不同意录音，不能保存它的录音。")
        self.key = key


class BadValue(QaError):
    """A setting that cannot be; ``name`` is the setting's."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


class NotYours(QaError):
    """A review that is another inspector's."""

    def __init__(self, what: str = "评") -> None:
        super().__init__(f"这次评分派给了别人，不能由您来{what}。要换人，请质检主管改派。")


class OwnCall(QaError):
    """Somebody would score their own call, or that of their team lead or of a team they lead."""

    def __init__(self) -> None:
        super().__init__("自己的通话、自己班长的通话和自己所带班组的通话，要由别人来评。")


class Unfinished(QaError):
    """A review cannot be finished yet; ``items`` are (key, title, what is missing)."""

    def __init__(self, items: Sequence[tuple[str, str, str]]) -> None:
        told = "、".join(f"“{title}”" for _, title, _ in items[:MANY])
        rest = f"等 {len(items)} 项" if len(items) > MANY else ""
        super().__init__(f"还没有评完：{told}{rest}。评完这些项再完成。")
        self.items = tuple(items)


class StaleDraft(EditConflict):
    """Marks were saved from another page meanwhile; ``saves`` is the number of that save."""

    def __init__(self, review: int, saves: int) -> None:
        super().__init__(str(review))
        self.args = ("这次评分刚在另一个页面保存过。这里的评定还在，请对照以后再决定用哪一份。",)
        self.review, self.saves = review, saves


class NotReady(QaError):
    """A scorecard cannot be activated yet; ``errors`` are all the reasons, in words."""

    def __init__(self, title: str, errors: Sequence[str]) -> None:
        told = "；".join(" ".join(each.split()).rstrip("。") for each in errors[:MANY])
        rest = f"；另有 {len(errors) - MANY} 处" if len(errors) > MANY else ""
        super().__init__(f"“{title}”还不能启用：{told}{rest}。")
        self.title, self.errors = title, tuple(errors)


class TooLate(QaError):
    """A deadline has passed; ``until`` is the moment from which it was too late."""

    def __init__(self, what: str, until: datetime) -> None:
        super().__init__(f"{what}的期限已过，不能再办。确有问题，请告诉班长或质检主管。")
        self.what, self.until = what, until


class NotSecond(QaError):
    """Somebody too close to a score would judge it."""

    def __init__(self) -> None:
        super().__init__(
            "要由另一个人来定：不能是评分的人、座席本人或他的班长，也不能由评分的人带班。"
        )


class WouldLower(QaError):
    """A score the agent has acknowledged would become lower by a correction."""

    def __init__(self, before: float, after: float) -> None:
        super().__init__(
            f"座席已经确认了这个成绩，更正笔误不能使它变低（{before:g} → {after:g}）。"
            "确实评错了，请安排复检。"
        )
        self.before, self.after = before, after


class BadEvent(_Faulty):
    """Events of the telephone system that cannot be kept."""

    what = "电话事件"


class FrozenEvent(QaError):
    """Something tried to rewrite the log of the telephone system's events."""

    def __init__(self, key: str) -> None:
        super().__init__("电话事件只增不改；记错了，请让电话系统补发一条对的。")
        self.key = key


class OwnCommand(QaError):
    """Somebody would monitor or steer themselves."""

    def __init__(self) -> None:
        super().__init__("不能监听或操作自己的分机。")


class OverAlready(QaError):
    """A call that was in progress has ended meanwhile."""

    def __init__(self, key: str) -> None:
        super().__init__("这通电话已经结束，不能再开实时评分；请在通话里找到它，照常评分。")
        self.key = key
