"""A call before an inspector: created, given to somebody, marked, finished; scored again later.

    review = create(session, call, version, by=lead, at=now, inspector=7)
    save(session, hold(session, review.id), Marked({"greeting": "yes"}), saves=0, by=7, at=now)
    finish(session, hold(session, review.id), by=7, at=now)

A ``Score`` is never rewritten: :func:`rescore` adds the next one. Sessions come in; nothing here
commits. What is written to comes held. People are ids; ``never`` are the agents whose calls are
not for this inspector besides his own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled

from . import drafts, rubric_read, settings, suggesting
from .drafts import BEGUN, ENDED, WAITING, Marked, words
from .errors import NotYours, OwnCall, Unfinished
from .marks import so_far
from .rubric import Rubric
from .score import Result, worth
from .scorings import add
from .tables import Call, Draft, Review, Score, Scorecard, ScorecardVersion

LONGEST_REASON = 1000
COUNTING = frozenset({"score", "live"})
"""Purposes that count for the agent: what he sees, and may appeal."""

Never = AbstractSet[int]
NOBODY: Never = frozenset()


@dataclass(frozen=True, slots=True)
class Current:
    """A review as it stands: what is marked (in the draft, or in the score that holds).

    ``result`` is what these marks come to, items without one left out; ``open`` are the visible
    items without a valid mark: (key, title, what is missing). ``saves`` is the draft's.
    """

    rubric: Rubric
    answers: Mapping[str, Any]
    notes: Mapping[str, str]
    comment: str
    result: Result
    open: Sequence[tuple[str, str, str]]
    saves: int
    worked: float
    page: str = ""


# Looking


def get(session: Session, id: int) -> Review:
    """Raises NotFound."""
    found = session.get(Review, id) if 0 < id < 2**31 else None
    if found is None:
        raise NotFound("评分", str(id))
    return found


def hold(session: Session, id: int) -> Review:
    """The review, kept from other writers until the transaction ends. Raises NotFound."""
    if 0 < id < 2**31:
        session.execute(select(Review.id).where(Review.id == id).with_for_update())
        query = select(Review).where(Review.id == id).execution_options(populate_existing=True)
        if (found := session.scalars(query).one_or_none()) is not None:
            return found
    raise NotFound("评分", str(id))


def rubric_of(version: ScorecardVersion) -> Rubric:
    return rubric_read.parse(version.content)


def current(session: Session, review: Review) -> Current:
    """What is marked now, and what it comes to."""
    rubric = rubric_of(review.version)
    draft = session.get(Draft, review.id)
    if review.score is not None:
        made = review.score
        return seen(rubric, made.answers, made.notes, made.comment, worked=review.worked)
    if draft is None:
        return seen(rubric, {}, {}, "")
    return seen(
        rubric, draft.answers, draft.notes, draft.comment, draft.saves, draft.worked, draft.page
    )


def seen(
    rubric: Rubric,
    answers: Mapping[str, Any],
    notes: Mapping[str, str],
    comment: str,
    saves: int = 0,
    worked: float = 0.0,
    page: str = "",
) -> Current:
    """Marks held against their rubric, complete or not."""
    marks, faults = so_far(rubric, answers)
    missing = [
        (item.key, item.title, faults[item.key]) for item in rubric.items() if item.key in faults
    ]
    result = worth(rubric, marks)
    return Current(rubric, answers, notes, comment, result, missing, saves, worked, page)


# Creating and giving


def create(
    session: Session,
    call: Call,
    version: ScorecardVersion,
    *,
    by: int | None,
    at: datetime,
    inspector: int | None = None,
    purpose: str = "score",
    chosen: str = "manual",
    probability: str = "",
    why: Sequence[str] = (),
    draw: int | None = None,
    calibration: int | None = None,
    of: int | None = None,
    blind: bool = False,
    due_at: datetime | None = None,
    never: Never = NOBODY,
) -> Review:
    """A review that waits. Raises OwnCall, and Settled where the call has one already."""
    if inspector is not None:
        check_inspector(call, inspector, never)
    if purpose == "score" and (found := on(session, call, version.scorecard_id)):
        raise Settled(_taken(found))
    review = Review(
        call=call,
        version=version,
        scorecard_id=version.scorecard_id,
        inspector_id=inspector,
        purpose=purpose,
        state=WAITING,
        chosen=chosen,
        probability=probability,
        why=list(why),
        draw_id=draw,
        calibration_id=calibration,
        of_id=of,
        blind=blind,
        scored=0,
        worked=0.0,
        created_at=at,
        created_by=by,
        due_at=due_at,
    )
    session.add(review)
    session.flush()
    return review


def pick(
    session: Session,
    call: Call,
    scorecard: Scorecard,
    *,
    by: int,
    at: datetime,
    inspector: int | None,
    reason: str = "",
    blind: bool = False,
    due_at: datetime | None = None,
    never: Never = NOBODY,
    purpose: str = "score",
) -> Review:
    """A call chosen by hand, on the version in use. A ``live`` one while it is in progress."""
    version = scorecard.active
    if version is None or scorecard.retired_at is not None:
        raise InvalidContent("scorecard", f"评分表“{scorecard.title}”没有启用，不能用来评分。")
    why = words(reason, "reason", LONGEST_REASON)
    return create(
        session,
        call,
        version,
        by=by,
        at=at,
        inspector=inspector,
        purpose=purpose,
        why=[why] if why else [],
        blind=blind,
        due_at=due_at,
        never=never,
    )


def on(session: Session, call: Call, scorecard_id: int) -> Review | None:
    """The review for a score that the call has, or will have, on a scorecard."""
    return session.scalar(
        select(Review).where(
            Review.call_id == call.id,
            Review.scorecard_id == scorecard_id,
            Review.purpose == "score",
            Review.state != "cancelled",
        )
    )


def _taken(found: Review) -> str:
    what = "已经评过了" if found.state == "finished" else "已经派出去了"
    return f"通话“{found.call.key}”在这张评分表上{what}，一通电话在一张表上只评一次。"


def check_inspector(call: Call, inspector: int, never: Never = NOBODY) -> None:
    """Raises OwnCall where this call is not for this inspector."""
    if inspector == call.agent_id or call.agent_id in never:
        raise OwnCall


def reassign(
    session: Session,
    review: Review,
    inspector: int | None,
    *,
    by: int,
    at: datetime,
    reason: str = "",
    never: Never = NOBODY,
) -> None:
    """Give it to somebody else, or to nobody. Marks made so far are the first inspector's own
    and go with him: the next begins anew. Raises OwnCall, Settled."""
    _not_ended(review)
    if inspector == review.inspector_id:
        return
    if inspector is not None:
        check_inspector(review.call, inspector, never)
    review.reason = words(reason, "reason", LONGEST_REASON)
    review.inspector_id = inspector
    review.state, review.begun_at = WAITING, None
    if (draft := session.get(Draft, review.id)) is not None:
        session.delete(draft)
    session.flush()


def cancel(session: Session, review: Review, *, by: int, at: datetime, reason: str) -> None:
    """It is not to be scored after all; the call may be drawn again. Raises Settled."""
    _not_ended(review)
    said = words(reason, "reason", LONGEST_REASON)
    if not said:
        raise InvalidContent("reason", "请写明取消的理由。")
    review.state, review.reason = "cancelled", said
    session.flush()


def _not_ended(review: Review) -> None:
    if review.state in ENDED:
        raise Settled(ENDED[review.state])


# Marking


def begin(
    session: Session, review: Review, *, by: int, at: datetime, never: Never = NOBODY
) -> Draft:
    """One's own review is begun; one that is nobody's becomes one's own."""
    _not_ended(review)
    check_inspector(review.call, by, never)
    if review.inspector_id is None:
        review.inspector_id = by
    return drafts.begin(session, review, by=by, at=at)


def claim(
    session: Session,
    review: Review,
    page: str,
    saves: int,
    *,
    by: int,
    at: datetime,
    never: Never = NOBODY,
) -> Draft:
    """A newly opened page takes the marks over from an older one. Raises StaleDraft."""
    begin(session, review, by=by, at=at, never=never)
    return drafts.claim(session, review, page, saves, by=by, at=at)


def save(
    session: Session, review: Review, marked: Marked, saves: int, *, by: int, at: datetime
) -> Draft:
    """Keep the marks made so far; ``saves`` is the number they were made from. See ``drafts``."""
    rubric = rubric_of(review.version)
    return drafts.save(session, review, rubric, marked, saves, by=by, at=at)


def finish(session: Session, review: Review, *, by: int, at: datetime) -> Score:
    """Score what the draft holds. Raises Unfinished with what is missing, NotYours, Settled."""
    _not_ended(review)
    if review.inspector_id != by:
        raise NotYours("完成")
    draft = session.get(Draft, review.id)
    rubric = rubric_of(review.version)
    marked = dict(draft.answers) if draft else {}
    automatic = _automatic(session, review, rubric, marked)
    state = seen(rubric, marked | automatic, {}, "")
    if draft is None or review.state != BEGUN or state.open:
        raise Unfinished(state.open or [("", "全部评分项", "没有作答")])
    suggested = suggesting.newest(session, review.call_id, review.version_id)
    made = add(
        session,
        review,
        marked | automatic,
        draft.notes,
        draft.comment,
        "review",
        by=by,
        at=at,
        automatic=automatic,
        first=suggesting.first_marks(suggested, draft.first, marked),
    )
    review.state, review.finished_at, review.worked = "finished", at, draft.worked
    if review.purpose in COUNTING:
        review.appeal_until = at + timedelta(days=settings.value(session, "appeal_days"))
    session.flush()
    return made


def _automatic(
    session: Session, review: Review, rubric: Rubric, marked: Mapping[str, Any]
) -> dict[str, Any]:
    """Answers of checks that may count alone, for items left open. None where people are compared.

    An answer may show further items: those are asked for in turn.
    """
    found: dict[str, Any] = {}
    while review.purpose in COUNTING:
        missing = [key for key, _, _ in seen(rubric, {**marked, **found}, {}, "").open]
        more = suggesting.alone(session, review, rubric, [k for k in missing if k not in marked])
        if not more.keys() - found.keys():
            break
        found |= more
    return found


# Scoring


def rescore(
    session: Session,
    review: Review,
    answers: Mapping[str, Any],
    cause: str,
    *,
    by: int | None,
    at: datetime,
    reason: str = "",
    notes: Mapping[str, str] | None = None,
) -> Score:
    """Add a later score, which holds from now on; the one function that does.

    ``cause``: ``appeal``, ``slip``, ``recheck``. Notes and comment stay as they are unless given.
    Raises BadMarks where the answers do not fit, Settled where there is no score to follow.
    """
    last = review.score
    if review.state != "finished" or last is None:
        raise Settled("这次评分还没有完成，没有成绩可改。")
    kept = last.notes if notes is None else notes
    return add(
        session,
        review,
        answers,
        kept,
        last.comment,
        cause,
        by=by,
        at=at,
        reason=words(reason, "reason", LONGEST_REASON),
        automatic=[key for key in last.automatic if answers.get(key) == last.answers.get(key)],
    )
