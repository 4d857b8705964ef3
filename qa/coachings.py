"""Coaching: something to practise, given to an agent, answered by him, closed with its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled

from .drafts import words
from .following import LONGEST, said
from .reviews import COUNTING, rubric_of
from .tables import Coaching, Review

LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of the agent; ``review`` and ``item`` say what it comes from."""

    title: str
    text: str = ""
    due_at: datetime | None = None
    review: Review | None = None
    item: str = ""
    article_key: str = ""


def give(session: Session, agent: int, task: Task, *, by: int, at: datetime) -> Coaching:
    """Raises InvalidContent."""
    title = said(task.title, "title", "请写明要练什么。", LONGEST_TITLE)
    text = words(task.text, "text", LONGEST)
    if agent == by:
        raise InvalidContent("agent", "辅导任务要布置给别人，不能给自己。")
    if task.due_at is not None and task.due_at <= at:
        raise InvalidContent("due_at", "期限要晚于现在。")
    _fits(agent, task)
    made = Coaching(
        agent_id=agent,
        coach_id=by,
        review_id=task.review.id if task.review else None,
        item=task.item,
        article_key=task.article_key[:200],
        title=" ".join(title.split()),
        text=text,
        due_at=task.due_at,
        created_at=at,
        reply="",
        outcome="",
    )
    session.add(made)
    session.flush()
    return made


def _fits(agent: int, task: Task) -> None:
    if task.review is None:
        if task.item:
            raise InvalidContent("item", "评分项要和它的成绩一起选。")
        return
    review = task.review
    counts = review.state == "finished" and review.purpose in COUNTING
    if not counts or review.call.agent_id != agent:
        raise InvalidContent("review", "这个成绩不是这位座席的，或者还没有完成。")
    if task.item and rubric_of(review.version).item(task.item) is None:
        raise InvalidContent("item", "评分表里没有这一项。")


def get(session: Session, id: int) -> Coaching:
    """Raises NotFound."""
    found = session.get(Coaching, id) if 0 < id < 2**31 else None
    if found is None:
        raise NotFound("辅导", str(id))
    return found


def hold(session: Session, id: int) -> Coaching:
    """The task, kept from other writers. Raises NotFound."""
    get(session, id)
    query = select(Coaching).where(Coaching.id == id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def acknowledge(session: Session, task: Coaching, reply: str, *, by: int, at: datetime) -> None:
    """The agent's answer, once; the same again does no harm. Raises NotFound, Settled."""
    if task.agent_id != by:
        raise NotFound("辅导", str(task.id))
    reply = said(reply, "reply", "请写一两句：您打算怎么做，或者有什么疑问。")
    if task.acknowledged_at is not None:
        if reply != task.reply:
            raise Settled("您已经回复过这项辅导。还有话要说，请直接告诉辅导人。")
        return
    if task.closed_at is not None:
        raise Settled("这项辅导已经了结。")
    task.acknowledged_at, task.reply = at, reply
    session.flush()


def close(session: Session, task: Coaching, outcome: str, *, by: int, at: datetime) -> None:
    """Whoever may coach this agent ends it. Raises InvalidContent, Settled."""
    if task.closed_at is not None:
        raise Settled("这项辅导已经了结。")
    if task.agent_id == by:
        raise Settled("辅导要由辅导人来了结。")
    task.outcome = said(outcome, "outcome", "请写明结果：练得怎样，还要不要再看。")
    task.closed_at, task.closed_by = at, by
    session.flush()


def of(
    session: Session,
    agents: Sequence[int] | None,
    *,
    open: bool,
    offset: int = 0,
    limit: int = 50,
) -> tuple[int, list[Coaching]]:
    """Tasks of these agents (None: of all): open ones by due date, closed ones newest first."""
    parts = [Coaching.closed_at.is_(None) if open else Coaching.closed_at.is_not(None)]
    if agents is not None:
        parts.append(Coaching.agent_id.in_(list(agents)))
    total = session.scalar(select(func.count(Coaching.id)).where(and_(*parts))) or 0
    order = (
        (Coaching.due_at.is_(None), Coaching.due_at, Coaching.id)
        if open
        else (Coaching.closed_at.desc(), Coaching.id.desc())
    )
    query = select(Coaching).where(*parts).order_by(*order)
    return total, list(session.scalars(query.offset(offset).limit(limit)))


def overdue(task: Coaching, at: datetime) -> bool:
    """Not answered in time, or answered and still open after it."""
    return task.closed_at is None and task.due_at is not None and at >= task.due_at
