"""Essays and those who mark them: question by question, one answer at a time.

A marker holds an answer for a while under a token that tells nothing of whose it is. Nobody
marks twice, nobody marks their own; the second marker does not learn of the first. When the last
answer of an attempt is decided, it is graded again.

Functions flush and never commit.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled

from . import gradings
from .exact import share
from .grade import ZERO
from .kept import parts
from .tables import (
    Attempt,
    AttemptQuestion,
    EssayClaim,
    EssayMark,
    Exam,
    Grading,
    QuestionVersion,
)
from .totals import Mark, mean_of, number

LEASE = timedelta(minutes=20)
"""A long answer is read and marked in less; after it somebody else is given the answer."""

UNDO = timedelta(minutes=15)
"""How long the last mark can be taken back."""

LONGEST = 2000
"""Characters of a marker's words."""


@dataclass(frozen=True, slots=True)
class Given:
    """A mark as the pile keeps it."""

    marker_id: int
    mark: Mark


@dataclass(slots=True)
class Answer:
    """An answer that is not decided yet. ``held``: who has it before them."""

    id: int
    exam_id: int
    version_id: int
    person_id: int
    double: bool
    marks: list[Given] = field(default_factory=list)
    held: set[int] = field(default_factory=set)

    @property
    def decided(self) -> bool:
        return mean_of([given.mark for given in self.marks], self.double) is not None

    @property
    def to_settle(self) -> bool:
        """Its markers are too far apart."""
        return not self.decided and len(self.marks) >= self._wanted

    @property
    def _wanted(self) -> int:
        return 2 if self.double else 1

    def open_to(self, marker_id: int) -> bool:
        """This marker may be given it now, to mark or to settle."""
        if self.person_id == marker_id or self.decided or self.marked_by(marker_id):
            return False
        others = len(self.held - {marker_id})
        return others == 0 if self.to_settle else len(self.marks) + others < self._wanted

    def marked_by(self, marker_id: int) -> bool:
        return any(given.marker_id == marker_id for given in self.marks)

    def place(self) -> tuple[int, str]:
        """Where it stands in the pile: begun ones first, else in an order that tells nothing."""
        mixed = hashlib.sha256(f"{self.version_id}:{self.id}".encode()).hexdigest()
        return -len(self.marks), mixed


@dataclass(frozen=True, slots=True)
class Pile:
    """The answers to one question of one exam, as one marker sees them.

    ``decided`` of ``total``; ``open`` and ``settle`` are those this marker may be given.
    ``mine``: how many they have marked.
    """

    exam: Exam
    version: QuestionVersion
    total: int
    decided: int
    open: int
    settle: int
    mine: int

    @property
    def waiting(self) -> int:
        return self.total - self.decided


def piles(session: Session, marker_id: int, at: datetime) -> list[Pile]:
    """Every pile that has an answer, those with open answers first, then the newest exams."""
    counts = _marked(session, marker_id)
    waiting: dict[tuple[int, int], list[Answer]] = {}
    for answer in _answers(session, at):
        waiting.setdefault((answer.exam_id, answer.version_id), []).append(answer)
    found = [
        _pile(session, key, waiting.get(key, ()), counts.get(key, (0, 0)), marker_id)
        for key in waiting.keys() | counts.keys()
    ]
    return sorted(found, key=lambda p: (not p.waiting, -p.exam.id, p.version.id))


def pile(session: Session, exam_id: int, version_id: int, marker_id: int, at: datetime) -> Pile:
    """One of them. Raises NotFound."""
    key = (exam_id, version_id)
    answers = [a for a in _answers(session, at, exam_id) if a.version_id == version_id]
    counts = _marked(session, marker_id, exam_id).get(key)
    if not answers and counts is None:
        raise NotFound("要评的题", f"{exam_id}-{version_id}")
    return _pile(session, key, answers, counts or (0, 0), marker_id)


def _pile(
    session: Session,
    key: tuple[int, int],
    answers: Sequence[Answer],
    counts: tuple[int, int],
    marker_id: int,
) -> Pile:
    """``counts``: how many answers have a mark of anybody, and of this marker."""
    begun, mine = counts
    undecided = [answer for answer in answers if not answer.decided]
    finished = begun - sum(1 for answer in undecided if answer.marks)
    free = [answer for answer in undecided if answer.open_to(marker_id)]
    return Pile(
        session.get_one(Exam, key[0]),
        session.get_one(QuestionVersion, key[1]),
        finished + len(undecided),
        finished,
        sum(1 for answer in free if not answer.to_settle),
        sum(1 for answer in free if answer.to_settle),
        mine,
    )


def _marked(
    session: Session, marker_id: int, exam_id: int | None = None
) -> dict[tuple[int, int], tuple[int, int]]:
    """{(exam, version): (answers with a mark, of them with one of this marker)}"""
    mine = func.count(func.distinct(EssayMark.question_id)).filter(EssayMark.marker_id == marker_id)
    query = (
        select(
            Attempt.exam_id,
            AttemptQuestion.version_id,
            func.count(func.distinct(EssayMark.question_id)),
            mine,
        )
        .join(AttemptQuestion, AttemptQuestion.id == EssayMark.question_id)
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .join(Exam, Exam.id == Attempt.exam_id)
        .where(Exam.cancelled_at.is_(None))
        .group_by(Attempt.exam_id, AttemptQuestion.version_id)
    )
    if exam_id is not None:
        query = query.where(Attempt.exam_id == exam_id)
    return {(exam, version): (n, own) for exam, version, n, own in session.execute(query)}


# What waits


def _answers(session: Session, at: datetime, exam_id: int | None = None) -> list[Answer]:
    """The answers of attempts whose grading waits for markers."""
    query = (
        select(Attempt.id, Attempt.exam_id, Attempt.person_id, Exam.double, Grading.details)
        .join(Exam, Exam.id == Attempt.exam_id)
        .join(Grading, (Grading.attempt_id == Attempt.id) & (Grading.number == Attempt.graded))
        .where(Grading.complete.is_(False), Exam.cancelled_at.is_(None))
    )
    if exam_id is not None:
        query = query.where(Attempt.exam_id == exam_id)
    attempts = {row.id: row for row in session.execute(query)}
    found: dict[int, Answer] = {}
    for row in _places(session, attempts):
        attempt = attempts[row.attempt_id]
        if attempt.details.get(str(row.position), {}).get("needs_marking"):
            found[row.id] = Answer(
                row.id, attempt.exam_id, row.version_id, attempt.person_id, attempt.double
            )
    _add_marks(session, found)
    _add_claims(session, found, at)
    return list(found.values())


def _places(session: Session, attempt_ids: Collection[int]) -> Iterator[Row[int, int, int, int]]:
    """Rows of id, attempt_id, position, version_id: answers may be long, and are not needed."""
    query = select(
        AttemptQuestion.id,
        AttemptQuestion.attempt_id,
        AttemptQuestion.position,
        AttemptQuestion.version_id,
    )
    for part in parts(attempt_ids):
        yield from session.execute(query.where(AttemptQuestion.attempt_id.in_(part)))


def _add_marks(session: Session, answers: Mapping[int, Answer]) -> None:
    for part in parts(answers):
        query = select(EssayMark).where(EssayMark.question_id.in_(part)).order_by(EssayMark.id)
        for row in session.scalars(query):
            mark = Mark(share(row.fraction) or ZERO, row.words, row.settles)
            answers[row.question_id].marks.append(Given(row.marker_id, mark))


def _add_claims(session: Session, answers: Mapping[int, Answer], at: datetime) -> None:
    for part in parts(answers):
        query = select(EssayClaim.question_id, EssayClaim.marker_id)
        rows = session.execute(query.where(EssayClaim.question_id.in_(part), EssayClaim.until > at))
        for id, marker_id in rows:
            answers[id].held.add(marker_id)


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
        for answer in _answers(session, at, exam_id)
        if answer.version_id == version_id
        and answer.to_settle == settle
        and answer.open_to(marker_id)
    ]
    wanted.sort(key=Answer.place)
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


def _hold(session: Session, id: int, at: datetime) -> Answer | None:
    """The answer as it now is, its attempt kept from other markers until the transaction ends;
    None where it waits for nobody."""
    attempt_id = session.scalar(select(AttemptQuestion.attempt_id).where(AttemptQuestion.id == id))
    session.execute(select(Attempt.id).where(Attempt.id == attempt_id).with_for_update())
    exam_id = session.scalar(select(Attempt.exam_id).where(Attempt.id == attempt_id))
    if exam_id is None:
        return None
    return next((a for a in _of_attempt(session, attempt_id or 0, at) if a.id == id), None)


def _of_attempt(session: Session, attempt_id: int, at: datetime) -> list[Answer]:
    """The answers of one attempt that its grading leaves to markers."""
    attempt = session.get_one(Attempt, attempt_id, populate_existing=True)
    grading = gradings.current(session, attempt)
    details = grading.details if grading else {}
    found = {
        row.id: Answer(
            row.id, attempt.exam_id, row.version_id, attempt.person_id, attempt.exam.double
        )
        for row in _places(session, [attempt_id])
        if details.get(str(row.position), {}).get("needs_marking")
    }
    _add_marks(session, found)
    _add_claims(session, found, at)
    return list(found.values())


def held(session: Session, token: str, marker_id: int) -> tuple[EssayClaim, AttemptQuestion]:
    """What a token stands for, for the marker who was given it. Raises NotFound."""
    found = session.get(EssayClaim, token[:40])
    if found is None or found.marker_id != marker_id:
        raise NotFound("要评的答案", token[:40])
    return found, session.get_one(AttemptQuestion, found.question_id)


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
    if all(answer.decided for answer in _of_attempt(session, attempt_id, at)):
        attempt = session.get_one(Attempt, attempt_id)
        gradings.grade(session, attempt, at, cause="marking", by=marker_id)


def last_mark(session: Session, marker_id: int, at: datetime) -> EssayMark | None:
    """The mark that this marker can still take back."""
    query = select(EssayMark).where(EssayMark.marker_id == marker_id, EssayMark.at > at - UNDO)
    found = session.scalars(query.order_by(EssayMark.at.desc(), EssayMark.id.desc())).first()
    if found is None or (not found.settles and _settled(session, found.question_id)):
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
