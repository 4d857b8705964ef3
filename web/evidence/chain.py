"""The chain: how one trace is tied to the one before, and how tampering shows. Pure.

The digest of a trace is SHA-256 of its canonical JSON; its hash is SHA-256 of the hash before,
followed by the digest (both as 64 hexadecimal characters). So a stretch of the chain can be
checked by somebody who may see only some of its traces and the digests of the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from .words import canonical, utc

GENESIS = "0" * 64
FIELDS = (
    "id",
    "at",
    "act",
    "surface",
    "person_id",
    "session_id",
    "call",
    "origin",
    "article_key",
    "revision_number",
    "revision_id",
    "start",
    "end",
    "condition",
    "renderer",
    "shown_sha",
    "source_sha",
)
"""What of a trace is hashed; ``previous`` enters with the link."""
MOST_FAULTS = 200

Link = Mapping[str, Any]
"""A trace by field name, with ``previous`` and ``hash``."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The end of the chain at some moment: the place and the hash there."""

    last: int
    hash: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written. ``kind``: changed, missing, broken, end, anchor,
    source, words."""

    kind: str
    number: int
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found; ``found`` counts all faults, of which ``faults`` names the first."""

    checked: int
    first: int
    last: int
    hash: str
    found: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        return not self.found

    def with_faults(self, more: Sequence[Fault]) -> Verdict:
        faults = (*self.faults, *more)[:MOST_FAULTS]
        found = self.found + len(more)
        return Verdict(self.checked, self.first, self.last, self.hash, found, faults)

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "checked": self.checked,
            "first": self.first,
            "last": self.last,
            "hash": self.hash,
            "found": self.found,
            "faults": [fault.as_dict() for fault in self.faults],
        }


def plain(link: Link) -> dict[str, Any]:
    """What is hashed of a trace, as JSON holds it."""
    values = {name: link[name] for name in FIELDS}
    if isinstance(values["at"], datetime):
        values["at"] = utc(values["at"])
    return values


def digest(link: Link) -> str:
    return hashlib.sha256(canonical(plain(link)).encode("utf-8", "surrogatepass")).hexdigest()


def hashed(previous: str, digest: str) -> str:
    return hashlib.sha256((previous + digest).encode("ascii", "replace")).hexdigest()


class _Walk:
    """One pass along the chain."""

    def __init__(self, begin: Mark) -> None:
        self.before = begin
        self.first = begin.last + 1
        self.checked = 0
        self.found = 0
        self.faults: list[Fault] = []

    def fault(self, kind: str, number: int, sentence: str) -> None:
        self.found += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(kind, number, sentence))

    def step(self, link: Link) -> None:
        number, wanted = link["id"], self.before.last + 1
        if number < wanted:
            self.fault("broken", number, f"第{number}条不该在这里：链从第{self.first}条开始。")
        elif number > wanted:
            lost = f"第{wanted}条" if number == wanted + 1 else f"第{wanted}至{number - 1}条"
            self.fault("missing", wanted, f"{lost}不见了：被删除或挪走了。")
        elif link["previous"] != self.before.hash:
            self.fault(
                "broken",
                number,
                f"第{number}条接不上前一条：次序被换、有条目被插入，或前一条被整条替换。",
            )
        if hashed(str(link["previous"]), digest(link)) != link["hash"]:
            self.fault("changed", number, f"第{number}条的内容和它的指纹不符：被改过。")
        self.before = Mark(max(number, self.before.last), str(link["hash"]))
        self.checked += 1


def verify(
    links: Iterable[Link],
    *,
    head: Mark | None = None,
    anchors: Iterable[Mark] = (),
    begin: Mark = Mark(0, GENESIS),
) -> Verdict:
    """Walk along the traces, ordered by ``id``, from after ``begin``.

    ``head`` is where the chain should end; ``anchors`` are ends noted earlier. After a fault
    the walk goes on from what is there, so that each tampering is named once and by its place.
    """
    walk = _Walk(begin)
    marks: dict[int, list[Mark]] = {}
    for anchor in anchors:
        marks.setdefault(anchor.last, []).append(anchor)
    for link in links:
        walk.step(link)
        for mark in marks.pop(link["id"], ()):
            if mark.hash != link["hash"]:
                _differs(walk, mark)
    for mark in (mark for found in marks.values() for mark in found):
        _lacks(walk, mark)
    end = walk.before
    if head and (head.last, head.hash) != (end.last, end.hash):
        walk.fault(
            "end", head.last, f"链应到第{head.last}条为止，现在到第{end.last}条：末尾被动过。"
        )
    return Verdict(walk.checked, walk.first, end.last, end.hash, walk.found, tuple(walk.faults))


def _differs(walk: _Walk, mark: Mark) -> None:
    when = f"{mark.at} 的" if mark.at else ""
    walk.fault("anchor", mark.last, f"第{mark.last}条和{when}锚点记下的不同：链被整段改写过。")


def _lacks(walk: _Walk, mark: Mark) -> None:
    if mark.last <= 0 and mark.hash == GENESIS:
        return  # anchored before the first trace
    when = f"{mark.at} 的" if mark.at else ""
    walk.fault("anchor", mark.last, f"{when}锚点记到第{mark.last}条，现在没有这一条：被截去了。")
