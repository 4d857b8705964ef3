"""Questions that the knowledge base could not answer, in groups that are worked off.

An asking belongs to one person and keeps the words they used, without personal data. Which gap it
falls into is decided once, by ``kb.gaps``; after that only an editor moves it. A gap is closed by
an article, by a decision not to write one, or by being emptied into another gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from types import MappingProxyType

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from .columns import Moment
from .errors import InvalidContent, NotFound, Settled
from .gaps import place
from .models import PUBLISHED, Article, Base
from .text import fold
from .vocabulary import EMPTY, Vocabulary

ANSWERED, DROPPED, MERGED = "answered", "dropped", "merged"
ENDS: Mapping[str, str] = MappingProxyType(
    {ANSWERED: "已有答案", DROPPED: "不写", MERGED: "已并入"}
)
LONGEST_QUESTION = 400
LONGEST_NOTE = 1000
LOOKED_AT = 2000
"""Open gaps a new asking is compared with, the newest of them."""


class Gap(Base):
    """One thing that callers ask and nothing answers. ``end`` is '' while it is open."""

    __tablename__ = "gap"
    __table_args__ = (Index("ix_gap_end_closed_at", "end", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(String(LONGEST_QUESTION))
    assignee_id: Mapped[int | None] = mapped_column(index=True)
    article_id: Mapped[int | None] = mapped_column(
        ForeignKey(Article.id, ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(Moment)
    end: Mapped[str] = mapped_column(String(10), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[int | None]
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("gap.id"))

    article: Mapped[Article | None] = relationship(lazy="joined")
    askings: Mapped[list[Asking]] = relationship(
        back_populates="gap", order_by="Asking.id", lazy="selectin"
    )

    @property
    def questions(self) -> list[str]:
        """The different ways it was asked, the gap's own question first."""
        return list(dict.fromkeys([self.question, *(a.query for a in self.askings)]))

    @property
    def missed_at(self) -> datetime:
        """When it was asked in vain for the first time."""
        return min((a.missed_at for a in self.askings), default=self.created_at)

    @property
    def took(self) -> timedelta | None:
        """From the first unanswered question to the published answer."""
        return self.answered_at - self.missed_at if self.answered_at else None


class Asking(Base):
    """One person asked it, in these words. ``missed_at``: when the search first failed."""

    __tablename__ = "gap_asking"
    __table_args__ = (UniqueConstraint("gap_id", "person_id", "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gap_id: Mapped[int] = mapped_column(ForeignKey(Gap.id), index=True)
    person_id: Mapped[int] = mapped_column(index=True)
    query: Mapped[str] = mapped_column(String(LONGEST_QUESTION))
    folded: Mapped[str] = mapped_column(String(LONGEST_QUESTION))
    cause: Mapped[str] = mapped_column(String(12), default="")
    missed_at: Mapped[datetime] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment)
    told_at: Mapped[datetime | None] = mapped_column(Moment)

    gap: Mapped[Gap] = relationship(back_populates="askings")


# Raising


def raise_gap(
    session: Session,
    query: str,
    by: int,
    at: datetime,
    *,
    cause: str = "",
    missed_at: datetime | None = None,
    vocabulary: Vocabulary = EMPTY,
) -> Asking:
    """Put an unanswered question on the list, with its like if there is one.

    ``query`` comes without personal data. The same person asking the same again is counted once
    while the gap is open. Raises InvalidContent.
    """
    query = cleaned(query)
    folded = key_of(query)
    same = session.scalars(
        select(Asking)
        .join(Gap)
        .where(Gap.end == "", Asking.person_id == by, Asking.folded == folded)
    ).first()
    if same is not None:
        return same
    gap = _group(session, query, vocabulary) or Gap(question=query, created_at=at, end="")
    asking = Asking(
        person_id=by, query=query, folded=folded, cause=cause, at=at, missed_at=missed_at or at
    )
    gap.askings.append(asking)
    session.add(gap)
    session.flush()
    return asking


def _group(session: Session, query: str, vocabulary: Vocabulary) -> Gap | None:
    newest = select(Gap).where(Gap.end == "").order_by(Gap.id.desc()).limit(LOOKED_AT)
    gaps = sorted(session.scalars(newest), key=lambda gap: gap.id)
    found = place(query, [gap.questions for gap in gaps], vocabulary)
    return None if found is None else gaps[found]


def key_of(query: str) -> str:
    """How the same words are known again: folded, without spaces and end marks."""
    return "".join(fold(query).text.split()).rstrip("?!。.,;:吗呢")[:LONGEST_QUESTION]


# Ordering


def get(session: Session, id: int) -> Gap:
    found = session.get(Gap, id)
    if found is None:
        raise NotFound("缺口", str(id))
    return found


def hold(session: Session, id: int) -> Gap:
    """An open gap, kept from other writers. Raises NotFound, Settled."""
    found = session.scalars(
        select(Gap)
        .where(Gap.id == id)
        .with_for_update(of=Gap)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("缺口", str(id))
    if found.end:
        raise Settled(f"这个缺口刚被别人处理过：{ENDS[found.end]}。请看最新的内容。")
    return found


def rename(session: Session, id: int, question: str) -> Gap:
    gap = hold(session, id)
    gap.question = cleaned(question)
    session.flush()
    return gap


def assign(session: Session, id: int, person: int | None) -> Gap:
    gap = hold(session, id)
    gap.assignee_id = person
    session.flush()
    return gap


def move(
    session: Session, id: int, asking_ids: Iterable[int], to: int | None, by: int, at: datetime
) -> Gap:
    """Move askings to another open gap, or (``to`` None) to a new one; returns that gap.

    A gap that is left empty is closed as merged. Raises InvalidContent, NotFound, Settled.
    """
    gap = hold(session, id)
    wanted = frozenset(asking_ids)
    moved = [asking for asking in gap.askings if asking.id in wanted]
    if not moved:
        raise InvalidContent("asking", "请先勾选要移走的问法。")
    if to == gap.id:
        raise InvalidContent("to", "它们已经在这个缺口里了，请选另一个。")
    if to is None and len(moved) == len(gap.askings):
        raise InvalidContent("asking", "拆出新缺口时，原来的缺口至少要留一种问法。")
    target = hold(session, to) if to is not None else Gap(question=moved[0].query, created_at=at)
    if to is None:
        target.end = ""
        session.add(target)
    taken = {(asking.person_id, asking.folded) for asking in target.askings}
    for asking in moved:
        if (asking.person_id, asking.folded) in taken:
            session.delete(asking)
        else:
            asking.gap = target
    session.flush()
    session.refresh(gap, ["askings"])
    if not gap.askings:
        _close(gap, MERGED, by, at)
        gap.merged_into = target.id
    elif gap.question not in {asking.query for asking in gap.askings} and any(
        asking.query == gap.question for asking in moved
    ):
        gap.question = gap.askings[0].query
    session.flush()
    return target


def merge(session: Session, id: int, into: int, by: int, at: datetime) -> Gap:
    """Move everything that was asked to another gap."""
    gap = hold(session, id)
    return move(session, id, [asking.id for asking in gap.askings], into, by, at)


# Ending


def take_up(session: Session, id: int, article_id: int, by: int | None = None) -> Gap:
    """This article is to answer it. ``by`` becomes responsible where nobody is."""
    gap = hold(session, id)
    gap.article_id = article_id
    if gap.assignee_id is None:
        gap.assignee_id = by
    session.flush()
    return gap


def drop(session: Session, id: int, note: str, by: int, at: datetime) -> Gap:
    """Decide not to write; the reason is told to those who asked. Raises InvalidContent."""
    note = note.strip()
    if not note:
        raise InvalidContent("note", "请写明为什么不写，提问的人会看到。")
    if len(note) > LONGEST_NOTE:
        raise InvalidContent("note", f"最长{LONGEST_NOTE}个字，现在有{len(note)}个字。")
    gap = hold(session, id)
    gap.note = note
    _close(gap, DROPPED, by, at)
    session.flush()
    return gap


def close(session: Session, id: int, answered_at: datetime, by: int | None, at: datetime) -> Gap:
    """Its article answers since ``answered_at``. Raises InvalidContent without an article."""
    gap = hold(session, id)
    if gap.article_id is None:
        raise InvalidContent("article", "还没有说哪篇文章回答了它。")
    gap.answered_at = answered_at
    _close(gap, ANSWERED, by, at)
    session.flush()
    return gap


def _close(gap: Gap, end: str, by: int | None, at: datetime) -> None:
    gap.end, gap.closed_by, gap.closed_at = end, by, at


# Looking


def waiting(session: Session) -> Sequence[Gap]:
    """Open gaps, those asked by most first."""
    found = session.scalars(select(Gap).where(Gap.end == ""))
    return sorted(found, key=lambda g: (-len({a.person_id for a in g.askings}), g.missed_at, g.id))


def taken_up(session: Session) -> Sequence[Gap]:
    """Open gaps whose article has been published: perhaps they are answered."""
    query = (
        select(Gap)
        .join(Gap.article)
        .where(Gap.end == "", Article.revisions.any(state=PUBLISHED))
        .options(selectinload(Gap.askings))
        .order_by(Gap.id)
    )
    return session.scalars(query).all()


def closed(session: Session, end: str, since: datetime | None = None) -> Sequence[Gap]:
    query = select(Gap).where(Gap.end == end)
    if since is not None:
        query = query.where(Gap.closed_at >= since)
    return session.scalars(query.order_by(Gap.closed_at.desc(), Gap.id.desc())).all()


@dataclass(frozen=True, slots=True)
class Speed:
    """Time from the first unanswered question to the published answer, over ``n`` gaps."""

    n: int
    median: timedelta | None


def speed(gaps: Iterable[Gap]) -> Speed:
    times = [gap.took for gap in gaps if gap.took is not None]
    seconds = median(time.total_seconds() for time in times) if times else None
    return Speed(len(times), None if seconds is None else timedelta(seconds=seconds))


def of_person(session: Session, person: int, limit: int = 100) -> Sequence[Asking]:
    """What a person put on the list, newest first."""
    query = select(Asking).where(Asking.person_id == person).order_by(Asking.id.desc())
    return session.scalars(query.limit(limit)).all()


def untold(session: Session, person: int) -> Sequence[Asking]:
    """Askings that were answered or dropped, which the person has not seen."""
    query = (
        select(Asking)
        .join(Gap)
        .where(
            Asking.person_id == person,
            Asking.told_at.is_(None),
            Gap.end.in_((ANSWERED, DROPPED)),
        )
    )
    return session.scalars(query.order_by(Gap.closed_at.desc(), Asking.id)).all()


def counts(session: Session) -> dict[str, int]:
    """{end: gaps}; '' are the open ones."""
    rows = session.execute(select(Gap.end, func.count()).group_by(Gap.end))
    return {end: count for end, count in rows}  # noqa: C416 - rows, not pairs


def cleaned(text: str) -> str:
    """What was asked, as it is kept. Raises InvalidContent."""
    text = " ".join(text.split())
    if not key_of(text):
        raise InvalidContent("query", "请写出来电人问的话。")
    if len(text) > LONGEST_QUESTION:
        raise InvalidContent("query", f"最长{LONGEST_QUESTION}个字，请只写要紧的一句。")
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidContent("query", "文字里有不能保存的字符，请删去。")
    return text
