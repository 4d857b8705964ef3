"""Calibration sessions: the same calls before several inspectors, blind, and the talk afterwards.

    session = create(db, Session("九月校准", version, calls=(3, 7), inspectors=(2, 4, 5)), by, at)
    close(db, session, by, at)
    report(db, session)

While a session is open everybody sees their own marks alone. What is found counts for no agent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.errors import InvalidContent, NotFound, Settled

from . import reviews
from .calibration import ENOUGH, Deviation, ItemReport, against_expert, item_report
from .exact import exact
from .ratings import Ratings, ratings
from .rubric import Rubric
from .rubric_read import parse
from .severity import Severities, severities
from .tables import (
    Calibration,
    CalibrationCall,
    CalibrationNote,
    CalibrationSeat,
    Call,
    Review,
    ScorecardVersion,
)
from .tables.scorecards import ACTIVE

MOST_CALLS = 30
MOST_INSPECTORS = 30
LONGEST_TITLE = 120
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Planned:
    """What a new session is about; ids of calls and people. ``expert``: the yardstick, or None."""

    title: str
    version: int
    calls: Sequence[int]
    inspectors: Sequence[int]
    expert: int | None = None
    due_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far each inspector is: finished of all, in the order of the seats."""

    person_id: int
    finished: int
    calls: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a closed session found.

    ``scores``: call id → inspector → reported score, as text keys; ``items``: agreement of each
    item with what was marked (call id → inspector → mark); ``severities`` who is strict by how
    much; ``deviations`` against the expert, where there is one.
    """

    rubric: Rubric
    items: Sequence[ItemReport]
    marks: Mapping[str, Mapping[str, Mapping[str, str]]]
    scores: Mapping[str, Mapping[str, float]]
    severities: Severities
    deviations: Sequence[Deviation]


def get(session: Session, id: int) -> Calibration:
    """Raises NotFound."""
    found = session.get(Calibration, id)
    if found is None:
        raise NotFound("校准", str(id))
    return found


def create(session: Session, planned: Planned, by: int | None, at: datetime) -> Calibration:
    """A session with one waiting review for every inspector and call. Raises InvalidContent."""
    version = _version(session, planned.version)
    calls = _calls(session, planned.calls)
    people = _people(planned)
    title = planned.title.strip()
    if not title:
        raise InvalidContent("title", "请写一个名称，例如“11月退票类校准”。")
    if len(title) > LONGEST_TITLE:
        raise InvalidContent("title", f"名称最多{LONGEST_TITLE}个字。")
    if planned.due_at is not None and planned.due_at <= at:
        raise InvalidContent("due_at", "截止时间要晚于现在。")
    made = Calibration(
        title=title,
        version_id=version.id,
        expert_id=planned.expert,
        note=planned.note.strip()[:LONGEST_NOTE],
        created_at=at,
        created_by=by,
        due_at=planned.due_at,
        calls=[CalibrationCall(call_id=call.id, position=n) for n, call in enumerate(calls)],
        seats=[CalibrationSeat(person_id=id) for id in people],
    )
    session.add(made)
    session.flush()
    for call in calls:
        for id in people:
            if id != call.agent_id:  # nobody scores himself
                reviews.create(
                    session,
                    call,
                    version,
                    by=by,
                    at=at,
                    inspector=id,
                    purpose="calibration",
                    calibration=made.id,
                    blind=True,
                    due_at=planned.due_at,
                )
    return made


def _version(session: Session, id: int) -> ScorecardVersion:
    version = session.get(ScorecardVersion, id)
    if version is None or version.state != ACTIVE:
        raise InvalidContent("version", "请选一张启用中的评分表。")
    return version


def _calls(session: Session, ids: Sequence[int]) -> list[Call]:
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise InvalidContent("calls", "请至少选一通通话。")
    if len(wanted) > MOST_CALLS:
        raise InvalidContent("calls", f"一次校准最多{MOST_CALLS}通通话。")
    found = {call.id: call for call in session.scalars(select(Call).where(Call.id.in_(wanted)))}
    if missing := [id for id in wanted if id not in found]:
        raise InvalidContent("calls", f"有{len(missing)}通通话找不到，请重新选。")
    return [found[id] for id in wanted]


def _people(planned: Planned) -> list[int]:
    people = list(dict.fromkeys(planned.inspectors))
    if planned.expert is not None and planned.expert not in people:
        people.append(planned.expert)
    if len(people) < 2:
        raise InvalidContent("inspectors", "至少要两个人各自评分，才谈得上一致不一致。")
    if len(people) > MOST_INSPECTORS:
        raise InvalidContent("inspectors", f"一次校准最多{MOST_INSPECTORS}个人。")
    return people


def all_sessions(session: Session) -> Sequence[Calibration]:
    """Open ones first, then the newest."""
    query = select(Calibration).options(
        selectinload(Calibration.calls), selectinload(Calibration.seats)
    )
    found = session.scalars(query).unique().all()
    return sorted(found, key=lambda one: (one.closed_at is not None, -one.id))


def progress(session: Session, calibration: Calibration) -> list[Progress]:
    """How far everybody is; cancelled reviews are not asked for any more."""
    states: dict[int | None, list[str]] = defaultdict(list)
    for review in _reviews(session, calibration):
        if review.state != "cancelled":
            states[review.inspector_id].append(review.state)
    return [
        Progress(
            seat.person_id,
            states[seat.person_id].count("finished"),
            len(states[seat.person_id]),
        )
        for seat in calibration.seats
    ]


def close(session: Session, calibration: Calibration, by: int, at: datetime) -> None:
    """End it: what is not finished is cancelled, and the marks are shown to all who took part.

    Raises Settled where it is closed already, or nothing could be compared yet.
    """
    if calibration.closed_at is not None:
        raise Settled("这次校准已经结束了。")
    found = _reviews(session, calibration)
    if not _comparable(found):
        raise Settled("还没有一通通话有两个人评完，现在结束就没有可比的结果。")
    for review in found:
        if review.state in ("waiting", "begun"):
            reviews.cancel(session, review, by=by, at=at, reason="校准已经结束")
    calibration.closed_at, calibration.closed_by = at, by
    session.flush()


def _comparable(found: Sequence[Review]) -> bool:
    finished = [review.call_id for review in found if review.state == "finished"]
    return len(finished) > len(set(finished))


def add_note(
    session: Session, calibration: Calibration, item: str, text: str, by: int, at: datetime
) -> CalibrationNote:
    """What was agreed about an item ('' = about the whole) after it was closed."""
    if calibration.closed_at is None:
        raise Settled("校准结束以后才写结论：现在写，会让还没评完的人先看到。")
    text = text.strip()
    if not text:
        raise InvalidContent("text", "请写下商定的结论。")
    if len(text) > LONGEST_NOTE:
        raise InvalidContent("text", f"最多{LONGEST_NOTE}个字。")
    if item and item not in _items(parse(calibration.version.content)):
        raise InvalidContent("item", "评分表里没有这一项。")
    made = CalibrationNote(calibration_id=calibration.id, item=item, text=text, author_id=by, at=at)
    session.add(made)
    session.flush()
    return made


def notes(session: Session, calibration: Calibration) -> Sequence[CalibrationNote]:
    """The newest last."""
    query = select(CalibrationNote).where(CalibrationNote.calibration_id == calibration.id)
    return session.scalars(query.order_by(CalibrationNote.id)).all()


# What was found


def report(session: Session, calibration: Calibration, enough: float = ENOUGH) -> Report:
    """Agreement item by item and severity, of the finished reviews. Raises Settled if open."""
    if calibration.closed_at is None:
        raise Settled("校准还没有结束，结果要等大家评完才看得到。")
    rubric = parse(calibration.version.content)
    finished = [r for r in _reviews(session, calibration) if r.state == "finished" and r.score]
    marks = _marks(rubric, finished)
    scores = _scores(finished)
    return Report(
        rubric,
        items=[
            item_report(key, _ratings(given), scale=_scale(rubric, key), enough=enough)
            for key, given in marks.items()
        ],
        marks=marks,
        scores=scores,
        severities=severities(scores),
        deviations=_deviations(scores, calibration.expert_id),
    )


def _reviews(session: Session, calibration: Calibration) -> Sequence[Review]:
    query = (
        select(Review)
        .where(Review.calibration_id == calibration.id)
        .options(joinedload(Review.call), selectinload(Review.scores))
        .order_by(Review.call_id, Review.inspector_id)
    )
    return session.scalars(query).all()


def _items(rubric: Rubric) -> dict[str, Any]:
    return {item.key: item for section in rubric.sections for item in section.items}


def _marks(rubric: Rubric, finished: Sequence[Review]) -> dict[str, dict[str, dict[str, str]]]:
    """Item → call → inspector → what was marked, as a word that can be compared."""
    made: dict[str, dict[str, dict[str, str]]] = {key: {} for key in _items(rubric)}
    for review in finished:
        assert review.score is not None
        for key in made:
            if key in review.score.answers:
                given = made[key].setdefault(str(review.call_id), {})
                given[str(review.inspector_id)] = _word(review.score.answers[key])
    return made


def _word(answer: Any) -> str:
    """A mark as one word: several options in the order of their keys."""
    return "+".join(sorted(answer)) if isinstance(answer, list) else str(answer)


def _ratings(given: Mapping[str, Mapping[str, str]]) -> Ratings:
    return ratings(
        (call, inspector, word)
        for call, marks in given.items()
        for inspector, word in marks.items()
    )


def _scale(rubric: Rubric, key: str) -> Any:
    """Numbers are compared by their distance, options by being the same."""
    return "interval" if _items(rubric)[key].kind == "number" else "nominal"


def _scores(finished: Sequence[Review]) -> dict[str, dict[str, float]]:
    made: dict[str, dict[str, float]] = {}
    for review in finished:
        assert review.score is not None
        if review.score.reported is not None:
            given = made.setdefault(str(review.call_id), {})
            given[str(review.inspector_id)] = review.score.reported
    return made


def _deviations(scores: Mapping[str, Mapping[str, float]], expert: int | None) -> list[Deviation]:
    if expert is None:
        return []
    name = str(expert)
    yardstick = {call: exact(given[name]) for call, given in scores.items() if name in given}
    others: dict[str, dict[str, Fraction]] = {
        call: {who: exact(value) for who, value in given.items() if who != name}
        for call, given in scores.items()
    }
    return against_expert(others, yardstick)
