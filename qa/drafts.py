"""What an inspector has marked so far: saved as he goes, told apart by page, never lost.

A draft is saved on the number of the save it was made from. Somebody else's newer save is not gone
over: StaleDraft, and both contents are there to be compared. A page may always go over what it
saved itself, so that an answer lost on the way back (a killed server) does no harm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kb.errors import InvalidContent, Settled

from .errors import NotYours, StaleDraft
from .exact import LARGEST
from .rubric import Rubric
from .tables import Draft, Review

IDLE = 60.0
"""Seconds without a touch after which nobody is taken to be at work."""
LONGEST_NOTE = 2000
LONGEST_COMMENT = 5000
LONGEST_ANSWER = 100
BEGUN, WAITING = "begun", "waiting"
ENDED: Mapping[str, str] = {
    "finished": "这次评分已经完成，不能再改。成绩要改，请走申诉或更正笔误。",
    "cancelled": "这次评分已经取消，不用再评。",
}


@dataclass(frozen=True, slots=True)
class Marked:
    """What a page sends. Answers may be unfinished or wrong: a draft keeps them as they are.

    ``worked``: seconds of work shown by the page, all in all; None where nobody measured.
    ``page`` and ``turn`` name the opened page and its how-manieth try. ``looked``: items whose
    automatic suggestion is shown from now on.
    """

    answers: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    worked: float | None = None
    page: str = ""
    turn: int = 0
    looked: Sequence[str] = ()


def begin(session: Session, review: Review, *, by: int, at: datetime) -> Draft:
    """The draft of one's own review, which is begun unless it was. Comes held."""
    _workable(review, by)
    draft = session.get(Draft, review.id)
    if review.state == WAITING:
        review.state, review.begun_at = BEGUN, at
    if draft is None:
        draft = Draft(review_id=review.id, answers={}, notes={}, first={}, comment="")
        draft.saved_at = at
        draft.worked, draft.saves, draft.page, draft.turn = 0.0, 0, "", 0
        session.add(draft)
    session.flush()
    return draft


def claim(
    session: Session, review: Review, page: str, saves: int, *, by: int, at: datetime
) -> Draft:
    """A newly opened page takes the draft over: an older one is refused from now on.

    ``saves`` is the number the page was drawn with. Raises StaleDraft when it is not the newest.
    """
    draft = begin(session, review, by=by, at=at)
    if page and page == draft.page:
        return draft
    _same(draft, saves)
    draft.page, draft.turn, draft.saves = page[:40], 0, draft.saves + 1
    draft.saved_at = at
    session.flush()
    return draft


def save(
    session: Session,
    review: Review,
    rubric: Rubric,
    marked: Marked,
    saves: int,
    *,
    by: int,
    at: datetime,
) -> Draft:
    """Keep what was marked. Raises StaleDraft, InvalidContent, NotYours, Settled."""
    draft = begin(session, review, by=by, at=at)
    if marked.page and marked.page == draft.page:
        if marked.turn <= draft.turn and draft.turn:
            return draft  # a later try of the same page has come through already
    else:
        _same(draft, saves)
    answers, notes = clean_answers(rubric, marked.answers), clean_notes(rubric, marked.notes)
    comment = words(marked.comment, "comment", LONGEST_COMMENT)
    draft.answers, draft.notes, draft.comment = answers, notes, comment
    draft.first = _first(rubric, draft.first, marked.looked, answers)
    draft.worked = _worked(draft, marked.worked, at)
    draft.page, draft.turn = marked.page[:40], marked.turn
    draft.saves, draft.saved_at = draft.saves + 1, at
    session.flush()
    return draft


def _workable(review: Review, by: int) -> None:
    if review.state in ENDED:
        raise Settled(ENDED[review.state])
    if review.inspector_id != by:
        raise NotYours


def _same(draft: Draft, saves: int) -> None:
    if saves != draft.saves:
        raise StaleDraft(draft.review_id, draft.saves)


def _worked(draft: Draft, shown: float | None, at: datetime) -> float:
    """No page can have worked longer than time has passed since the last save."""
    passed = max(0.0, (at - draft.saved_at).total_seconds())
    if shown is None:
        return draft.worked + min(passed, IDLE)
    if not math.isfinite(shown):
        return draft.worked
    return max(draft.worked, min(shown, draft.worked + passed))


def _first(
    rubric: Rubric, shown: Mapping[str, Any], looked: Sequence[str], answers: Mapping[str, Any]
) -> dict[str, Any]:
    """What was marked when each suggestion was shown first stays what it was."""
    _known(rubric, dict.fromkeys(looked))
    return {**{key: answers.get(key) for key in looked}, **shown}


def clean_answers(rubric: Rubric, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as a draft may hold them, in the order of the rubric; what is left open is left
    out, while an empty list says “none of them”.

    Raises InvalidContent for what no form could have sent.
    """
    _known(rubric, answers)
    return {
        item.key: _answer(item.title, answers[item.key])
        for item in rubric.items()
        if answers.get(item.key) not in (None, "")
    }


def _answer(title: str, answer: Any) -> Any:
    if isinstance(answer, list | tuple):
        if len(answer) > LONGEST_ANSWER or not all(isinstance(each, str) for each in answer):
            raise InvalidContent("answers", f"“{title}”的答案无法识别，请刷新页面再评。")
        return [words(each, "answers", LONGEST_ANSWER) for each in answer]
    if isinstance(answer, str):
        return words(answer, "answers", LONGEST_ANSWER)
    number = isinstance(answer, int | float) and not isinstance(answer, bool)
    if number and math.isfinite(answer) and abs(answer) <= LARGEST:
        return answer
    raise InvalidContent("answers", f"“{title}”的答案无法识别，请刷新页面再评。")


def clean_notes(rubric: Rubric, notes: Mapping[str, str]) -> dict[str, str]:
    _known(rubric, notes)
    found = {item.key: notes[item.key] for item in rubric.items() if item.key in notes}
    cleaned = {key: words(note, "notes", LONGEST_NOTE) for key, note in found.items()}
    return {key: note for key, note in cleaned.items() if note}


def _known(rubric: Rubric, given: Mapping[str, Any]) -> None:
    for key in given:
        if rubric.item(key) is None:
            raise InvalidContent(
                "answers", f"评分表里没有评分项“{str(key)[:40]}”，请刷新页面再评。"
            )


def words(given: Any, field: str, longest: int) -> str:
    """A remark as it may be kept. Raises InvalidContent."""
    if not isinstance(given, str):
        raise InvalidContent(field, "这里要填文字。")
    text = given.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        raise InvalidContent(field, "文字里有无法保存的字符（乱码），请改正。")
    if len(text) > longest:
        raise InvalidContent(field, f"最多 {longest} 字，现在有 {len(text)} 字，请删短一些。")
    return text
