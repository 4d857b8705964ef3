"""Recalling an answer: whoever used a withdrawn text is told, and confirms to know.

A recall is made with the withdrawal, in its unit of work. Who opens or copies the text even
afterwards, on a page left open, is added when that happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, Select, case, cast, func, select
from sqlalchemy.orm import Session, joinedload

from kb import gate, past
from kb.errors import NotFound
from kb.gate import EVERYTHING, Viewer
from kb.models import PUBLISHED, Article, Revision

from ..errors import InvalidInput
from .lock import hold
from .tables import COPIED, OPENED, Recall, RecallNotice, Trace

HOURS = 24
"""How far back use of a withdrawn text is looked for."""
LONGEST_REASON = 200
SHOWN_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is told: which text they used, how and when, and what holds instead.

    ``text`` is what was withdrawn, or None where it is not for them any more.
    """

    recall: Recall
    act: str
    used_at: datetime
    seen_at: datetime | None
    text: Revision | None
    instead: Revision | None


@dataclass(frozen=True, slots=True)
class Tally:
    """A recall as editors follow it: how many were told, had copied, and have confirmed."""

    recall: Recall
    told: int
    copied: int
    seen: int


# Withdrawing


def recall(
    session: Session,
    revision: Revision,
    by: int | None,
    at: datetime,
    *,
    reason: str = "",
    hours: int = HOURS,
) -> Recall:
    """Tell everybody who used this revision in the last ``hours`` that it does not hold.

    Twice for one revision within a minute is once: a form sent twice. Raises InvalidInput.
    """
    reason = " ".join(reason.split())
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", f"作废原因最长{LONGEST_REASON}个字，现在有{len(reason)}个字。")
    hold(session)  # what is being opened this moment is either seen here or sees the recall
    before = session.scalars(
        select(Recall).where(
            Recall.revision_id == revision.id, Recall.at > at - timedelta(minutes=1)
        )
    ).first()
    if before is not None:
        return before
    made = Recall(
        article_id=revision.article_id,
        revision_id=revision.id,
        at=at,
        by=by,
        reason=reason,
        since=at - timedelta(hours=hours),
    )
    session.add(made)
    session.flush()
    for person_id, copied_at, used_at in _users(session, revision.id, made.since):
        act, when = (COPIED, copied_at) if copied_at else (OPENED, used_at)
        notice = RecallNotice(recall_id=made.id, person_id=person_id, act=act, used_at=when)
        session.add(notice)
    session.flush()
    return made


def recall_of(session: Session, article: Article, at: datetime) -> Revision | None:
    """The revision that readers have before their eyes: what a withdrawal would recall.

    Of an article that just lost its text, the newest that had begun.
    """
    begun = [
        r
        for r in article.published
        if (r.effective_from is None or r.effective_from <= at)
        and (r.published_at is None or r.published_at <= at)
    ]
    return begun[-1] if begun else None


def _users(
    session: Session, revision_id: int, since: datetime
) -> Sequence[tuple[int, datetime | None, datetime]]:
    """(person, when they last copied it, when they last used it) since then."""
    copied = func.max(case((Trace.act == COPIED, Trace.at)))
    query = (
        select(Trace.person_id, copied, func.max(Trace.at))
        .where(
            Trace.revision_id == revision_id,
            Trace.at >= since,
            Trace.act.in_((OPENED, COPIED)),
        )
        .group_by(Trace.person_id)
        .order_by(Trace.person_id)
    )
    return [(person, last, used) for person, last, used in session.execute(query)]


def late(session: Session, traces: Sequence[Trace]) -> None:
    """Tell those who used a recalled text after all: a page left open, a race of moments."""
    used = [trace for trace in traces if trace.act in (OPENED, COPIED)]
    if not used:
        return
    ids = {trace.revision_id for trace in used}
    newest: dict[int, Recall] = {}
    found = session.scalars(select(Recall).where(Recall.revision_id.in_(ids)).order_by(Recall.id))
    for made in found:
        newest[made.revision_id] = made
    if not newest:
        return
    in_force = gate.admit(session, EVERYTHING, max(t.at for t in used), list(newest))
    for trace in used:
        made = newest.get(trace.revision_id)
        if made and trace.revision_id not in in_force:
            _tell(session, made, trace)


def _tell(session: Session, made: Recall, trace: Trace) -> None:
    notice = session.get(RecallNotice, (made.id, trace.person_id))
    if notice is None:
        notice = RecallNotice(
            recall_id=made.id, person_id=trace.person_id, act=trace.act, used_at=trace.at
        )
        session.add(notice)
        session.flush()
    elif trace.at > notice.used_at:
        notice.used_at, notice.seen_at = trace.at, None
        notice.act = COPIED if COPIED in (notice.act, trace.act) else OPENED


# Being told


def waiting(session: Session, person_id: int, viewer: Viewer, at: datetime) -> list[Notice]:
    """What the person has not confirmed yet, latest first."""
    return _notices(session, viewer, at, _of(person_id).where(RecallNotice.seen_at.is_(None)))


def all_of(session: Session, person_id: int, viewer: Viewer, at: datetime) -> list[Notice]:
    """Also what was confirmed."""
    return _notices(session, viewer, at, _of(person_id))


def count_waiting(session: Session, person_id: int) -> int:
    query = select(func.count()).where(
        RecallNotice.person_id == person_id, RecallNotice.seen_at.is_(None)
    )
    return session.scalar(query) or 0


def _of(person_id: int) -> Select[RecallNotice]:
    return (
        select(RecallNotice)
        .join(RecallNotice.recall)
        .options(
            joinedload(RecallNotice.recall).joinedload(Recall.revision),
            joinedload(RecallNotice.recall).joinedload(Recall.article),
        )
        .where(RecallNotice.person_id == person_id)
        .order_by(Recall.at.desc(), Recall.id.desc())
        .limit(SHOWN_AT_ONCE)
    )


def _notices(
    session: Session, viewer: Viewer, at: datetime, query: Select[RecallNotice]
) -> list[Notice]:
    found = session.scalars(query).all()
    instead = gate.in_force_of(session, viewer, at, [n.recall.article_id for n in found])
    texts = past.remembered(session, viewer, at, [n.recall.revision for n in found])
    return [
        Notice(
            n.recall,
            n.act,
            n.used_at,
            n.seen_at,
            n.recall.revision if n.recall.revision_id in texts else None,
            _other(instead.get(n.recall.article_id), n),
        )
        for n in found
    ]


def _other(revision: Revision | None, notice: RecallNotice) -> Revision | None:
    """What holds instead: a later text, not the one that was recalled."""
    recalled = notice.recall.revision
    return revision if revision and revision.number > recalled.number else None


def confirm(session: Session, person_id: int, recall_id: int, at: datetime) -> None:
    """The person knows. Raises NotFound for what they were not told."""
    notice = session.get(RecallNotice, (recall_id, person_id))
    if notice is None:
        raise NotFound("作废通知", str(recall_id))
    if notice.seen_at is None:
        notice.seen_at = at


def stamp(session: Session, at: datetime) -> str:
    """Changes when anybody is told, confirms, or uses a recalled text again."""
    query = select(
        func.count(), func.count(RecallNotice.seen_at), func.max(RecallNotice.used_at)
    ).select_from(RecallNotice)
    return "/".join(map(str, session.execute(query).one()))


# Following it


def tallies(session: Session, limit: int = 100) -> list[Tally]:
    """The latest recalls with how many were told, had copied, and have confirmed."""
    counts = (
        select(
            RecallNotice.recall_id,
            func.count().label("told"),
            func.sum(cast(RecallNotice.act == COPIED, Integer)).label("copied"),
            func.count(RecallNotice.seen_at).label("seen"),
        )
        .group_by(RecallNotice.recall_id)
        .subquery()
    )
    query = (
        select(Recall, counts.c.told, counts.c.copied, counts.c.seen)
        .outerjoin(counts, counts.c.recall_id == Recall.id)
        .options(joinedload(Recall.revision), joinedload(Recall.article))
        .order_by(Recall.at.desc(), Recall.id.desc())
        .limit(limit)
    )
    return [
        Tally(made, told or 0, copied or 0, seen or 0)
        for made, told, copied, seen in session.execute(query)
    ]


def told(session: Session, recall_id: int) -> list[RecallNotice]:
    """Who was told, those who have not confirmed first."""
    query = (
        select(RecallNotice)
        .where(RecallNotice.recall_id == recall_id)
        .order_by(RecallNotice.seen_at.is_not(None), RecallNotice.act, RecallNotice.used_at.desc())
    )
    return list(session.scalars(query))


# A page left open


def once_in_force(
    session: Session, person_id: int, viewer: Viewer, at: datetime, key: str, number: int
) -> Revision:
    """A published revision that has begun, whether it still holds or not: one this person may
    still be reminded of, or is known to have used.

    Raises NotFound. For noting what was done with it; its text must not be shown again.
    """
    query = (
        select(Revision)
        .join(Revision.article)
        .where(
            Article.key == key,
            Revision.number == number,
            Revision.state == PUBLISHED,
            Revision.published_at <= at,
        )
    )
    found = session.scalars(query.options(joinedload(Revision.article))).one_or_none()
    begun = found and (found.effective_from is None or found.effective_from <= at)
    if found is None or not begun:
        raise NotFound("文章", key)
    if not past.remembered(session, viewer, at, [found]) and not _used(session, person_id, found):
        raise NotFound("文章", key)
    return found


def _used(session: Session, person_id: int, revision: Revision) -> bool:
    query = select(Trace.id).where(Trace.person_id == person_id, Trace.revision_id == revision.id)
    return session.scalar(query.limit(1)) is not None


def stale(session: Session, viewer: Viewer, at: datetime, revision: Revision) -> str:
    """What to say to somebody who copied a text that does not hold any more."""
    known = past.remembered(session, viewer, at, [revision])
    title = f"《{revision.title}》" if known else "您复制的文章"
    return f"{title}第{revision.number}版已不再生效，请不要照它答复；请重新检索。"
