"""Handled cases: what was asked, how it was settled, and the draft that came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from . import articles
from .articles import Edit
from .columns import Moment
from .errors import InvalidContent
from .formats.source import slug
from .models import Article, Base
from .records import Record
from .text import fold

LONGEST_QUESTION = 300
LONGEST_RESULT = 20_000
LONGEST_REFERENCE = 200


class HandledCase(Base):
    """A case that somebody proposed as knowledge. ``article`` is its draft, and what became of it.

    ``digest`` knows the same case again.
    """

    __tablename__ = "handled_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(String(LONGEST_QUESTION))
    result: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))
    handled_at: Mapped[datetime] = mapped_column(Moment)
    proposed_by: Mapped[int] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    article_id: Mapped[int | None] = mapped_column(
        ForeignKey(Article.id, ondelete="SET NULL"), index=True
    )

    article: Mapped[Article | None] = relationship(lazy="joined")

    @property
    def state(self) -> str:
        """waiting, published, or dropped (its draft was thrown away)."""
        if self.article is None:
            return "dropped"
        return "published" if self.article.published else "waiting"


@dataclass(frozen=True, slots=True)
class Case:
    """A handled case as it comes in. ``reference``: a link to it, or its number."""

    question: str
    result: str
    reference: str
    handled_at: datetime


def clean(case: Case, now: datetime) -> Case:
    """The case as it may be kept. Raises InvalidContent naming the field that is wrong."""
    question = " ".join(case.question.split())
    result = articles.newlines(case.result).strip()
    reference = " ".join(case.reference.split())
    for field, text, name, longest in (
        ("question", question, "来电人的问题", LONGEST_QUESTION),
        ("result", result, "处理结果", LONGEST_RESULT),
        ("reference", reference, "工单号或链接", LONGEST_REFERENCE),
    ):
        if not text:
            raise InvalidContent(field, f"请填写{name}。")
        if len(text) > longest:
            raise InvalidContent(field, f"{name}最长{longest}个字，现在有{len(text)}个字。")
        if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise InvalidContent(field, f"{name}里有不能保存的字符，请删去。")
    if case.handled_at.tzinfo is None:
        raise InvalidContent("handled_at", "处理时间要带时区。")
    if case.handled_at > now:
        raise InvalidContent("handled_at", "处理时间不能晚于现在。")
    return Case(question, result, reference, case.handled_at)


def digest(case: Case) -> str:
    """The same for the same case, whatever its spaces, marks of width and script."""
    told = "\n".join(
        "".join(fold(text).text.split()) for text in (case.reference, case.question, case.result)
    )
    return hashlib.sha256(told.encode()).hexdigest()


def propose(session: Session, case: Case, by: int, at: datetime) -> tuple[HandledCase, bool]:
    """(the case with its draft, whether it is new); proposed again, it is the one from before.

    Raises InvalidContent.
    """
    case = clean(case, at)
    mark = digest(case)
    found = session.scalars(select(HandledCase).where(HandledCase.digest == mark)).one_or_none()
    if found is not None:
        return found, False
    row = HandledCase(
        question=case.question,
        result=case.result,
        reference=case.reference,
        handled_at=case.handled_at,
        proposed_by=by,
        at=at,
        digest=mark,
    )
    session.add(row)
    session.flush()
    record = Record(
        key=free_key(session, case.question),
        title=case.question,
        body=case.result,
        kind="faq",
        data={"source": source(row)},
    )
    row.article = articles.create(session, record, Edit(by, at)).article
    session.flush()
    return row, True


def source(row: HandledCase) -> dict[str, object]:
    """Where a draft comes from, as kept in the revision's data."""
    return {
        "kind": "case",
        "case": row.id,
        "reference": row.reference,
        "handled_at": row.handled_at.isoformat(),
    }


def free_key(session: Session, title: str) -> str:
    """A key for a new article, made from its title."""
    made = slug(title) or "case"
    key, number = made, 1
    while articles.find(session, key) is not None:
        number += 1
        key = f"{made[:190]}-{number}"
    return key


def listing(
    session: Session, *, by: int | None = None, offset: int = 0, limit: int = 50
) -> tuple[int, Sequence[HandledCase]]:
    """(how many, one page), newest first."""
    query = select(HandledCase)
    if by is not None:
        query = query.where(HandledCase.proposed_by == by)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(HandledCase.id.desc())
    return total, session.scalars(ordered.offset(offset).limit(limit)).all()
