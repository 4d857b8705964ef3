"""What of a call a plan can ask for, and by what it can be spread: attributes and strata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from .sampling import Attribute, Call
from .transcribing import AFTER_AGENT, bare

ZONE = ZoneInfo("Asia/Shanghai")
"""Hours of the day are those of the centre."""


class Facts(NamedTuple):
    """A call as it is drawn. ``said`` is the folded transcript, ``days`` since when the agent is
    there; None: not known."""

    id: int
    key: str
    agent_id: int
    started_at: datetime
    seconds: float
    queue: str = ""
    direction: str = "in"
    satisfaction: int | None = None
    figures: Mapping[str, Any] | None = None
    said: str | None = None
    days: int | None = None
    failed: tuple[str, ...] = ()
    """Items of an open remedy: what this agent failed before, and is looked at again for."""


@dataclass(frozen=True, slots=True)
class Kind:
    """An attribute: a ``number`` from … to …, a ``choice`` among values, or ``words`` said."""

    label: str
    sort: Literal["number", "choice", "words"]
    value: Callable[[Facts], Attribute]
    unit: str = ""


def _figure(*path: str, times: float = 1.0) -> Callable[[Facts], Attribute]:
    def value(facts: Facts) -> Attribute:
        found: Any = facts.figures
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if not isinstance(found, int | float):
            return None
        return times * float(found)

    return value


def _interruptions(facts: Facts) -> Attribute:
    if facts.figures is None:
        return None
    found = facts.figures.get("interruptions") or []
    return len([each for each in found if each.get("by") == "agent"])


def _hour(facts: Facts) -> int:
    return facts.started_at.astimezone(ZONE).hour


NOTHING: Callable[[Facts], Attribute] = lambda facts: None  # noqa: E731 - asked for by rule

ATTRIBUTES: Mapping[str, Kind] = MappingProxyType(
    {
        "seconds": Kind("通话时长", "number", lambda f: f.seconds, "秒"),
        "satisfaction": Kind("满意度", "number", lambda f: f.satisfaction, "分"),
        "silence": Kind("最长静音", "number", _figure("silence", "longest", "duration"), "秒"),
        "silence_share": Kind("静音占比", "number", _figure("silence", "share", times=100), "%"),
        "overtalk": Kind("抢话合计", "number", _figure("overtalk", "total"), "秒"),
        "overtalk_share": Kind("抢话占比", "number", _figure("overtalk", "share", times=100), "%"),
        "interruptions": Kind("座席打断", "number", _interruptions, "次"),
        "rate": Kind("座席语速", "number", _figure("agent", "rate_cpm"), "字/分"),
        "agent_days": Kind("座席到岗", "number", lambda f: f.days, "天"),
        "hour": Kind("几点打来", "number", _hour, "点"),
        "queue": Kind("队列", "choice", lambda f: f.queue),
        "direction": Kind("方向", "choice", lambda f: f.direction),
        "said_by_agent": Kind("座席说了", "words", NOTHING),
        "said": Kind("任何一方说了", "words", NOTHING),
    }
)
"""What a rule can ask for. Words are asked for by the rule itself (:func:`hears`)."""

DAY = ((0, 8, "夜间 0–8 点"), (8, 12, "上午 8–12 点"), (12, 18, "下午 12–18 点"))
LENGTHS = ((60, "不到 1 分钟"), (180, "1–3 分钟"), (600, "3–10 分钟"))


def _time_of_day(facts: Facts) -> str:
    hour = _hour(facts)
    return next((name for low, high, name in DAY if low <= hour < high), "晚上 18–24 点")


def _length(facts: Facts) -> str:
    return next((name for below, name in LENGTHS if facts.seconds < below), "10 分钟以上")


def _satisfied(facts: Facts) -> str:
    return "没有评价" if facts.satisfaction is None else f"满意度 {facts.satisfaction}"


def _direction(facts: Facts) -> str:
    return {"in": "呼入", "out": "呼出"}.get(facts.direction, facts.direction)


STRATA: Mapping[str, tuple[str, Callable[[Facts], str]]] = MappingProxyType(
    {
        "queue": ("队列", lambda f: f.queue or "没有队列"),
        "time": ("时段", _time_of_day),
        "length": ("时长", _length),
        "satisfaction": ("满意度", _satisfied),
        "direction": ("方向", _direction),
    }
)
"""By what a random sample can be spread: (label, the stratum's name of a call)."""

REMEDY = "remedy"
"""The attribute of calls whose agent has something to be looked at again."""


def spoken(name: str, words: Iterable[str]) -> str:
    """The attribute of a rule that asks for words: true where one of them was said."""
    return f"{name}:{'|'.join(words)}"


def hears(facts: Facts, name: str, words: Iterable[str]) -> bool | None:
    """Whether one of the words was said, by the agent alone or by anybody; None without a text."""
    if facts.said is None:
        return None
    text = facts.said.partition(AFTER_AGENT)[0] if name == "said_by_agent" else facts.said
    return any(word in text for each in words if (word := bare(each)))


def as_call(
    facts: Facts,
    names: Iterable[str],
    words: Iterable[tuple[str, Sequence[str]]],
    strata: Iterable[str],
) -> Call:
    """The call as ``qa.sampling`` draws it, with the attributes a plan asks for and no others."""
    about: dict[str, Attribute] = {name: ATTRIBUTES[name].value(facts) for name in names}
    about |= {spoken(name, said): hears(facts, name, said) for name, said in words}
    about |= {f"stratum:{name}": STRATA[name][1](facts) for name in strata}
    about[REMEDY] = bool(facts.failed)
    return Call(facts.key, str(facts.agent_id), about)
