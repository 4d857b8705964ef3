"""Looking into the bank: what is wanted, who may see it, how often it was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select, true
from sqlalchemy.orm import Session, aliased, selectinload

from kb.database import LARGEST_ID
from kb.errors import NotFound
from kb.gate import Viewer, lists
from kb.text import fold

from .kept import ASKABLE, parts
from .tables.attempts import Attempt, AttemptQuestion
from .tables.bank import BankQuestion, QuestionTopic, QuestionVersion
from .tables.practice import PracticeAnswer

MOST_WORDS = 8
"""What a column of ids holds; a larger number is nobody's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the bank is narrowed to; '' does not narrow. ``topic`` includes its branches."""

    text: str = ""
    state: str = ""
    kind: str = ""
    difficulty: str = ""
    topic: str = ""
    grade: str = ""
    article: str = ""
    stale: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the bank; ``total`` counts all that was found."""

    rows: Sequence[BankQuestion]
    total: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How often a question stood in attempts, was practised, and when it was last asked."""

    attempts: int = 0
    practised: int = 0
    last: datetime | None = None


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """SQL: the viewer may read what ``BankQuestion`` rests on."""
    if viewer.audiences is None:
        return true()
    named = [lists(BankQuestion.audiences, name) for name in viewer.audiences]
    return or_(cast(BankQuestion.audiences, Text) == "[]", *named)


def seen(session: Session, viewer: Viewer, id: int) -> BankQuestion:
    """A question with its versions. Raises NotFound, as for one that is not there."""
    if not 0 < id <= LARGEST_ID:
        raise NotFound("试题", "?")
    query = select(BankQuestion).where(BankQuestion.id == id, visible(viewer))
    found = session.scalars(query.options(selectinload(BankQuestion.versions))).one_or_none()
    if found is None:
        raise NotFound("试题", str(id))
    return found


def hold(session: Session, viewer: Viewer, id: int) -> BankQuestion:
    """The same, kept from other writers until the transaction ends."""
    if 0 < id <= LARGEST_ID:
        session.execute(select(BankQuestion.id).where(BankQuestion.id == id).with_for_update())
    return seen(session, viewer, id)


def of_versions(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, BankQuestion]:
    """{id of a version: its question with all versions} of those the viewer may see."""
    found: dict[int, BankQuestion] = {}
    for part in parts(ids):
        holds = BankQuestion.versions.any(QuestionVersion.id.in_(part))
        query = select(BankQuestion).where(holds, visible(viewer))
        rows = session.scalars(query.options(selectinload(BankQuestion.versions)))
        found |= {v.id: row for row in rows for v in row.versions if v.id in part}
    return found


def search(
    session: Session, viewer: Viewer, wanted: Wanted, *, offset: int = 0, limit: int = 50
) -> Found:
    """What is wanted, the newest first."""
    query = narrowed(select(BankQuestion.id), viewer, wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = (
        narrowed(select(BankQuestion), viewer, wanted)
        .options(selectinload(BankQuestion.versions))
        .order_by(BankQuestion.created_at.desc(), BankQuestion.article_key, BankQuestion.id)
    )
    return Found(session.scalars(page.offset(offset).limit(limit)).all(), total)


def every(session: Session, viewer: Viewer, wanted: Wanted) -> Sequence[BankQuestion]:
    """All that is wanted, in the order of the keys."""
    query = narrowed(select(BankQuestion), viewer, wanted).order_by(BankQuestion.key)
    return session.scalars(query.options(selectinload(BankQuestion.versions))).all()


def narrowed(query: Select, viewer: Viewer, wanted: Wanted) -> Select:  # type: ignore[type-arg]
    """The query over ``BankQuestion`` with what is wanted."""
    query = query.where(visible(viewer))
    for word in fold(wanted.text).text.split()[:MOST_WORDS]:
        query = query.where(
            or_(
                BankQuestion.folded.contains(word, autoescape=True),
                func.lower(BankQuestion.key).contains(word, autoescape=True),
            )
        )
    for name in ("state", "kind", "difficulty", "grade"):
        if value := getattr(wanted, name):
            query = query.where(getattr(BankQuestion, name) == value)
    if wanted.article:
        query = query.where(BankQuestion.article_key == wanted.article)
    if wanted.stale:
        query = query.where(BankQuestion.stale_at.is_not(None))
    if wanted.topic:
        query = query.where(BankQuestion.topics.any(_topic(wanted.topic)))
    return query


def _topic(path: str) -> ColumnElement[bool]:
    below = path + "/"
    return or_(
        QuestionTopic.topic == path,
        func.substr(QuestionTopic.topic, 1, len(below)) == below,
    )


def counts(session: Session, viewer: Viewer) -> dict[str, int]:
    """{state: how many}, and under ``stale`` how many in use or proposed are out of date."""
    by_state = select(BankQuestion.state, func.count()).where(visible(viewer))
    found = dict(session.execute(by_state.group_by(BankQuestion.state)).all())
    found["stale"] = stale_count(session, viewer)
    return found


def stale_count(session: Session, viewer: Viewer) -> int:
    query = select(func.count()).select_from(BankQuestion).where(visible(viewer), is_stale())
    return session.scalar(query) or 0


def stale(
    session: Session, viewer: Viewer, *, offset: int = 0, limit: int = 20
) -> Sequence[BankQuestion]:
    """Questions out of date, article by article."""
    query = (
        select(BankQuestion)
        .where(visible(viewer), is_stale())
        .options(selectinload(BankQuestion.versions))
        .order_by(BankQuestion.article_key, BankQuestion.id)
    )
    return session.scalars(query.offset(offset).limit(limit)).all()


def is_stale() -> ColumnElement[bool]:
    """SQL: ``BankQuestion`` is out of date, and somebody should look at it."""
    return BankQuestion.stale_at.is_not(None) & BankQuestion.state.in_(("kept", "proposed"))


def topics(session: Session) -> list[str]:
    """Every topic that a question has, and the branches above."""
    found = session.scalars(select(QuestionTopic.topic).distinct())
    paths = {
        "/".join(topic.split("/")[: n + 1]) for topic in found for n in range(topic.count("/") + 1)
    }
    return sorted(path for path in paths if path)


def grades(session: Session) -> list[str]:
    query = select(BankQuestion.grade).where(BankQuestion.grade != "").distinct()
    return sorted(session.scalars(query))


def is_newest() -> ColumnElement[bool]:
    """SQL: ``QuestionVersion`` has no later one."""
    newer = aliased(QuestionVersion)
    return ~(
        select(newer.id)
        .where(
            newer.question_id == QuestionVersion.question_id,
            newer.number > QuestionVersion.number,
        )
        .exists()
    )


def contents(session: Session, viewer: Viewer) -> dict[int, dict[str, Any]]:
    """{id: the newest text as JSON} of all that is in use or proposed."""
    query = (
        select(BankQuestion.id, QuestionVersion.content)
        .join(QuestionVersion, QuestionVersion.question_id == BankQuestion.id)
        .where(BankQuestion.state.in_(ASKABLE), visible(viewer), is_newest())
    )
    return dict(session.execute(query).all())


def usage(session: Session, ids: Iterable[int]) -> dict[int, Usage]:
    """{id of a question: how often it was asked}; a question nobody was asked is left out."""
    found: dict[int, Usage] = {}
    for part in parts(ids):
        asked = (
            select(QuestionVersion.question_id, func.count(), func.max(Attempt.begun_at))
            .join(AttemptQuestion, AttemptQuestion.version_id == QuestionVersion.id)
            .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
            .where(QuestionVersion.question_id.in_(part))
            .group_by(QuestionVersion.question_id)
        )
        practised = (
            select(QuestionVersion.question_id, func.count(), func.max(PracticeAnswer.at))
            .join(PracticeAnswer, PracticeAnswer.version_id == QuestionVersion.id)
            .where(QuestionVersion.question_id.in_(part))
            .group_by(QuestionVersion.question_id)
        )
        sat = {id: (n, at) for id, n, at in session.execute(asked)}
        done = {id: (n, at) for id, n, at in session.execute(practised)}
        for id in sat.keys() | done.keys():
            (a, first), (p, second) = sat.get(id, (0, None)), done.get(id, (0, None))
            found[id] = Usage(a, p, max(filter(None, (first, second)), default=None))
    return found
