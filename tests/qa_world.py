"""Builders of quality assurance: scorecards, calls, recordings, transcripts, reviews.

Each adds rows with plain defaults to a session; what a test is about it says itself. People are
ids: take them from ``tests.world`` or make numbers up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from qa import calls, marks, transcribing
from qa.calls import Facts
from qa.rubric import fingerprint
from qa.rubric_read import parse
from qa.score import KERNEL
from qa.score import score as score_of
from qa.tables import (
    Call,
    Draw,
    ItemScore,
    Plan,
    Recording,
    Review,
    Score,
    Scorecard,
    ScorecardVersion,
    Transcript,
)
from qa.transcripts import Role, Utterance

from .world import NOW

AGENT, INSPECTOR = 11, 21
"""Ids of an agent and an inspector where it does not matter who."""

RUBRIC: dict[str, Any] = {
    "title": "退票来电",
    "mode": "points",
    "sections": [
        {
            "key": "manner",
            "title": "服务",
            "items": [
                {
                    "key": "greeting",
                    "title": "问候",
                    "kind": "choice",
                    "options": [
                        {"key": "yes", "title": "有", "points": 4},
                        {"key": "no", "title": "没有", "points": 0},
                    ],
                },
                {
                    "key": "patience",
                    "title": "耐心",
                    "kind": "choice",
                    "na": True,
                    "options": [
                        {"key": "good", "title": "好", "points": 2},
                        {"key": "poor", "title": "差", "points": 0},
                    ],
                },
            ],
        },
        {
            "key": "knowledge",
            "title": "业务",
            "items": [
                {
                    "key": "fee",
                    "title": "退票费答得对",
                    "kind": "choice",
                    "critical": True,
                    "fatal": "form",
                    "article": "refund-fee",
                    "options": [
                        {"key": "right", "title": "对", "points": 4},
                        {"key": "wrong", "title": "错", "points": 0, "fails": True},
                    ],
                }
            ],
        },
    ],
}
"""Ten points over three items; ``fee`` is fatal and names the article of ``tests.world``."""

GOOD = {"greeting": "yes", "patience": "good", "fee": "right"}
"""Answers worth 100."""

SAID: tuple[tuple[float, float, Role, str], ...] = (
    (0.5, 3.0, "agent", "您好，铁路旅客服务中心，请问有什么可以帮您？"),
    (3.5, 6.0, "customer", "我想退票，手续费怎么收？"),
    (6.5, 10.0, "agent", "开车前不足24小时，退票费是票价的20%。"),
    (10.5, 12.0, "customer", "好的，谢谢。"),
)
"""A short call, in seconds."""

_numbers = count(1)


def add_call(
    session: Session,
    key: str = "",
    agent_id: int = AGENT,
    at: datetime = NOW - timedelta(days=1),
    seconds: float = 180.0,
    **facts: Any,
) -> Call:
    """A call that began ``at`` and is over; without a key it gets the next number."""
    made = Facts(key or f"C-{next(_numbers):05}", agent_id, at, seconds=seconds, **facts)
    return calls.add(session, made, None, max(at, NOW))


def add_recording(session: Session, call: Call, **fields: Any) -> Recording:
    """A recording that is ready, without bytes behind it; ``fields`` replace what is here."""
    given: dict[str, Any] = {
        "sha256": f"{next(_numbers):064x}",
        "name": f"{call.key}.wav",
        "size": 1000,
        "format": "WAV PCM 16",
        "channels": 2,
        "rate": 8000,
        "seconds": call.seconds or 60.0,
        "agent_side": "left",
        "state": "ready",
        "added_at": NOW,
    } | fields
    made = Recording(call=call, **given)
    session.add(made)
    session.flush()
    return made


def add_transcript(
    session: Session, call: Call, said: Sequence[tuple[float, float, Role | None, str]] = SAID
) -> Transcript:
    """``said``: (start, end, role, text)"""
    made = [
        Utterance(Fraction(str(start)), Fraction(str(end)), text, role)
        for start, end, role, text in said
    ]
    return transcribing.add(session, call, made, "file", None, NOW)


def add_scorecard(session: Session, key: str = "", rubric: Mapping[str, Any] = RUBRIC) -> Scorecard:
    """A scorecard with one activated version."""
    made = Scorecard(key=key or f"card-{next(_numbers)}", created_at=NOW)
    session.add(made)
    session.flush()
    session.add(
        ScorecardVersion(
            scorecard=made,
            number=1,
            state="active",
            title=rubric["title"],
            content=dict(rubric),
            fingerprint=fingerprint(parse(rubric)),
            created_at=NOW,
            changed_at=NOW,
            activated_at=NOW,
        )
    )
    session.flush()
    return made


def add_review(session: Session, call: Call, scorecard: Scorecard, **fields: Any) -> Review:
    """A review that waits for the inspector; ``fields`` replace what is here."""
    version = scorecard.active
    assert version is not None
    given: dict[str, Any] = {
        "inspector_id": INSPECTOR,
        "chosen": "random",
        "probability": "1/10",
        "why": ["随机抽取"],
        "created_at": NOW,
        "due_at": NOW + timedelta(days=7),
    } | fields
    made = Review(call=call, scorecard_id=scorecard.id, version=version, **given)
    session.add(made)
    session.flush()
    return made


def add_score(
    session: Session,
    review: Review,
    answers: Mapping[str, Any] = GOOD,
    at: datetime = NOW,
    cause: str = "review",
    by: int | None = None,
) -> Score:
    """Score a review and finish it where it is not; a later score takes the next number."""
    rubric = parse(review.version.content)
    result = score_of(rubric, answers)
    figures = result.as_dict()
    made = Score(
        review=review,
        number=review.scored + 1,
        cause=cause,
        answers=dict(answers),
        result=figures,
        kernel=KERNEL,
        raw=figures["raw"],
        reported=figures["reported"],
        critical=figures["critical"],
        at=at,
        by=by if by is not None else review.inspector_id,
    )
    given = marks.match(rubric, answers).given
    made.items = [
        ItemScore(
            item=key,
            applies=line is not None,
            failed=line is not None and (line.mark.fails or line.mark.points < line.possible),
            earned=None if line is None else float(line.mark.points),
            possible=None if line is None else float(line.possible),
            answer=answers.get(key) if key in given else None,
        )
        for key, line in result.items.items()
    ]
    session.add(made)
    review.scored = made.number
    if review.state != "finished":
        review.state, review.finished_at = "finished", at
        review.appeal_until = at + timedelta(days=5)
    session.flush()
    return made


def add_scored(
    session: Session, call: Call, scorecard: Scorecard, answers: Mapping[str, Any] = GOOD
) -> Review:
    """A finished review with its first score."""
    review = add_review(session, call, scorecard)
    add_score(session, review, answers)
    return review


def add_draw(session: Session, scorecard: Scorecard) -> Draw:
    """A draw that found nothing, from a plan of its own."""
    content = {"per_agent": 5}
    plan = Plan(name=f"计划 {next(_numbers)}", scorecard=scorecard, content=content, created_at=NOW)
    made = Draw(
        plan=plan,
        content=content,
        seed="s",
        first=NOW - timedelta(days=30),
        last=NOW,
        population=0,
        agents={},
        at=NOW,
    )
    session.add_all([plan, made])
    session.flush()
    return made
