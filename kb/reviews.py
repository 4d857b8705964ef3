"""From draft to publication: ask for a review, give one, publish now or later, take back.

Every step is a line of ``kb.lifecycle``; who holds its permission is asked outside. Sessions
come in; nothing here commits. The article comes held (``articles.hold``).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from . import approvals, articles, gate, policy
from .approvals import pending, state_of, writers
from .articles import Edit
from .errors import EditConflict, InvalidContent, NothingToPublish, OwnText
from .lifecycle import step
from .models import DRAFT, PUBLISHED, Article, Review, Revision

MAX_WORDS = 1000


def submit(
    session: Session, article: Article, edit: Edit, *, reviewer: int | None = None, reason: str = ""
) -> Review:
    """Ask for a review of the draft, of ``reviewer`` or of whoever may review."""
    draft = _draft(article)
    step(state_of(draft, edit.at), "submit")
    if reviewer is not None and reviewer in writers(draft):
        raise OwnText(article.key)
    asked = _asked(draft, edit.by, edit.at)
    asked.reviewer_id, asked.reason = reviewer, words(reason, "reason")
    draft.reviews.append(asked)
    session.flush()
    return asked


def withdraw(session: Session, article: Article, edit: Edit) -> None:
    """The draft is not to be reviewed after all."""
    _decide(session, _draft(article), "withdraw", "withdrawn", edit)


def approve(session: Session, article: Article, edit: Edit, version: int) -> Revision:
    """Approve the text of that version of the draft; or one published urgently, after the fact.

    Raises OwnText for its writers, EditConflict when it was changed since it was looked at.
    """
    revision = waiting(article)
    _from_another(article, revision, edit)
    if version != revision.version:
        raise EditConflict(article.key)
    _decide(session, revision, "approve", approvals.APPROVED, edit)
    return revision


def send_back(session: Session, article: Article, edit: Edit, reason: str) -> None:
    """Not like this, and why. Also what was approved already may be sent back."""
    draft = _draft(article)
    step(state_of(draft, edit.at), "send_back")
    reason = words(reason, "reason", needed="请写明退回的理由，作者才知道要改什么。")
    if pending(draft) is None:
        draft.reviews.append(_asked(draft, draft.author_id, edit.at))
    review = pending(draft)
    assert review is not None
    approvals.decide(review, "sent_back", edit.by, edit.at, draft.version, reason)
    session.flush()


def publish(
    session: Session,
    article: Article,
    edit: Edit,
    *,
    at: datetime | None = None,
    version: int | None = None,
) -> Revision:
    """Publish what was approved, at once or at a later moment; or, unreviewed, on one's own word.

    Raises OwnText where that is one's own text and the centre asks for four eyes.
    """
    draft = article.draft
    if draft is None:
        if at is not None:
            raise NothingToPublish(article.key)
        return articles.publish(session, article, edit)
    if version is not None and version != draft.version:
        raise EditConflict(article.key)
    if at is not None and at <= edit.at:
        raise InvalidContent("at", "定时发布的时间要晚于现在。要马上发布，请不填时间。")
    state = state_of(draft, edit.at)
    if state != "approved":
        step(state, "vouch")
        if policy.four_eyes(session) and edit.by in writers(draft):
            raise OwnText(article.key)
    elif at is None:
        step(state, "publish")
    if at is not None and state == "approved":
        step(state, "schedule")
    return articles.publish(session, article, edit, at=at)


def unschedule(session: Session, article: Article, edit: Edit) -> Revision:
    """A publication that has not come yet is put off; the text is a draft again, and approved.

    Raises OutOfTurn once it has come, InvalidContent while there is another draft.
    """
    found = scheduled(article, edit.at)
    if found is None:
        step("published", "unschedule")
        raise AssertionError("a published text has no schedule")
    if article.draft is not None:
        raise InvalidContent("draft", "这篇文章还有一份草稿，请先发布或丢弃它，再取消定时。")
    found.state, found.changed_at = DRAFT, edit.at
    found.published_at = found.published_by = found.scheduled_at = None
    session.flush()
    if found is not article.latest:  # what was published meanwhile must not outrank it later
        found.number = article.latest.number + 1
        session.flush()
        session.refresh(article, ["revisions"])
    return found


def publish_urgently(session: Session, article: Article, edit: Edit, reason: str) -> Revision:
    """Publish at once what could not wait; it stands in a list until it has been reviewed."""
    draft = _draft(article)
    step(state_of(draft, edit.at), "publish_urgently")
    reason = words(reason, "reason", needed="请写明为什么等不及审核，补审的人要看。")
    return articles.publish(session, article, edit, kind="urgent", reason=reason)


def take_back(session: Session, article: Article, edit: Edit, reason: str) -> Revision | None:
    """An urgent publication did not pass: what held before it is published again, as a new
    revision; where there was nothing, the article is retired. Returns that revision or None.
    """
    urgent = waiting(article)
    _from_another(article, urgent, edit)
    step(state_of(urgent, edit.at), "take_back")
    reason = words(reason, "reason", needed="请写明撤回的理由，发布的人才知道错在哪里。")
    before = gate.decide([r for r in article.published if r.number < urgent.number], edit.at)
    review = pending(urgent)
    assert review is not None
    approvals.decide(review, "taken_back", edit.by, edit.at, urgent.version, reason)
    newer = [r for r in article.published if r.number > urgent.number]
    if newer:
        session.flush()
        return None  # it has been replaced since: there is nothing to put in its place
    if before is None:
        articles.retire(session, article, edit)
        return None
    return _again(
        session, article, before, edit, f"撤回第{urgent.number}版，恢复第{before.number}版"
    )


def restore(session: Session, article: Article, number: int, edit: Edit) -> Revision:
    """An old text as a new draft. Raises InvalidContent where there is a draft already."""
    if article.draft is not None:
        raise InvalidContent("draft", "这篇文章已有草稿，请先发布或丢弃它，再恢复旧的一版。")
    old = next((r for r in article.published if r.number == number), None)
    if old is None:
        raise InvalidContent("number", f"没有第{number}版，或它还没有发布。")
    note = f"恢复第{number}版"
    return articles.save(session, article, old.record(), edit, version=0, note=note)


def waiting(article: Article) -> Revision:
    """The text whose review waits: the draft's, or the newest urgent one's.

    Raises NothingToPublish where none does.
    """
    for revision in reversed(article.revisions):
        if pending(revision) is not None:
            return revision
    raise NothingToPublish(article.key)


def scheduled(article: Article, at: datetime) -> Revision | None:
    """The publication that is still to come."""
    return next((r for r in article.published if r.published_at and r.published_at > at), None)


# The queue


def queue(
    session: Session,
    *,
    kind: str = "review",
    reviewer: int | None = None,
    asked_by: int | None = None,
) -> list[Review]:
    """Reviews that wait, the longest waiting first; of one reviewer also what is nobody's."""
    query = (
        select(Review)
        .join(Review.revision)
        .join(Revision.article)
        .where(Review.outcome == "", Review.kind == kind)
        .options(
            contains_eager(Review.revision).contains_eager(Revision.article),
            contains_eager(Review.revision).joinedload(Revision.category),
        )
        .order_by(Review.asked_at, Review.id)
    )
    if reviewer is not None:
        query = query.where(or_(Review.reviewer_id == reviewer, Review.reviewer_id.is_(None)))
    if asked_by is not None:
        query = query.where(Review.asked_by == asked_by)
    return list(session.scalars(query).unique())


def counts(session: Session) -> dict[str, int]:
    """{kind: reviews that wait}"""
    query = select(Review.kind, func.count()).where(Review.outcome == "").group_by(Review.kind)
    return {kind: count for kind, count in session.execute(query)}  # noqa: C416 - rows, not pairs


def sent_back_to(session: Session, person: int) -> list[Review]:
    """Drafts of that person whose newest review sent them back."""
    newest = select(func.max(Review.id)).group_by(Review.revision_id)
    query = (
        select(Review)
        .join(Review.revision)
        .where(
            Review.id.in_(newest),
            Review.outcome == "sent_back",
            Review.asked_by == person,
            Revision.state == DRAFT,
        )
        .options(contains_eager(Review.revision), joinedload(Review.revision, Revision.article))
        .order_by(Review.decided_at.desc())
    )
    return list(session.scalars(query).unique())


# Small parts


def _asked(draft: Revision, by: int | None, at: datetime) -> Review:
    return Review(
        kind="review",
        version=draft.version,
        asked_by=by,
        asked_at=at,
        reason="",
        outcome="",
        verdict="",
    )


def _draft(article: Article) -> Revision:
    draft = article.draft
    if draft is None:
        raise NothingToPublish(article.key)
    return draft


def _from_another(article: Article, revision: Revision, edit: Edit) -> None:
    if edit.by in writers(revision) or (
        revision.state == PUBLISHED and edit.by == revision.published_by
    ):
        raise OwnText(article.key)


def _decide(session: Session, revision: Revision, action: str, outcome: str, edit: Edit) -> None:
    step(state_of(revision, edit.at), action)
    review = pending(revision)
    assert review is not None
    approvals.decide(review, outcome, edit.by, edit.at, revision.version)
    session.flush()


def _again(session: Session, article: Article, old: Revision, edit: Edit, note: str) -> Revision:
    """Publish an old text once more as the newest revision, ahead of a draft begun since."""
    number = article.latest.number
    draft = article.draft
    if draft is not None:
        draft.number = number + 1
        session.flush()
    else:
        number += 1
    fresh = articles.republish(session, article, old, number, edit, note)
    session.refresh(article, ["revisions"])
    return fresh


def words(text: str, field: str, *, needed: str = "") -> str:
    """What somebody has to say, as it may be kept."""
    text = text.replace("\r\n", "\n").strip()
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidContent(field, "文字里有不能保存的字符，请删去。")
    if len(text) > MAX_WORDS:
        raise InvalidContent(field, f"最长{MAX_WORDS}个字，现在有{len(text)}个字。")
    if needed and not text:
        raise InvalidContent(field, needed)
    return text
