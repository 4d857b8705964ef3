"""One thing said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Role = Literal["agent", "customer"]

_ROLES: dict[str, Role] = {
    **dict.fromkeys(("agent", "座席", "座席", "客服", "话务员", "客服专员", "客服代表"), "agent"),
    **dict.fromkeys(("internal", "operator", "representative"), "agent"),
    **dict.fromkeys(("customer", "客户", "顾客", "旅客", "用户", "来电人"), "customer"),
    **dict.fromkeys(("external", "caller"), "customer"),
}
_SAID_BY = re.compile(r"\s*([^\s:：]{1,20})\s*[:：]\s*(?=\S)")


@dataclass(frozen=True, slots=True)
class Utterance:
    """``text`` from ``start`` to ``end`` (seconds), by ``role`` (None = the file does not say)."""

    start: Fraction
    end: Fraction
    text: str
    role: Role | None = None


def role_of(name: object) -> Role | None:
    """The role a speaker's label means: AGENT, 座席, 客户, agent_1."""
    if not isinstance(name, str):
        return None
    return _ROLES.get(re.sub(r"[\s_#-]*\d*$", "", name.strip()).lower())


def said_by(text: str) -> tuple[Role | None, str]:
    """The role and the rest of a line such as 座席：您好; other lines as they are."""
    found = _SAID_BY.match(text)
    role = role_of(found[1]) if found else None
    return (role, text[found.end() :].strip()) if found and role else (None, text.strip())
