"""What a centre sets for its quality assurance: one literal registry, unset ones are default.

value(session, "appeal_days")            # 5
put(session, {"appeal_days": 7})
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .errors import BadValue
from .figures import Thresholds
from .sound.settings import Settings as SoundSettings
from .tables import Setting

Value = int | float | bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One setting. Its default's type is its type; ``least`` and ``most`` bound a number."""

    label: str
    default: Value
    least: float = 0
    most: float = 1
    unit: str = ""
    help: str = ""

    @property
    def whole(self) -> bool:
        return type(self.default) is int

    @property
    def flag(self) -> bool:
        return isinstance(self.default, bool)


GROUPS: Mapping[str, Mapping[str, Kind]] = {
    "期限": {
        "appeal_days": Kind(
            "成绩出来后可以申诉", 5, 1, 90, "天", "从评分完成算起，过了这一天不能再申诉。"
        ),
        "retention_days": Kind(
            "录音保存",
            180,
            1,
            3650,
            "天",
            "从通话开始算起。到期删除声音，成绩和转写留下；有申诉、复检、评分或校准没有"
            "了结的，等了结以后再删。",
        ),
    },
    "实时监控": {
        "event_days": Kind(
            "电话事件保存",
            30,
            1,
            365,
            "天",
            "座席的振铃、接通、示忙等事件和来电号码；到期删除。座席现在的状态不受影响。",
        ),
    },
    "录音文件": {
        "recording_mb": Kind("一段录音最多", 200, 1, 4000, "MB"),
        "recording_hours": Kind("一段录音最长", 3, 1, 12, "小时"),
    },
    "统计和抽查": {
        "minimum_n": Kind(
            "少于几通不排名", 8, 1, 1000, "通", "样本太少时只显示数字和区间，不排先后。"
        ),
        "confidence": Kind("区间的置信度", 95, 50, 99, "%"),
        "recheck_percent": Kind("抽多少评分复检", 5, 0, 100, "%"),
        "calibration_enough": Kind(
            "校准的一致性够好", 0.8, 0, 1, "", "校准报告以它为界，低于它的评分项要再讨论。"
        ),
        "automatic_threshold": Kind(
            "自动评分可以单独算数",
            0.9,
            0.5,
            1,
            "",
            "某一项自动检查与人工的一致率，区间下限高于它才可以不经人确认。",
        ),
    },
    "声音的门槛": {
        "interruption": Kind(
            "算作打断", 0.5, 0.1, 10, "秒", "两人同时说话至少这么久；再短是接话或“嗯”。"
        ),
        "long_silence": Kind("逐段列出的静音", 3.0, 0.5, 600, "秒", "至少这么长。"),
        "gap": Kind("话语里的停顿", 0.3, 0, 5, "秒", "不超过它的停顿算在说话里。"),
        "shortest": Kind("最短的说话声", 0.1, 0, 5, "秒", "再短是杂音。"),
        "quietest": Kind("最轻的说话声", -55.0, -90, -10, "dBFS"),
        "margin_least": Kind("说话比背景至少响", 3.0, 0, 30, "dB"),
        "margin_most": Kind("说话比背景至多要响", 10.0, 0, 40, "dB"),
        "smooth": Kind("音量取平均的时间", 0.1, 0.02, 1, "秒"),
        "frame": Kind("多久测一次音量", 0.02, 0.01, 0.1, "秒"),
        "crosstalk": Kind(
            "算作串音", 12.0, 3, 60, "dB", "一个声道比另一个轻这么多，就只是听到了对方。"
        ),
        "music": Kind("识别等待音乐", True),
        "music_least": Kind("等待音乐至少", 8.0, 2, 120, "秒"),
    },
}
"""Every setting by its group, in the order of the page."""

KINDS: Mapping[str, Kind] = MappingProxyType(
    {name: kind for group in GROUPS.values() for name, kind in group.items()}
)


def load(session: Session) -> dict[str, Value]:
    """Every setting as it stands."""
    kept = {row.name: row.value for row in session.scalars(select(Setting))}
    return {name: kept.get(name, kind.default) for name, kind in KINDS.items()}


def value(session: Session, name: str) -> Any:
    """One setting: a whole number, a number or a flag, as its default is."""
    kind = KINDS[name]
    kept = session.get(Setting, name)
    return kind.default if kept is None else kept.value


def put(session: Session, values: Mapping[str, Value]) -> None:
    """Set some, all or none. Raises BadValue for the first that cannot be."""
    for name, given in values.items():
        check(name, given)
    merged = load(session) | dict(values)
    if merged["margin_most"] < merged["margin_least"]:
        raise BadValue("margin_most", "不能小于“说话比背景至少响”。")
    if merged["smooth"] < merged["frame"]:
        raise BadValue("smooth", "不能短于“多久测一次音量”。")
    for name, given in values.items():
        _keep(session, name, float(given) if _plain_number(name) else given)
    session.flush()


def check(name: str, given: object) -> None:
    """Raises BadValue."""
    kind = KINDS.get(name)
    if kind is None:
        raise BadValue(name, "没有这项设定。")
    if kind.flag:
        if not isinstance(given, bool):
            raise BadValue(name, "应为是或否。")
        return
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise BadValue(name, f"请填 {_bounds(kind)}。")
    if (kind.whole and int(given) != given) or not kind.least <= given <= kind.most:
        raise BadValue(name, f"请填 {_bounds(kind)}。")


def parse(name: str, text: str) -> Value:
    """What somebody typed, full width or not. Raises BadValue."""
    kind = KINDS[name]
    if kind.flag:
        return text == "1"
    try:
        number = float(text.strip().replace("．", ".").replace("－", "-").replace("−", "-"))
    except ValueError:
        raise BadValue(name, f"“{text.strip()[:20]}”不是数字，请填 {_bounds(kind)}。") from None
    check(name, number)
    return int(number) if kind.whole else number


def sound(session: Session) -> SoundSettings:
    """How speech is told from the rest."""
    return SoundSettings(**_of(session, SoundSettings))


def thresholds(session: Session) -> Thresholds:
    """What of the speech is listed."""
    return Thresholds(**_of(session, Thresholds))


def _of(session: Session, kind: type) -> dict[str, Any]:
    stored = load(session)
    return {each.name: stored[each.name] for each in fields(kind)}


def _plain_number(name: str) -> bool:
    return not KINDS[name].flag and not KINDS[name].whole


def _bounds(kind: Kind) -> str:
    what = "的整数" if kind.whole else " 之间的数"
    return f"{kind.least:g} 到 {kind.most:g}{what}"


def _keep(session: Session, name: str, given: Value) -> None:
    kept = session.get(Setting, name)
    if kept is not None and kept.value != given:
        kept.value = given
    elif kept is None and given != KINDS[name].default:
        session.add(Setting(name=name, value=given))
