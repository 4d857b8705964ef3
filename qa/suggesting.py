"""What the checks of a scorecard suggest for a call, kept apart from what people mark.

    run(session, call, version, knowledge, at)       # a row for every item whose finding is new
    newest(session, call.id, version.id)             # {item: Suggestion}
    standings(session, version)                      # how often each check agreed with people

A suggestion never touches a mark. It may count alone only for an item nobody marked, and whose
agreement with people who had not seen it has been shown (``qa.automatic``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import rubric_read, settings, transcribing
from .automatic import Answer, Standing, fits, same, standing
from .checks import Finding, Heard, Knowledge, suggest
from .exact import NotANumber, exact
from .rubric import Item, Rubric
from .tables import Call, Review, Score, ScorecardVersion, Suggestion

KERNEL = "1"
"""Version of the checks; new with every change of what one finds."""
MOST_PAIRS = 1000
"""The newest reviews that agreement is worked out of."""


def heard(call: Call, knowledge: Knowledge | None = None) -> Heard:
    """The call as its checks see it; figures outlive the recording they were measured on."""
    figures = next((r.figures for r in reversed(call.recordings) if r.figures is not None), None)
    spoken = transcribing.utterances(call.transcript) if call.transcript else []
    facts = {**call.data, "queue": call.queue, "direction": call.direction}
    if call.satisfaction is not None:
        facts["satisfaction"] = call.satisfaction
    return Heard(
        tuple(spoken),
        None if call.seconds is None else Fraction(str(call.seconds)),
        figures,
        call.started_at,
        facts,
        knowledge,
    )


def run(
    session: Session,
    call: Call,
    version: ScorecardVersion,
    knowledge: Knowledge | None,
    at: datetime,
) -> list[Suggestion]:
    """Look at the call and keep what is found."""
    return keep(session, call, version, find(call, version, knowledge), at)


def find(call: Call, version: ScorecardVersion, knowledge: Knowledge | None) -> list[Finding]:
    """What the checks find; it takes a while, and writes nothing."""
    return suggest(rubric_read.parse(version.content), heard(call, knowledge))


def keep(
    session: Session,
    call: Call,
    version: ScorecardVersion,
    found: Iterable[Finding],
    at: datetime,
) -> list[Suggestion]:
    """Add what is new; the same finding again adds nothing."""
    known = newest(session, call.id, version.id)
    transcript = call.transcript.id if call.transcript else None
    made = []
    for finding in found:
        row = _row(finding, call, version, transcript, at)
        if (old := known.get(finding.item)) is None or _differ(old, row):
            session.add(row)
            made.append(row)
    session.flush()
    return made


def _row(
    finding: Finding, call: Call, version: ScorecardVersion, transcript: int | None, at: datetime
) -> Suggestion:
    told = finding.as_json()
    return Suggestion(
        call_id=call.id,
        version_id=version.id,
        transcript_id=transcript,
        item=finding.item,
        outcome=finding.outcome,
        answer=told["answer"],
        says=finding.reason,
        evidence=told["evidence"],
        settings=told["settings"],
        details={"kind": finding.kind, **finding.details},
        kernel=KERNEL,
        at=at,
    )


_SAME = ("transcript_id", "outcome", "answer", "says", "evidence", "settings", "details", "kernel")


def _differ(old: Suggestion, new: Suggestion) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in _SAME)


def newest(session: Session, call_id: int, version_id: int) -> dict[str, Suggestion]:
    """The suggestion that holds for each item."""
    query = select(Suggestion).where(
        Suggestion.call_id == call_id, Suggestion.version_id == version_id
    )
    return {row.item: row for row in session.scalars(query.order_by(Suggestion.id))}


def versions_of(session: Session, call: Call) -> list[ScorecardVersion]:
    """The versions this call is being marked on, or was: what its checks are run for."""
    marked = select(Review.version_id).where(
        Review.call_id == call.id, Review.state.in_(("waiting", "begun"))
    )
    query = select(ScorecardVersion).where(ScorecardVersion.id.in_(marked))
    return list(session.scalars(query.order_by(ScorecardVersion.id)))


def answer_of(value: Any) -> Answer:
    """A stored answer as the checks and their agreement take it."""
    if value is None or isinstance(value, str):
        return value
    try:
        return exact(value)
    except NotANumber:
        return None


# Against people


def standings(session: Session, version: ScorecardVersion) -> dict[str, Standing]:
    """How each check of this version has stood against people who had not seen what it said.

    Reviews on other versions count for an item that is the same there, word for word.
    """
    threshold = float(settings.value(session, "automatic_threshold"))
    confidence = float(settings.value(session, "confidence")) / 100
    rubric = rubric_read.parse(version.content)
    pairs = _pairs(session, version, rubric)
    return {
        item.key: standing(
            item, [(a, b) for _, a, b in pairs.get(item.key, [])], threshold, confidence
        )
        for item in rubric.items()
        if item.check
    }


def apart(session: Session, version: ScorecardVersion) -> dict[str, list[int]]:
    """{item: reviews whose first mark was not what the check suggested}, the newest first."""
    rubric = rubric_read.parse(version.content)
    found: dict[str, list[int]] = {}
    for key, pairs in _pairs(session, version, rubric).items():
        item = rubric.item(key)
        for review, automatic, human in pairs:
            judged = item is not None and None not in (automatic, human)
            if item is not None and judged and not same(item, automatic, human):
                found.setdefault(key, []).append(review)
    return found


def _pairs(
    session: Session, version: ScorecardVersion, rubric: Rubric
) -> dict[str, list[tuple[int, Answer, Answer]]]:
    """{item: (review, automatic, human first mark) of every call}"""
    alike = _alike(session, version, rubric)
    query = (
        select(Review.id, Review.call_id, Review.version_id, Score.first)
        .join(Score, Score.review_id == Review.id)
        .where(
            Review.version_id.in_(alike),
            Review.state == "finished",
            Review.purpose.in_(("score", "live")),
            Score.number == 1,
        )
        .order_by(Score.id.desc())
        .limit(MOST_PAIRS)
    )
    rows = [(id, call, on, first) for id, call, on, first in session.execute(query) if first]
    found = _answers(session, {call for _, call, _, _ in rows}, alike)
    pairs: dict[str, list[tuple[int, Answer, Answer]]] = {}
    for id, call, on, first in rows:
        for item, human in first.items():
            if item in alike[on] and human is not None and (call, on, item) in found:
                pair = id, answer_of(found[call, on, item]), _human(human)
                pairs.setdefault(item, []).append(pair)
    return pairs


def _human(value: Any) -> Answer:
    return None if isinstance(value, list) else answer_of(value)


def _alike(
    session: Session, version: ScorecardVersion, rubric: Rubric
) -> dict[int, frozenset[str]]:
    """{version: its items that are the same as in this rubric}"""
    own = {item.key: item.as_json() for item in rubric.items() if item.check}
    query = select(ScorecardVersion).where(
        ScorecardVersion.scorecard_id == version.scorecard_id, ScorecardVersion.state == "active"
    )
    return {
        each.id: frozenset(
            item.key
            for item in rubric_read.parse(each.content).items()
            if own.get(item.key) == item.as_json()
        )
        for each in session.scalars(query)
    }


def _answers(
    session: Session, calls: Iterable[int], versions: Iterable[int]
) -> dict[tuple[int, int, str], Any]:
    """{(call, version, item): the answer that holds}"""
    columns = (Suggestion.call_id, Suggestion.version_id, Suggestion.item, Suggestion.answer)
    query = select(*columns).where(
        Suggestion.call_id.in_(list(calls)), Suggestion.version_id.in_(list(versions))
    )
    rows = session.execute(query.order_by(Suggestion.id))
    return {(call, version, item): answer for call, version, item, answer in rows}


def alone(
    session: Session, review: Review, rubric: Rubric, missing: Iterable[str]
) -> dict[str, Any]:
    """{item nobody marked: the automatic answer that counts for it}"""
    suggested = newest(session, review.call_id, review.version_id)
    asked = [key for key in missing if key in suggested]
    if not asked:
        return {}
    shown = standings(session, review.version)
    return {
        key: suggested[key].answer
        for key in asked
        if key in shown and shown[key].alone and _fits(rubric.item(key), suggested[key].answer)
    }


def _fits(item: Item | None, answer: Any) -> bool:
    return item is not None and fits(item, answer_of(answer))


def first_marks(
    suggested: Mapping[str, Suggestion], shown: Mapping[str, Any], answers: Mapping[str, Any]
) -> dict[str, Any]:
    """What people marked before they saw the suggestion; of one never shown, the mark itself."""
    return {key: shown.get(key, answers.get(key)) for key in suggested}
