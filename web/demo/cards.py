"""The demo centre's scorecards: the starters, tied to its articles and with automatic checks."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from qa.starters import starter

NAMES = ("seven", "deductions", "refund")

ARTICLES: Mapping[tuple[str, str], str] = {
    ("seven", "skill"): "script-closing",
    ("seven", "manner"): "script-angry-caller",
    ("deductions", "privacy"): "rule-caller-privacy",
    ("deductions", "opening"): "script-opening",
    ("deductions", "silence"): "script-hold",
    ("deductions", "closing"): "script-closing",
    ("refund", "fee"): "refund-fee-tiers",
    ("refund", "limits"): "change-rules",
    ("refund", "money"): "refund-arrival-time",
}
"""(scorecard, item) → the article that explains it."""

CHECKS: Mapping[tuple[str, str], dict[str, Any]] = {
    ("seven", "manner"): {
        "kind": "forbidden",
        "phrases": ["不归我管", "我不知道", "您先冷静"],
        "by": "agent",
        "fail": "cold",
        "pass": None,
    },
    ("seven", "pace"): {"kind": "pace", "from": 180, "to": 260},
    ("seven", "knowledge"): {"kind": "answer", "about": ["手续费", "毫安"], "agrees": None},
    ("seven", "satisfaction"): {"kind": "fact", "fact": "satisfaction", "from": 4},
    ("deductions", "opening"): {
        "kind": "opening",
        "phrases": ["您好", "铁路旅客服务中心", "为您服务"],
        "need": "all",
        "within": 15,
        "pass": "full",
        "fail": "partial",
    },
    ("deductions", "silence"): {"kind": "silence", "over": 3, "measure": "longest"},
    ("deductions", "closing"): {
        "kind": "closing",
        "phrases": ["再见"],
        "within": 15,
        "pass": "full",
        "fail": "none",
    },
    ("refund", "fee"): {
        "kind": "answer",
        "article": "refund-fee-tiers",
        "about": ["手续费", "退票费"],
        "agrees": None,
    },
}
"""(scorecard, item) → how it may be looked for by itself; a person decides."""


def content(name: str) -> dict[str, Any]:
    """The starter of that name as the demo uses it."""
    made = copy.deepcopy(starter(name).as_json())
    for section in made["sections"]:
        for item in section["items"]:
            if (name, item["key"]) in ARTICLES:
                item["article"] = ARTICLES[name, item["key"]]
            if (name, item["key"]) in CHECKS:
                item["check"] = dict(CHECKS[name, item["key"]])
    return made
