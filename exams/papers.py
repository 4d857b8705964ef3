"""Papers as they are kept: made, saved, copied, frozen when first used, taken out of use.

paper = papers.create(session, Wanted("十一月月考", {"rows": [...]}), by=7, at=now)
papers.save(session, papers.hold(session, paper.id), wanted, saves=1, at=now)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.database import LARGEST_ID
from kb.errors import EditConflict, InvalidContent, NotFound

from . import blueprints
from .blueprints import Content, Fixed
from .errors import FrozenPaper
from .kept import parts
from .tables.bank import QuestionVersion
from .tables.papers import Paper

LONGEST_TITLE = 120
LONGEST_NOTE = 2_000
TWICE = timedelta(seconds=10)
"""The same form sent again within this time is one form."""
STATES: Mapping[str, str] = {"draft": "未用过", "used": "考过，已冻结", "retired": "已停用"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a paper should say; ``content`` as JSON (``exams.blueprints.read``)."""

    title: str
    content: object
    note: str = ""


def get(session: Session, id: int) -> Paper:
    """Raises NotFound."""
    found = session.get(Paper, id) if 0 < id <= LARGEST_ID else None
    if found is None:
        raise NotFound("试卷", str(id))
    return found


def hold(session: Session, id: int) -> Paper:
    """The same, kept from other writers until the transaction ends."""
    found = get(session, id)
    session.refresh(found, with_for_update=True)
    return found


def listing(session: Session, *, text: str = "", state: str = "") -> Sequence[Paper]:
    """Papers whose title holds ``text``, the newest change first.

    ``state``: a key of STATES; '' are all that are in use.
    """
    query = select(Paper).order_by(Paper.changed_at.desc(), Paper.id.desc())
    retired = Paper.retired_at.is_not(None)
    query = query.where(retired if state == "retired" else ~retired)
    if state in ("draft", "used"):
        query = query.where(Paper.used_at.is_(None) == (state == "draft"))
    for word in text.replace("\0", "").split()[:8]:
        query = query.where(Paper.title.icontains(word, autoescape=True))
    return session.scalars(query).all()


def state(paper: Paper) -> str:
    """A key of STATES."""
    if paper.retired_at is not None:
        return "retired"
    return "used" if paper.used_at is not None else "draft"


def content(paper: Paper) -> Content:
    """What the paper asks. Raises InvalidContent."""
    return blueprints.read(paper.content)


def possible(paper: Paper) -> Fraction:
    """The points that can be reached; whoever draws it gets questions worth that many.

    On a fixed paper less, where a question may not be asked of somebody (``drawing.draw``).
    """
    return content(paper).possible


def create(session: Session, wanted: Wanted, *, by: int | None, at: datetime) -> Paper:
    """The same form sent twice makes one paper. Raises InvalidContent."""
    made = Paper(created_at=at, created_by=by, changed_at=at)
    _write(session, made, wanted)
    return _kept(session, made)


def save(session: Session, paper: Paper, wanted: Wanted, saves: int, *, at: datetime) -> Paper:
    """``saves`` is what the paper said when it was opened.

    Raises FrozenPaper, EditConflict, InvalidContent.
    """
    if paper.used_at is not None:
        raise FrozenPaper(paper.title)
    if paper.saves != saves:
        raise EditConflict(paper.title)
    _write(session, paper, wanted)
    paper.saves += 1
    paper.changed_at = at
    session.flush()
    return paper


def copy(session: Session, paper: Paper, *, by: int | None, at: datetime) -> Paper:
    """A new paper of the same content that may be changed; ``of_id`` says where it is from."""
    made = Paper(
        title=_copied(paper.title),
        content=paper.content,
        note=paper.note,
        of_id=paper.id,
        created_at=at,
        created_by=by,
        changed_at=at,
    )
    return _kept(session, made)


def _kept(session: Session, made: Paper) -> Paper:
    """The paper in the database; the same one, where the same person made it a moment ago."""
    query = select(Paper).where(
        Paper.title == made.title,
        Paper.created_by == made.created_by,
        Paper.created_at > made.created_at - TWICE,
        Paper.of_id == made.of_id,
        Paper.used_at.is_(None),
    )
    for there in session.scalars(query):
        if made.created_by is not None and (there.content, there.note) == (made.content, made.note):
            return there
    session.add(made)
    session.flush()
    return made


def retire(session: Session, paper: Paper, at: datetime | None) -> None:
    """Out of use at that moment, or with None in use again. Exams that have it keep it."""
    if at is None or paper.retired_at is None:
        paper.retired_at = at
        session.flush()


def freeze(session: Session, paper: Paper, at: datetime) -> None:
    """Somebody sits it: from now on it stays as it is, and so do the questions it names."""
    if paper.used_at is not None:
        return
    paper.used_at = at
    found = content(paper)
    if isinstance(found, Fixed):
        for version in versions(session, found).values():
            version.used_at = version.used_at or at
    session.flush()


def versions(session: Session, fixed: Fixed) -> dict[int, QuestionVersion]:
    """{id: the version of a question} as far as it is in the bank."""
    found: dict[int, QuestionVersion] = {}
    for part in parts(each.version for each in fixed.questions):
        query = select(QuestionVersion).where(QuestionVersion.id.in_(part))
        found |= {version.id: version for version in session.scalars(query)}
    return found


def _write(session: Session, paper: Paper, wanted: Wanted) -> None:
    title = " ".join(wanted.title.split())
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise InvalidContent("title", f"请写试卷的名称，最多 {LONGEST_TITLE} 个字。")
    note = wanted.note.strip()
    if len(note) > LONGEST_NOTE or "\0" in note:
        raise InvalidContent("note", f"说明最多 {LONGEST_NOTE} 个字。")
    found = blueprints.read(wanted.content)
    if isinstance(found, Fixed):
        _known(session, found)
    asked: dict[str, Any] = found.as_json()
    paper.title, paper.note, paper.content = title, note, asked


def _known(session: Session, fixed: Fixed) -> None:
    """Every version is in the bank, and no question is there in two of its versions."""
    there = versions(session, fixed)
    met: dict[int, int] = {}
    for n, each in enumerate(fixed.questions, 1):
        version = there.get(each.version)
        if version is None:
            raise InvalidContent("questions", f"第{n}题：题库里没有这道题了，请去掉。")
        first = met.setdefault(version.question_id, n)
        if first != n:
            raise InvalidContent("questions", f"第{n}题：和第{first}题是同一道题的两版，留一版。")


def _copied(title: str) -> str:
    ending = "（副本）"
    return title.removesuffix(ending)[: LONGEST_TITLE - len(ending)] + ending
