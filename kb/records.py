"""One article as it travels: the shape every import and export format shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "faq": "常见问题",
        "regulation": "业务规章",
        "notice": "公告",
        "script": "话术",
        "article": "文章",
    }
)
"""Kinds of article and what people call them."""

CONTROLS = frozenset({"Cc", "Zl", "Zp"})
"""Sorts of characters, as Unicode names them, that no key may have."""


@dataclass(frozen=True, slots=True)
class Record:
    """One revision's content under its article's stable ``key``.

    ``category`` is a path such as ``票务/退票`` ('' = none); ``audiences`` are role or team
    names (empty = everyone); times are aware; ``data`` keeps fields we do not know.
    """

    key: str
    title: str
    body: str
    kind: str = "article"
    category: str = ""
    tags: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    must_sign: bool = False
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """What was wrong with one item of an import: the file, its line (1-based) if known, why."""

    path: str
    line: int | None
    message: str
