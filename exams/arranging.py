"""Exams as they are arranged: written, published, extended, cancelled, copied, listed.

    exam = create(session, rules, by=7, at=now)
    publish(session, hold(session, exam.id), now)
    extend(session, exam, exam.closes_at + timedelta(minutes=30), now)

The rules are frozen when the exam is published: what people prepared for is what they get. After
that only the note may change, the close may move later, single people may be given more
(``exams.allowances``), and the exam may be cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kb.database import LARGEST_ID
from kb.errors import EditConflict, InvalidContent, NotFound, Settled

from . import allowances, exam_rules, papers
from .errors import BadExam, FrozenExam
from .exam_rules import LONGEST, LONGEST_NOTE, LONGEST_REPEATED, LONGEST_TITLE, Rules
from .tables.exams import Exam, ExamAudience
from .tables.papers import Paper

COPY = "（副本）"
TWICE = timedelta(seconds=10)
"""The same form sent again within this time is one form."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of exams; ``total`` counts all that were found."""

    rows: Sequence[Exam]
    total: int


def get(session: Session, id: int) -> Exam:
    """Raises NotFound."""
    found = session.get(Exam, id) if 0 < id <= LARGEST_ID else None
    if found is None:
        raise NotFound("考试", str(id)[:20])
    return found


def hold(session: Session, id: int) -> Exam:
    """The same, kept from other writers until the transaction ends."""
    if 0 < id <= LARGEST_ID:
        session.execute(select(Exam.id).where(Exam.id == id).with_for_update())
    found = get(session, id)
    session.refresh(found)
    return found


# Writing


def create(session: Session, rules: Rules, *, by: int | None, at: datetime) -> Exam:
    """A draft. Raises BadExam."""
    made = Exam(created_at=at, created_by=by)
    _write(session, made, rules)
    session.add(made)
    session.flush()
    return made


def just_made(session: Session, title: str, *, by: int | None, at: datetime) -> Exam | None:
    """A draft of that title that the same person made a moment ago: the form was sent twice."""
    query = select(Exam).where(
        Exam.title == _clean(title),
        Exam.created_by == by,
        Exam.created_at > at - TWICE,
        Exam.published_at.is_(None),
        Exam.cancelled_at.is_(None),
    )
    return session.scalars(query.order_by(Exam.id.desc()).limit(1)).first()


def save(session: Session, exam: Exam, rules: Rules, saves: int) -> None:
    """Other rules for a draft; ``saves`` is what it said when it was opened.

    Raises FrozenExam, EditConflict, BadExam.
    """
    if exam.published_at is not None or exam.cancelled_at is not None:
        raise FrozenExam(exam.title)
    _same(exam, saves)
    _write(session, exam, rules)
    exam.saves += 1
    session.flush()


def annotate(session: Session, exam: Exam, note: str, saves: int) -> None:
    """Another note; the only thing of a published exam that people may be told anew."""
    _same(exam, saves)
    if len(note) > LONGEST_NOTE:
        raise InvalidContent("note", f"说明最多 {LONGEST_NOTE} 个字，现在 {len(note)} 个。")
    exam.note = _clean(note)
    exam.saves += 1
    session.flush()


def copy(session: Session, exam: Exam, *, by: int | None, at: datetime) -> Exam:
    """A draft of the same rules for the same people, moved by whole days to what is to come.

    Extra time of single people stays behind.
    """
    rules = exam_rules.of(exam)
    days = max(0, (at - rules.opens_at).days + 1)
    title = rules.title.removesuffix(COPY)[: LONGEST_TITLE - len(COPY)] + COPY
    moved = timedelta(days=days)
    rules = replace(
        rules, title=title, opens_at=rules.opens_at + moved, closes_at=rules.closes_at + moved
    )
    return just_made(session, title, by=by, at=at) or create(session, rules, by=by, at=at)


def _same(exam: Exam, saves: int) -> None:
    if exam.saves != saves:
        raise EditConflict(exam.title)


def _write(session: Session, exam: Exam, rules: Rules) -> None:
    faults = exam_rules.faults(rules)
    known = 0 < rules.paper_id <= LARGEST_ID
    paper = session.get(Paper, rules.paper_id) if known else None
    if paper is None:
        faults["paper_id"] = "请选试卷。"
    if faults:
        raise BadExam(faults)
    for name in exam_rules.COLUMNS:
        setattr(exam, name, getattr(rules, name))
    exam.title, exam.note = _clean(rules.title), _clean(rules.note)
    assert paper is not None
    exam.paper = paper
    _invite(exam, rules.audience)


def _invite(exam: Exam, audience: Iterable[tuple[str, str]]) -> None:
    """Make the audience these; what stays keeps its row."""
    wanted = set(audience)
    kept = [each for each in exam.audience if (each.kind, each.value) in wanted]
    there = {(each.kind, each.value) for each in kept}
    new = [ExamAudience(kind=kind, value=value) for kind, value in sorted(wanted - there)]
    exam.audience = [*kept, *new]


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()


# Publishing and after


def unready(exam: Exam, at: datetime) -> str:
    """Why it cannot be published, whatever its paper; '' where it can."""
    if exam.published_at is not None or exam.cancelled_at is not None:
        return "这场考试已经发布或取消。"
    if at >= exam.closes_at:
        return "截止时间已经过了，请改好时间再发布。"
    if not exam.audience:
        return "还没有选谁参加。"
    if exam.paper.retired_at is not None:
        return f"试卷“{exam.paper.title}”已停用，请换一份。"
    return ""


def publish(session: Session, exam: Exam, at: datetime) -> None:
    """Those who take part see it; its rules and its paper are frozen. Raises Settled.

    Whether the bank fills the paper for everybody is asked before (``exams.feasibility``).
    """
    if why := unready(exam, at):
        raise Settled(why)
    exam.published_at = at
    papers.freeze(session, papers.hold(session, exam.paper_id), at)
    session.flush()


def extend(session: Session, exam: Exam, closes_at: datetime, at: datetime) -> int:
    """Close later; who is writing and would be stopped by the close has until then.

    Says how many deadlines moved. Raises Settled, InvalidContent.
    """
    _running(exam, at)
    if closes_at <= exam.closes_at:
        raise InvalidContent("closes_at", "新的截止时间要晚于现在的；已经公布的时间不能提前。")
    length = closes_at - exam.opens_at
    if length > LONGEST or (exam.repeats and length > LONGEST_REPEATED):
        raise InvalidContent("closes_at", "这样开放的时间太长：重复的考试最多 24 小时。")
    exam.closes_at = closes_at
    session.flush()
    return allowances.settle(session, exam, at)


def cancel(session: Session, exam: Exam, at: datetime) -> int:
    """Nobody sits it any more; attempts that are open end now, with what they hold.

    Says how many were open. Raises Settled.
    """
    if exam.cancelled_at is not None:
        raise Settled("这场考试已经取消。")
    if exam.published_at is not None and at >= exam.closes_at:
        raise Settled("考试已经结束，不能再取消。")
    exam.cancelled_at = at
    exam.repeats = ""
    session.flush()
    return allowances.stop(session, exam, at)


def stop_repeating(session: Session, exam: Exam) -> None:
    """No more of them are made; those that are there stay."""
    exam.repeats = ""
    session.flush()


def _running(exam: Exam, at: datetime) -> None:
    if exam.cancelled_at is not None:
        raise Settled("这场考试已经取消。")
    if exam.published_at is None:
        raise Settled("还没有发布，请直接改规则。")
    if at >= exam.closes_at:
        raise Settled("考试已经结束，不能再延长。要让个别人补考，请复制一场，只请他们。")


# Looking


def listing(
    session: Session,
    at: datetime,
    *,
    kind: str = "",
    state: str = "",
    text: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
    offset: int = 0,
    limit: int = 30,
) -> Page:
    """Exams of a kind and a state (``exam_rules.STATES``, or ``waiting``: over, and to be given
    out by hand) that are open at some time in ``since`` … ``before``; the latest opening first."""
    query = select(Exam)
    if kind:
        query = query.where(Exam.kind == kind)
    for clause in _in_state(state, at):
        query = query.where(clause)
    for word in text.replace("\0", "").split()[:8]:
        query = query.where(Exam.title.icontains(word, autoescape=True))
    if since is not None:
        query = query.where(Exam.closes_at > since)
    if before is not None:
        query = query.where(Exam.opens_at < before)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(Exam.opens_at.desc(), Exam.id.desc()).offset(offset).limit(limit)
    return Page(session.scalars(page).all(), total)


def _in_state(state: str, at: datetime) -> list[ColumnElement[bool]]:
    live = [Exam.cancelled_at.is_(None), Exam.published_at.is_not(None)]
    found: dict[str, list[ColumnElement[bool]]] = {
        "draft": [Exam.cancelled_at.is_(None), Exam.published_at.is_(None)],
        "upcoming": [*live, Exam.opens_at > at],
        "open": [*live, Exam.opens_at <= at, Exam.closes_at > at],
        "over": [*live, Exam.closes_at <= at],
        "cancelled": [Exam.cancelled_at.is_not(None)],
        "waiting": [
            *live,
            Exam.closes_at <= at,
            Exam.released_at.is_(None),
            (Exam.results == "by_hand") | (Exam.answers == "by_hand"),
        ],
    }
    return found.get(state, [])
