"""Checks of the whole chain, done in the background, and anchors to compare with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import jobs
from ..errors import InvalidInput
from .chain import GENESIS, Mark
from .tables import Anchor, ChainCheck, ChainHead
from .words import utc

KIND = "evidence.verify"
MOST_ANCHORS = 1000
LARGEST = 1_000_000


def ask(session: Session, by: int | None, at: datetime, anchors: Sequence[Mark] = ()) -> ChainCheck:
    """Have the chain checked; one check waits at a time unless other anchors come with it."""
    waiting = session.scalars(
        select(ChainCheck).where(ChainCheck.done_at.is_(None)).order_by(ChainCheck.id.desc())
    ).first()
    if waiting is not None and not anchors:
        return waiting
    check = ChainCheck(asked_at=at, asked_by=by, report={})
    session.add(check)
    session.flush()
    marks = [[m.last, m.hash, m.at] for m in anchors]
    jobs.enqueue(session, KIND, {"check": check.id, "anchors": marks})
    return check


def latest(session: Session, limit: int = 10) -> Sequence[ChainCheck]:
    return session.scalars(select(ChainCheck).order_by(ChainCheck.id.desc()).limit(limit)).all()


# Anchors


def anchor(session: Session, at: datetime) -> dict[str, Any]:
    """Note where the chain ends now; what to keep outside, as JSON holds it."""
    head = session.get(ChainHead, 1)
    last, hash = (head.last, head.hash) if head else (0, GENESIS)
    session.add(Anchor(at=at, last=last, hash=hash))
    session.flush()
    return {"format": "zhixi-anchor", "at": utc(at), "last": last, "hash": hash}


def read_anchors(text: str) -> list[Mark]:
    """Anchors from a file: one JSON object, or one a line. Raises InvalidInput."""
    if len(text) > LARGEST:
        raise InvalidInput("anchors", "锚点文件太大，最多 1 MB。")
    marks = [_mark(line) for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if not marks:
        raise InvalidInput("anchors", "锚点文件是空的。")
    if len(marks) > MOST_ANCHORS:
        raise InvalidInput("anchors", f"一次最多对照 {MOST_ANCHORS} 个锚点。")
    return marks


def _mark(line: str) -> Mark:
    try:
        given = json.loads(line)
        last, hash, at = given["last"], given["hash"], given.get("at", "")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidInput("anchors", "这不是导出的锚点文件：应是一行一个 JSON。") from None
    whole = isinstance(last, int) and not isinstance(last, bool) and 0 <= last < 2**53
    if not whole or not isinstance(hash, str) or len(hash) != 64 or not isinstance(at, str):
        raise InvalidInput("anchors", "锚点里的 last 或 hash 不对，请用导出的原文件。")
    return Mark(last, hash, at[:40])
