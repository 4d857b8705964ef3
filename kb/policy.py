"""The centre's rules for keeping its knowledge in order, each a number; unset ones are default."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from .errors import InvalidContent
from .models import Policy

FOUR_EYES = "four_eyes"
MOST_DAYS = 3650

DEFAULTS: Mapping[str, int] = MappingProxyType(
    {
        FOUR_EYES: 0,
        "verify.regulation": 90,
        "verify.faq": 180,
        "verify.notice": 0,
        "verify.script": 180,
        "verify.article": 365,
    }
)
"""``four_eyes`` 1: nobody publishes unreviewed what they wrote themselves. ``verify.<kind>``:
after how many days a text of that kind is to be confirmed again; 0 = never. A notice ends by
itself; a regulation is what callers hold us to."""


def load(session: Session) -> dict[str, int]:
    """Every rule as it stands."""
    kept = {row.name: row.value for row in session.scalars(select(Policy))}
    return {name: kept.get(name, default) for name, default in DEFAULTS.items()}


def four_eyes(session: Session) -> bool:
    kept = session.get(Policy, FOUR_EYES)
    return bool(kept.value if kept is not None else DEFAULTS[FOUR_EYES])


def put(session: Session, name: str, value: int) -> None:
    """Set a rule. Raises InvalidContent for a number that makes no sense."""
    if name not in DEFAULTS:
        raise InvalidContent(name, "没有这条规则。")
    most = 1 if name == FOUR_EYES else MOST_DAYS
    if not 0 <= value <= most:
        raise InvalidContent(name, f"请填 0 到 {most} 的整数，0 表示不核对。")
    kept = session.get(Policy, name)
    if kept is None:
        session.add(Policy(name=name, value=value))
    elif kept.value != value:
        kept.value = value
    session.flush()
