"""The demo centre: an invented passenger service centre with its people and its articles."""

from __future__ import annotations

from collections.abc import Iterator

from ..access import DEFAULT_ROLES
from .centre import BrokenDemo, NotADemo, fill
from .people import PASSWORD, PEOPLE, Member

__all__ = [
    "PASSWORD",
    "PEOPLE",
    "BrokenDemo",
    "Member",
    "NotADemo",
    "fill",
    "one_a_role",
    "sign_ins",
]


def one_a_role() -> Iterator[tuple[str, Member]]:
    """(name of the role, the person who shows it), in the order of the roles."""
    for role in DEFAULT_ROLES:
        yield role.name, next(member for member in PEOPLE if role.key in member.roles)


def sign_ins() -> str:
    """Who may sign in, one person a role, as lines for a terminal."""
    rows = [("角色", "工号", "密码", "姓名")]
    rows += [(role, member.number, PASSWORD, member.name) for role, member in one_a_role()]
    widths = (12, 10, 18, 0)
    return "\n".join(
        "  " + "".join(_wide(text, width) for text, width in zip(row, widths, strict=True))
        for row in rows
    )


def _wide(text: str, width: int) -> str:
    """The text padded to so many columns; a Chinese character takes two."""
    return text + " " * (width - sum(2 if ord(c) > 0x2E7F else 1 for c in text))
