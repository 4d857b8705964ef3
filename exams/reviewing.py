"""Generated questions are looked at by a person: accepted, rejected for a reason, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from kb.errors import InvalidContent, Settled
from kb.gate import Viewer

from .bank_search import visible
from .tables.bank import KEPT, PROPOSED, REJECTED, RETIRED, BankQuestion, QuestionVersion

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "unclear": "题干不清楚",
        "wrong_key": "答案不对",
        "true_option": "错误选项其实也对",
        "trivial": "太浅，不值得考",
        "duplicate": "和别的题重复",
        "other": "其他",
    }
)
"""Why a generated question is not taken."""

STATES: Mapping[str, str] = MappingProxyType(
    {PROPOSED: "待审核", KEPT: "在用", REJECTED: "没有采用", RETIRED: "已停用"}
)
MOST_REMARK = 1000


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of generated questions. ``edited`` of the accepted were changed before."""

    waiting: int
    accepted: int
    edited: int
    reasons: Mapping[str, int]

    @property
    def rejected(self) -> int:
        return sum(self.reasons.values())

    @property
    def judged(self) -> int:
        return self.accepted + self.rejected


def following(
    session: Session, viewer: Viewer, after: BankQuestion | None = None
) -> BankQuestion | None:
    """The next one to look at, article by article; after the last comes the first again."""
    query = (
        select(BankQuestion)
        .where(BankQuestion.state == PROPOSED, visible(viewer))
        .options(selectinload(BankQuestion.versions))
        .order_by(BankQuestion.article_key, BankQuestion.id)
        .limit(1)
    )
    if after is not None:
        later = query.where(
            or_(
                BankQuestion.article_key > after.article_key,
                (BankQuestion.article_key == after.article_key) & (BankQuestion.id > after.id),
            )
        )
        if found := session.scalars(later).one_or_none():
            return found
        query = query.where(BankQuestion.id != after.id)
    return session.scalars(query).one_or_none()


def accept(session: Session, row: BankQuestion, person_id: int | None, at: datetime) -> None:
    """Raises Settled if somebody was quicker."""
    _judge(row, KEPT, person_id, at)
    session.flush()


def reject(
    session: Session,
    row: BankQuestion,
    reason: str,
    remark: str,
    person_id: int | None,
    at: datetime,
) -> None:
    """Raises Settled if somebody was quicker, InvalidContent without a reason of the list."""
    words = " ".join(remark.split())
    if reason not in REASONS:
        raise InvalidContent("reason", "请选一个理由。")
    if reason == "other" and not words:
        raise InvalidContent("remark", "选了“其他”，请用一两句话写明是什么。")
    if len(words) > MOST_REMARK:
        raise InvalidContent("remark", f"说明最多 {MOST_REMARK} 个字。")
    _judge(row, REJECTED, person_id, at)
    row.reason, row.remark = reason, words
    session.flush()


def _judge(row: BankQuestion, state: str, person_id: int | None, at: datetime) -> None:
    if row.state != PROPOSED:
        raise Settled(f"这道题已经处理过，现在是“{STATES[row.state]}”。")
    row.state, row.reviewed_at, row.reviewed_by = state, at, person_id


def undo(session: Session, row: BankQuestion) -> None:
    """Back to be looked at. Raises Settled once somebody was asked it, or it was retired."""
    if row.state not in (KEPT, REJECTED) or row.reviewed_at is None:
        raise Settled("这道题没有可以收回的审核。")
    if any(version.used_at for version in row.versions):
        raise Settled("这道题已经考过，不能收回；可以停用。")
    row.state, row.reviewed_at, row.reviewed_by = PROPOSED, None, None
    row.reason = row.remark = ""
    session.flush()


def retire(session: Session, row: BankQuestion) -> None:
    """Out of use; papers that have it keep it. Harmless if it is already."""
    row.state = RETIRED
    session.flush()


def revive(session: Session, row: BankQuestion) -> None:
    """Into use again, also one that was not taken."""
    if row.state in (RETIRED, REJECTED):
        row.state, row.reason, row.remark = KEPT, "", ""
    session.flush()


def figures(session: Session, viewer: Viewer) -> Figures:
    """Over everything that was generated and looked at."""
    judged = BankQuestion.reviewed_at.is_not(None)
    taken = (judged, BankQuestion.state.in_((KEPT, RETIRED)), visible(viewer))
    changed = (
        select(QuestionVersion.id)
        .where(
            QuestionVersion.question_id == BankQuestion.id,
            QuestionVersion.author_id.is_not(None),
            QuestionVersion.at <= BankQuestion.reviewed_at,
        )
        .exists()
    )
    reasons = session.execute(
        select(BankQuestion.reason, func.count())
        .where(judged, BankQuestion.state == REJECTED, visible(viewer))
        .group_by(BankQuestion.reason)
    )
    return Figures(
        waiting=_count(session, BankQuestion.state == PROPOSED, visible(viewer)),
        accepted=_count(session, *taken),
        edited=_count(session, *taken, changed),
        reasons=dict(reasons.all()),
    )


def _count(session: Session, *conditions: object) -> int:
    query = select(func.count()).select_from(BankQuestion).where(*conditions)  # type: ignore[arg-type]
    return session.scalar(query) or 0
