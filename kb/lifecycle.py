"""The life of a text, as one table: in which state who may do what, and what it becomes.

    ""          nothing yet; what begins is a draft
    draft       written, seen by editors alone
    review      somebody was asked to look at it; it may be put right meanwhile
    approved    fit to be published, as it stands: another word makes it a draft again
    scheduled   published for a later moment; nobody sees it before
    published   frozen; a change is a new draft
    urgent      published without review, because it could not wait; waits for one since
    taken_back  an urgent one that did not pass: the text before it is in force again

Pure. Who approves must not have written: ``kb.reviews`` sees to that, as it knows the people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .errors import OutOfTurn

STATES: Mapping[str, str] = MappingProxyType(
    {
        "draft": "草稿",
        "review": "审核中",
        "approved": "已通过，待发布",
        "scheduled": "已定时发布",
        "published": "已发布",
        "urgent": "已紧急发布，待补审",
        "taken_back": "已撤回",
    }
)

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "write": "修改",
        "discard": "丢弃",
        "submit": "送审",
        "withdraw": "撤回送审",
        "approve": "通过",
        "send_back": "退回",
        "publish": "发布",
        "schedule": "定时发布",
        "unschedule": "取消定时",
        "arrive": "到时",
        "vouch": "直接发布",
        "publish_urgently": "紧急发布",
        "take_back": "撤回",
    }
)

CLOCK = "clock"
"""The permission of what nobody does: the moment comes."""


@dataclass(frozen=True, slots=True)
class Step:
    """From ``state``, who holds ``permission`` may take ``action``; it is ``becomes`` then."""

    state: str
    action: str
    permission: str
    becomes: str


TABLE: tuple[Step, ...] = (
    Step("", "write", "kb.write", "draft"),
    Step("draft", "write", "kb.write", "draft"),
    Step("draft", "discard", "kb.write", ""),
    Step("draft", "submit", "kb.write", "review"),
    Step("draft", "vouch", "kb.publish", "published"),
    Step("draft", "publish_urgently", "kb.publish_urgent", "urgent"),
    Step("review", "write", "kb.write", "review"),
    Step("review", "discard", "kb.write", ""),
    Step("review", "withdraw", "kb.write", "draft"),
    Step("review", "approve", "kb.review", "approved"),
    Step("review", "send_back", "kb.review", "draft"),
    Step("review", "vouch", "kb.publish", "published"),
    Step("review", "publish_urgently", "kb.publish_urgent", "urgent"),
    Step("approved", "write", "kb.write", "draft"),
    Step("approved", "discard", "kb.write", ""),
    Step("approved", "send_back", "kb.review", "draft"),
    Step("approved", "publish", "kb.publish", "published"),
    Step("approved", "schedule", "kb.publish", "scheduled"),
    Step("scheduled", "unschedule", "kb.publish", "approved"),
    Step("scheduled", "arrive", CLOCK, "published"),
    Step("urgent", "approve", "kb.review", "published"),
    Step("urgent", "take_back", "kb.review", "taken_back"),
)

VOUCHING = frozenset({"approve", "vouch", "publish_urgently"})
"""The actions by which somebody answers for a text. Nothing is published without one of them;
``vouch`` is the word of those who may publish: recorded, and forbidden for their own texts where
the centre asks for four eyes."""

OUT = frozenset({"scheduled", "published", "urgent"})
"""States in which a text is, or will be, before the agents."""


def step(state: str, action: str) -> Step:
    """The line of the table; raises OutOfTurn where there is none."""
    for line in TABLE:
        if line.state == state and line.action == action:
            return line
    raise OutOfTurn(STATES.get(state, "不存在"), ACTIONS.get(action, action))


def open_to(state: str, permissions: Collection[str]) -> frozenset[str]:
    """What somebody with these permissions may do with a text in that state."""
    return frozenset(
        line.action for line in TABLE if line.state == state and line.permission in permissions
    )
