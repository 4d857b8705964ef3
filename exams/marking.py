"""Essays and those who mark them: question by question, one answer at a time.

A marker holds an answer for a while under a token that tells nothing of whose it is. Nobody
marks twice, nobody marks their own; the second marker does not learn of the first. When the last
answer of an attempt is decided, it is graded again.

Functions flush and never commit.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled

from . import gradings, piles
from .tables import (
    Attempt,
    AttemptQuestion,
    EssayClaim,
    EssayMark,
    Exam,
)
from .totals import number

LEASE = timedelta(minutes=20)
"""A long answer is read and marked in less; after it somebody else is given the answer."""

UNDO = timedelta(minutes=15)
"""How long the last mark can be taken back."""

LONGEST = 2000
"""Characters of a marker's words."""


# Holding an answer


def claim(
    session: Session,
    exam_id: int,
    version_id: int,
    marker_id: int,
    at: datetime,
    *,
    settle: bool = False,
    after: int | None = None,
) -> EssayClaim | None:
    """The next answer of a pile for this marker; None when there is none.

    The one they hold is given again. ``settle``: one whose markers are too far apart.
    ``after``: the answer they passed over; the search goes on behind it.
    """
    wanted = [
        answer
        for answer in piles.open_answers(session, at, exam_id)
        if answer.version_id == version_id
        and answer.to_settle == settle
        and answer.open_to(marker_id)
    ]
    wanted.sort(key=piles.Answer.place)
    wanted.sort(key=lambda answer: marker_id not in answer.held)
    passed = next((n for n, answer in enumerate(wanted) if answer.id == after), None)
    if passed is not None:
        wanted = wanted[passed + 1 :] + wanted[: passed + 1]
    for answer in wanted:
        if made := _take(session, answer.id, marker_id, at):
            return made
    return None


def _take(session: Session, id: int, marker_id: int, at: datetime) -> EssayClaim | None:
    """Hold the answer, if it is still free once nobody else can take it."""
    answer = _hold(session, id, at)
    if answer is None or not answer.open_to(marker_id):
        return None
    query = select(EssayClaim).where(
        EssayClaim.question_id == id, EssayClaim.marker_id == marker_id
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        found = EssayClaim(token=secrets.token_urlsafe(18), question_id=id, marker_id=marker_id)
        session.add(found)
    found.until = at + LEASE
    session.flush()
    return found


def _hold(session: Session, id: int, at: datetime) -> piles.Answer | None:
    """The answer as it now is, its attempt kept from other markers until the transaction ends;
    None where it waits for nobody."""
    attempt_id = session.scalar(select(AttemptQuestion.attempt_id).where(AttemptQuestion.id == id))
    session.execute(select(Attempt.id).where(Attempt.id == attempt_id).with_for_update())
    exam_id = session.scalar(select(Attempt.exam_id).where(Attempt.id == attempt_id))
    if exam_id is None:
        return None
    return next((a for a in piles.of_attempt(session, attempt_id or 0, at) if a.id == id), None)


def held(session: Session, token: str, marker_id: int) -> tuple[EssayClaim, AttemptQuestion]:
    """What a token stands for, for the marker who was given it. Raises NotFound, also where the
    exam was cancelled meanwhile."""
    found = session.get(EssayClaim, token[:40])
    if found is None or found.marker_id != marker_id or _cancelled(session, found.question_id):
        raise NotFound("要评的答案", token[:40])
    return found, session.get_one(AttemptQuestion, found.question_id)


def _cancelled(session: Session, question_id: int) -> bool:
    query = select(Exam.cancelled_at).join(Attempt).join(AttemptQuestion)
    return session.scalar(query.where(AttemptQuestion.id == question_id)) is not None


def put_back(session: Session, token: str, marker_id: int) -> AttemptQuestion:
    """The marker does not want this one now."""
    found, answer = held(session, token, marker_id)
    session.delete(found)
    session.flush()
    return answer


# Marking


def mark(
    session: Session, token: str, marker_id: int, fraction: Fraction, words: str, at: datetime
) -> EssayMark:
    """Give a share of the points, 0…1; where it was the last one, the attempt is graded.

    Raises InvalidContent, NotFound for a token of nobody's (a form sent twice), Settled where
    others have decided the answer meanwhile.
    """
    if not 0 <= fraction <= 1:
        raise InvalidContent("points", "得分不能小于 0，也不能超过满分。")
    if len(words) > LONGEST:
        raise InvalidContent("words", f"评语最多 {LONGEST} 个字，现在有 {len(words)} 个。")
    found, row = held(session, token, marker_id)
    answer = _hold(session, row.id, at)
    if answer is None or not answer.open_to(marker_id):
        session.delete(found)
        session.flush()
        raise Settled("这份答案放得太久，已经由别人评过。您这次给的分没有记下，请接着评下一份。")
    made = EssayMark(
        question_id=row.id,
        marker_id=marker_id,
        fraction=number(fraction),
        words=words.strip(),
        settles=answer.to_settle,
        at=at,
    )
    session.add(made)
    session.delete(found)
    session.flush()
    _grade_when_decided(session, row.attempt_id, marker_id, at)
    return made


def _grade_when_decided(session: Session, attempt_id: int, marker_id: int, at: datetime) -> None:
    if all(answer.decided for answer in piles.of_attempt(session, attempt_id, at)):
        attempt = session.get_one(Attempt, attempt_id)
        gradings.grade(session, attempt, at, cause="marking", by=marker_id)


def last_mark(session: Session, marker_id: int, at: datetime) -> EssayMark | None:
    """The mark that this marker can still take back."""
    query = select(EssayMark).where(EssayMark.marker_id == marker_id, EssayMark.at > at - UNDO)
    found = session.scalars(query.order_by(EssayMark.at.desc(), EssayMark.id.desc())).first()
    if found is None or (not found.settles and _settled(session, found.question_id)):
        return None
    if _cancelled(session, found.question_id):
        return None
    return found


def _settled(session: Session, question_id: int) -> bool:
    query = select(EssayMark.id).where(EssayMark.question_id == question_id, EssayMark.settles)
    return session.scalar(query.limit(1)) is not None


def undo(session: Session, marker_id: int, at: datetime) -> tuple[EssayMark, EssayClaim]:
    """Take the last mark back and hold its answer again; a grading it completed is followed by
    one that waits. Raises Settled where there is none to take back."""
    found = last_mark(session, marker_id, at)
    if found is None:
        minutes = int(UNDO.total_seconds() // 60)
        raise Settled(f"没有可以撤回的分：只能撤回 {minutes} 分钟内评的最后一份。")
    row = session.get_one(AttemptQuestion, found.question_id)
    session.execute(select(Attempt.id).where(Attempt.id == row.attempt_id).with_for_update())
    session.delete(found)
    made = EssayClaim(
        token=secrets.token_urlsafe(18),
        question_id=row.id,
        marker_id=marker_id,
        until=at + LEASE,
    )
    session.add(made)
    session.flush()
    _grade_again(session, row, marker_id, at)
    return found, made


def _grade_again(session: Session, row: AttemptQuestion, marker_id: int, at: datetime) -> None:
    """Where the mark that was taken back stands in the grading already, one that waits follows."""
    attempt = session.get_one(Attempt, row.attempt_id, populate_existing=True)
    grading = gradings.current(session, attempt)
    found = grading.details.get(str(row.position), {}) if grading else {}
    if not found.get("needs_marking"):
        reason = "阅卷人收回了评分"
        gradings.grade(session, attempt, at, cause="marking", by=marker_id, reason=reason)


def marks_of(session: Session, question_id: int) -> list[EssayMark]:
    """What markers gave an answer, for whoever settles it."""
    query = select(EssayMark).where(EssayMark.question_id == question_id)
    return list(session.scalars(query.order_by(EssayMark.id)))
