"""What readers say of a text: helpful or not, and what of it is wrong.

A vote counts; a report goes to whoever answers for the article, with a date by which it is due.
Both are about one passage of one revision: ``start`` and ``end`` count characters of its body,
and 0, 0 means all of it. The same person says a thing of a passage once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    case,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from .columns import Moment
from .errors import InvalidContent, NotFound, Settled
from .models import Base, Revision

DAYS = 3
"""How long an owner has to answer, unless the centre says otherwise."""
LONGEST_REASON = 1000
LONGEST_QUOTE = 2000

OPEN, CHANGED, KEPT = "open", "changed", "kept"
PASSED, AGAIN = "passed", "again"
STATES: Mapping[str, str] = MappingProxyType({OPEN: "等答复", CHANGED: "已改", KEPT: "不改"})
STEPS: Mapping[str, str] = MappingProxyType(
    {CHANGED: "已改", KEPT: "不改", PASSED: "转给别人", AGAIN: "再次提出"}
)


class Vote(Base):
    """Whether a text helped the person who read it. A second vote takes the place of the first."""

    __tablename__ = "vote"
    __audited__ = False
    __table_args__ = (UniqueConstraint("person_id", "revision_id", "start", "end"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id), index=True)
    start: Mapped[int] = mapped_column(default=0)
    end: Mapped[int] = mapped_column(default=0)
    helpful: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Moment)


class Report(Base):
    """Something in a text that is said to be wrong. ``reason`` is the last that was given."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("person_id", "revision_id", "start", "end"),
        CheckConstraint("state in ('open', 'changed', 'kept')", name="state"),
        Index("ix_report_state_due_at", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id), index=True)
    start: Mapped[int] = mapped_column(default=0)
    end: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    told_at: Mapped[datetime | None] = mapped_column(Moment)

    revision: Mapped[Revision] = relationship(lazy="joined")
    steps: Mapped[list[ReportStep]] = relationship(
        back_populates="report", order_by="ReportStep.id", lazy="selectin"
    )

    @property
    def quote(self) -> str:
        """The passage as it stands in the revision; '' = the whole text is meant."""
        return self.revision.body[self.start : self.end]

    @property
    def answer(self) -> ReportStep | None:
        """The answer that stands; None while it is open."""
        if self.state == OPEN:
            return None
        return next((s for s in reversed(self.steps) if s.kind in (CHANGED, KEPT)), None)

    def is_late(self, now: datetime) -> bool:
        return self.state == OPEN and self.due_at < now


class ReportStep(Base):
    """One thing done with a report: answered, passed on, or raised once more. Never rewritten."""

    __tablename__ = "report_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int]
    to_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(Moment)

    report: Mapped[Report] = relationship(back_populates="steps")


@dataclass(frozen=True, slots=True)
class Passage:
    """Half-open range of characters of a revision's body; 0, 0 is the whole text."""

    start: int = 0
    end: int = 0

    def within(self, body: str) -> Passage:
        """Itself where it fits the body, else the whole text. Raises InvalidContent if too long."""
        if not 0 <= self.start < self.end <= len(body):
            return Passage()
        if self.end - self.start > LONGEST_QUOTE:
            raise InvalidContent(
                "quote", f"标出的一段最长{LONGEST_QUOTE}个字，请只标有误的那几句。"
            )
        return self


# Votes


def vote(
    session: Session, revision: Revision, passage: Passage, helpful: bool, by: int, at: datetime
) -> Vote:
    """Count it once; the same again changes nothing, the opposite takes its place."""
    passage = passage.within(revision.body)
    found = vote_of(session, revision, passage, by)
    if found is None:
        found = Vote(
            person_id=by, revision_id=revision.id, start=passage.start, end=passage.end, at=at
        )
        session.add(found)
    elif found.helpful == helpful:
        return found
    found.helpful, found.at = helpful, at
    session.flush()
    return found


def vote_of(session: Session, revision: Revision, passage: Passage, person: int) -> Vote | None:
    return session.scalars(
        select(Vote).where(
            Vote.person_id == person,
            Vote.revision_id == revision.id,
            Vote.start == passage.start,
            Vote.end == passage.end,
        )
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class Tally:
    """Votes on one article since a moment."""

    article_id: int
    helpful: int
    unhelpful: int

    @property
    def n(self) -> int:
        return self.helpful + self.unhelpful


def tallies(session: Session, since: datetime, limit: int = 100) -> list[Tally]:
    """Articles with votes, those found unhelpful most often first."""
    unhelpful = func.sum(case((Vote.helpful, 0), else_=1))
    helpful = func.sum(case((Vote.helpful, 1), else_=0))
    query = (
        select(Revision.article_id, helpful, unhelpful)
        .join(Vote, Vote.revision_id == Revision.id)
        .where(Vote.at >= since)
        .group_by(Revision.article_id)
        .order_by(unhelpful.desc(), helpful, Revision.article_id)
        .limit(limit)
    )
    return [Tally(*row) for row in session.execute(query)]


# Reports


def owner_of(revision: Revision) -> int | None:
    """Who answers for a text: the article's owner, else whoever published it, else its author."""
    return revision.article.owner_id or revision.published_by or revision.author_id


def report(
    session: Session,
    revision: Revision,
    passage: Passage,
    reason: str,
    by: int,
    at: datetime,
    *,
    owner: int | None = None,
    days: int = DAYS,
) -> Report:
    """Raise it, or raise it again: an answered one is opened once more with the new reason.

    The same reason twice is one report. ``owner`` goes before ``owner_of``. Raises
    InvalidContent without a reason.
    """
    reason, passage = _reason(reason), passage.within(revision.body)
    found = session.scalars(
        select(Report).where(
            Report.person_id == by,
            Report.revision_id == revision.id,
            Report.start == passage.start,
            Report.end == passage.end,
        )
    ).one_or_none()
    if found is not None:
        return _again(session, found, reason, by, at, days)
    found = Report(
        person_id=by,
        revision=revision,
        start=passage.start,
        end=passage.end,
        reason=reason,
        owner_id=owner if owner is not None else owner_of(revision),
        state=OPEN,
        at=at,
        due_at=at + timedelta(days=days),
    )
    session.add(found)
    session.flush()
    return found


def _again(
    session: Session, found: Report, reason: str, by: int, at: datetime, days: int
) -> Report:
    if found.reason == reason:
        return found
    found.steps.append(ReportStep(kind=AGAIN, text=reason, by_id=by, at=at))
    found.reason = reason
    if found.state != OPEN:
        found.state, found.due_at = OPEN, at + timedelta(days=days)
        found.answered_at = found.told_at = None
    session.flush()
    return found


def answer(session: Session, id: int, kind: str, text: str, by: int, at: datetime) -> Report:
    """Changed, or kept as it is for a reason. Raises NotFound, Settled, InvalidContent."""
    if kind not in (CHANGED, KEPT):
        raise InvalidContent("kind", "请选择已改、不改，还是转给别人。")
    text = text.strip()
    if kind == KEPT and not text:
        raise InvalidContent("text", "不改的，请写明原因，提出的人会看到。")
    found = hold(session, id)
    found.steps.append(ReportStep(kind=kind, text=_fit("text", text), by_id=by, at=at))
    found.state, found.answered_at = kind, at
    session.flush()
    return found


def pass_on(session: Session, id: int, to: int, text: str, by: int, at: datetime) -> Report:
    """Give it to somebody else; the date stays. Raises NotFound, Settled, InvalidContent."""
    found = hold(session, id)
    if found.owner_id == to:
        raise InvalidContent("to", "这条反馈已经在他手上了，请选别人。")
    found.steps.append(
        ReportStep(kind=PASSED, text=_fit("text", text.strip()), by_id=by, to_id=to, at=at)
    )
    found.owner_id = to
    session.flush()
    return found


def hold(session: Session, id: int) -> Report:
    """An open report, kept from other writers. Raises NotFound, Settled."""
    found = session.scalars(
        select(Report)
        .where(Report.id == id)
        .with_for_update(of=Report)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("反馈", str(id))
    if found.state != OPEN:
        raise Settled(f"这条反馈刚有人答复过：{STATES[found.state]}。请看最新的内容。")
    return found


def queue(
    session: Session,
    *,
    owner: int | None = None,
    answered: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> tuple[int, Sequence[Report]]:
    """(how many, one page): open ones by date due, answered ones newest first."""
    query = select(Report).where(Report.state != OPEN if answered else Report.state == OPEN)
    if owner is not None:
        query = query.where(Report.owner_id == owner)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (Report.answered_at.desc(),) if answered else (Report.due_at, Report.id)
    query = query.options(joinedload(Report.revision).joinedload(Revision.article))
    return total, session.scalars(query.order_by(*order).offset(offset).limit(limit)).all()


def of_person(session: Session, person: int, limit: int = 100) -> Sequence[Report]:
    """What a person raised, newest first."""
    query = (
        select(Report)
        .where(Report.person_id == person)
        .options(joinedload(Report.revision).joinedload(Revision.article))
        .order_by(Report.id.desc())
    )
    return session.scalars(query.limit(limit)).all()


def untold(session: Session, person: int) -> Sequence[Report]:
    """Answers the person has not seen yet."""
    query = select(Report).where(
        Report.person_id == person, Report.state != OPEN, Report.told_at.is_(None)
    )
    return session.scalars(query.order_by(Report.answered_at.desc())).all()


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidContent("reason", "请写一句哪里有误，应该是什么。")
    return _fit("reason", text)


def _fit(field: str, text: str) -> str:
    if len(text) > LONGEST_REASON:
        raise InvalidContent(field, f"最长{LONGEST_REASON}个字，现在有{len(text)}个字。")
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidContent(field, "文字里有不能保存的字符，请删去。")
    return text


# Where a passage stands


def locate(body: str, quote: str, occurrence: int = 0) -> Passage:
    """Where a quoted text stands in a body of Markdown, white space and its marks aside.

    ``occurrence`` (from 0) says which one, when it is there more than once; the whole text
    when it is nowhere.
    """
    plain, places = _squeezed(body)
    wanted, _ = _squeezed(quote)
    if not wanted:
        return Passage()
    found = [i for i in range(len(plain) - len(wanted) + 1) if plain.startswith(wanted, i)]
    if not found:
        return Passage()
    at = found[min(max(occurrence, 0), len(found) - 1)]
    return Passage(places[at], places[at + len(wanted) - 1] + 1)


_MARKS = frozenset("*`|#>_[]!\\~-+:")


def _squeezed(text: str) -> tuple[str, list[int]]:
    """The characters that are read, and where each stands in the text."""
    kept = [(i, c) for i, c in enumerate(text) if not c.isspace() and c not in _MARKS]
    return "".join(c for _, c in kept), [i for i, _ in kept]


@dataclass(frozen=True, slots=True)
class Context:
    """A passage with what stands around it; ``before`` and ``after`` are cut at ``reach``."""

    before: str
    quote: str
    after: str


def context(body: str, start: int, end: int, reach: int = 70) -> Context:
    """The passage in its surroundings, as one line; without a passage, the beginning."""
    if not 0 <= start < end <= len(body):
        return Context("", "", _line(body[: 2 * reach]))
    return Context(
        _line(body[max(0, start - reach) : start]),
        _line(body[start:end]),
        _line(body[end : end + reach]),
    )


_RULE = re.compile(r"^\s*\|?\s*:?-{2,}.*$", re.MULTILINE)
_LEAD = re.compile(r"^\s*(?:#{1,6}\s+|>\s?(?:\[!(\w+)\])?|[-*+]\s+)", re.MULTILINE)


def _line(text: str) -> str:
    """Markdown as one line of words: its marks go, the cells of a table stand apart."""
    text = _LEAD.sub(lambda m: f"{m[1]}：" if m[1] else "", _RULE.sub("", text))
    text = text.replace("**", "").replace("`", "").replace("|", " ")
    return " ".join(text.split())
