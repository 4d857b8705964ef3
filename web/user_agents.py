"""The browser's own name for itself, in words a person recognises."""

from __future__ import annotations

from collections.abc import Mapping

# Order matters: every Edge also says Chrome, every Chrome also says Safari.
BROWSERS: Mapping[str, str] = {
    "MicroMessenger": "微信",
    "QQBrowser": "QQ浏览器",
    "360": "360浏览器",
    "Edg": "Edge",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS: Mapping[str, str] = {
    "HarmonyOS": "鸿蒙",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def browser(user_agent: str) -> str:
    """``Chrome · Windows``; what is not recognised is shown as it came, cut short."""
    name = next((words for mark, words in BROWSERS.items() if mark in user_agent), "")
    system = next((words for mark, words in SYSTEMS.items() if mark in user_agent), "")
    return " · ".join(filter(None, (name, system))) or user_agent[:40] or "没有报名的浏览器"
