"""Calls as a list shows them: what each is allowed to show, looked up for the whole page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa import call_search
from qa.call_search import Passage, Wanted
from qa.tables import Call, Recording, Review

from . import qa_sight
from .context import reading

SOUND = {"waiting": "待测量", "ready": "有", "failed": "没有量成"}
STATES = {"waiting": "待评", "begun": "评分中", "finished": "已评"}


@dataclass(frozen=True, slots=True)
class Row:
    """One call; ``agent`` and ``score`` are already as this reader may see them."""

    call: Call
    blind: bool
    agent: str
    extension: str
    customer: str
    recording: Recording | None
    removed: Recording | None
    written: bool
    state: str
    score: float | None
    title: str
    passages: Sequence[Passage]


def rows(calls: Sequence[Call], wanted: Wanted, *, numbers: bool = False) -> list[Row]:
    """``numbers``: callers' numbers in full, for those who may see them."""
    session = reading()
    qa_sight.load_agents(call.agent_id for call in calls)
    reviews = call_search.scores_of(session, calls)
    texts = call_search.texts(session, calls) if wanted.terms else {}
    written = call_search.written(session, calls)
    hidden, unjudged = qa_sight.hidden_calls(), qa_sight.hidden_scores()
    made = []
    for call in calls:
        review = _telling(reviews.get(call.id, ()))
        score = review.score if review is not None and call.id not in unjudged else None
        text = texts.get(call.id)
        blind = call.id in hidden
        made.append(
            Row(
                call=call,
                blind=blind,
                agent=qa_sight.HIDDEN if blind else qa_sight.agent_label(call),
                extension="" if blind else call.extension,
                customer=qa_sight.customer(call) if numbers else qa_sight.masked(call.customer),
                recording=call.recording,
                removed=_removed(call),
                written=call.id in written,
                state="" if review is None else STATES[review.state],
                score=None if score is None else score.reported,
                title="" if review is None else review.version.title,
                passages=call_search.passages(text, wanted) if text else (),
            )
        )
    return made


def _telling(reviews: Iterable[Review]) -> Review | None:
    """The newest finished review, else the newest."""
    found = list(reviews)
    return next((r for r in found if r.state == "finished"), found[0] if found else None)


def _removed(call: Call) -> Recording | None:
    """The last recording, where its sound is gone."""
    last = call.recordings[-1] if call.recordings else None
    return last if last is not None and last.removed_at is not None else None
