"""What open pages and the start page tell of scores: to agents, deciders, leads and coaches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.gate import Viewer
from qa import appeals, coachings, standing
from qa.tables import Appeal, Coaching, Recheck, Review, Score

from . import scored
from .access import permissions_of
from .models import Person
from .pages import moment
from .pulse_items import Item
from .qa_ties import ties

TOLD_AT_ONCE = 3
"""Scores that are told at once; the rest wait on their page."""


def sentence(session: Session, review: Review) -> str:
    """What is new of one review, for its agent."""
    made = review.score
    assert made is not None
    call = f"您 {moment(review.call.started_at)} 的通话"
    if review.told == 0 and made.number == 1:
        return f"{call}评了 {scored.points(made.reported)} 分，可以听录音、确认，也可以申诉"
    if review.told < made.number:
        before = next((s for s in reversed(review.scores) if s.number < made.number), made)
        change = f"{scored.points(before.reported)} → {scored.points(made.reported)}"
        return f"{call}{scored.CAUSES[made.cause]}：{change}"
    decided = [a for a in appeals.of_review(session, review) if a.decided_by and not a.told_at]
    words = "成立，成绩不变" if any(a.state == appeals.UPHELD for a in decided) else "不成立"
    return f"{call}的申诉有了裁定：{words}"


def items(
    session: Session, person: Person, viewer: Viewer, at: datetime, since: datetime | None
) -> list[Item]:
    """Scores and decisions the agent has not taken note of, and coaching that waits."""
    if "qa.own" not in permissions_of(person):
        return []
    return [
        *(_score(session, review) for review in standing.news(session, person.id)[:TOLD_AT_ONCE]),
        *(_task(task, at) for task in waiting_tasks(session, person.id)),
    ]


def _score(session: Session, review: Review) -> Item:
    decided = sum(bool(a.decided_by) for a in appeals.of_review(session, review))
    return Item(
        key=f"score:{review.id}:{review.scored}:{decided}",
        kind="成绩",
        sentence=sentence(session, review),
        link=("看成绩", url_for("my_scores.show", id=review.id)),
        confirm=url_for("my_scores.note", id=review.id),
    )


def _task(task: Coaching, at: datetime) -> Item:
    late = coachings.overdue(task, at)
    due = f"，期限 {moment(task.due_at)}" if task.due_at else ""
    return Item(
        key=f"coaching:{task.id}:{'late' if late else 'new'}",
        kind="辅导",
        sentence=f"{task.title}{'，已过期限' if late else due}",
        link=("去回复", url_for("my_scores.listing", _anchor="coaching")),
    )


def waiting_tasks(session: Session, agent: int) -> list[Coaching]:
    """Coaching the agent has not answered."""
    _, tasks = coachings.of(session, [agent], open=True)
    return [task for task in tasks if task.acknowledged_at is None]


def stamp(session: Session, at: datetime) -> str:
    """Changes with every score, decision, task, and whatever anybody takes note of."""
    late = (Coaching.due_at <= at, Coaching.closed_at.is_(None))
    parts = (
        select(func.max(Score.id)),
        select(func.max(Review.told_at)),
        select(func.max(Appeal.decided_at)),
        select(func.max(Coaching.id)),
        select(func.max(Coaching.acknowledged_at)),
        select(func.max(Coaching.closed_at)),
        select(func.count(Coaching.id)).where(*late),
    )
    row = session.execute(select(*(part.scalar_subquery() for part in parts))).one()
    return ",".join(map(str, row))


# The start page


def to_judge(session: Session, person: Person) -> list[Appeal]:
    """Appeals that wait and that this person may judge, the longest waiting first."""
    mine = ties(session, person)
    _, found = appeals.queue(session, limit=200)
    return [a for a in found if appeals.may_judge(a.review, a.score, person.id, mine)]


def to_settle(session: Session, person: Person) -> Sequence[Review]:
    """Second looks that are finished and undecided, and that this person may decide."""
    query = (
        select(Review)
        .outerjoin(Recheck, Recheck.review_id == Review.id)
        .where(
            Review.purpose == "recheck",
            Review.state == "finished",
            Recheck.id.is_(None),
            Review.inspector_id != person.id,
        )
        .order_by(Review.finished_at)
    )
    return session.scalars(query.limit(200)).unique().all()


def to_close(session: Session, person: Person, at: datetime) -> list[Coaching]:
    """Tasks this person gave that were answered or are overdue."""
    query = select(Coaching).where(Coaching.coach_id == person.id, Coaching.closed_at.is_(None))
    found = session.scalars(query.order_by(Coaching.due_at.is_(None), Coaching.due_at, Coaching.id))
    return [t for t in found if t.acknowledged_at is not None or coachings.overdue(t, at)]
