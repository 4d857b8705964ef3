"""The figures of a recording (``qa.measuring``) as rows of a table, each with n and threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .pages import duration, recorded

SIDES: Mapping[str, str] = {"agent": "座席", "customer": "来电人"}
SOURCES: Mapping[str, str] = {
    "audio": "声音",
    "transcript": "转写的时间",
    "segments": "导入的分段",
}


@dataclass(frozen=True, slots=True)
class Row:
    """``n``: what was counted; ``by``: the threshold it depends on; ``at``: where to listen."""

    name: str
    value: str
    n: str = ""
    by: str = ""
    at: tuple[float, ...] = ()


def rows(figures: Mapping[str, Any]) -> list[Row]:
    """What was measured; a figure that could not be is left out."""
    return [*_talk(figures), *_quiet(figures), *_both(figures), *_rest(figures)]


def source(figures: Mapping[str, Any]) -> str:
    return SOURCES.get(str((figures.get("settings") or {}).get("source")), "声音")


def _talk(figures: Mapping[str, Any]) -> Iterator[Row]:
    names = {**{side: f"{name}说话" for side, name in SIDES.items()}, "speech": "说话（双方）"}
    of = f"通话 {duration(figures.get('duration'))}"
    for side, name in names.items():
        part = figures.get(side) or {}
        if part.get("talk") is not None:
            yield Row(name, f"{duration(part['talk'])}，{part['share']:.1%}", of)
        who = name.partition("说")[0]
        if part.get("rate_cpm") is not None:
            said = f"{part['talk'] / 60 * part['rate_cpm']:.0f} 字" if part.get("talk") else ""
            yield Row(f"{who}语速", f"每分钟 {part['rate_cpm']:.1f} 字", said)
        if part.get("level_dbfs") is not None:
            yield Row(f"{who}音量", f"{part['level_dbfs']:.1f} dBFS", of)


def _quiet(figures: Mapping[str, Any]) -> Iterator[Row]:
    part = figures.get("silence") or {}
    if part.get("total") is None:
        return
    yield Row("没有人说话", f"{duration(part['total'])}，{part['share']:.1%}", _whole(figures))
    found, least = part.get("long") or (), _setting(figures, "long_silence")
    yield Row(
        "长静音",
        f"{len(found)} 段" if found else "没有",
        f"{len(found)} 段",
        f"至少 {least} 秒",
        tuple(each["start"] for each in found),
    )
    longest = part.get("longest")
    if longest:
        where = f"从 {recorded(longest['start'])} 起"
        yield Row("最长静音", f"{longest['duration']:.1f} 秒", where, at=(longest["start"],))


def _both(figures: Mapping[str, Any]) -> Iterator[Row]:
    part = figures.get("overtalk") or {}
    if part.get("total") is not None:
        value = f"{duration(part['total'])}，{part['share']:.1%}"
        yield Row("同时说话", value, f"{part['count']} 处")
    found = figures.get("interruptions")
    if found is None:
        return
    least = _setting(figures, "interruption")
    for side, name in SIDES.items():
        mine = [each["at"] for each in found if each["by"] == side]
        count = f"{len(mine)} 次" if mine else "没有"
        yield Row(f"{name}打断对方", count, f"{len(mine)} 次", f"至少 {least} 秒", tuple(mine))


def _rest(figures: Mapping[str, Any]) -> Iterator[Row]:
    part = figures.get("hold") or {}
    if found := part.get("stretches"):
        least = _setting(figures, "music_least")
        at = tuple(each["start"] for each in found)
        yield Row("等待音乐", duration(part["total"]), f"{len(found)} 段", f"至少 {least} 秒", at)


def _whole(figures: Mapping[str, Any]) -> str:
    return f"通话 {duration(figures.get('duration'))}"


def _setting(figures: Mapping[str, Any], name: str) -> str:
    value = (figures.get("settings") or {}).get(name)
    return "—" if value is None else f"{value:g}"
