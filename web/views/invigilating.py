"""An exam while it goes on: who is in, how far, how long; hints, and more time for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from exams import arranging, sittings, watching
from exams.exam_rules import KINDS, STATES, state
from exams.tables import Attempt, Exam
from exams.watching import Hint
from kb.database import LARGEST_ID
from kb.errors import NotFound

from .. import exam_people, user_agents
from ..access import needs
from ..context import now, reading
from ..pages import duration, second
from ..people_names import load_names, person_name
from .exams import MARKS

blueprint = Blueprint("invigilating", __name__, url_prefix="/exams/manage")

SECONDS = 10
"""How often the page asks for the seats anew."""
ENDED: Mapping[str, str] = {"by_hand": "本人交卷", "by_time": "到时收卷"}


@blueprint.get("/<int:id>/now")
@needs("exams.papers")
def show(id: int) -> ResponseReturnValue:
    exam = arranging.get(reading(), id)
    return render_template("exams/now.html", exam=exam, every=f"{SECONDS}s", **_seen(exam))


@blueprint.get("/<int:id>/now/seats")
@needs("exams.papers")
def seats(id: int) -> ResponseReturnValue:
    """The seats alone, as the page asks for them by itself."""
    exam = arranging.get(reading(), id)
    return render_template("exams/seats.html", exam=exam, **_seen(exam))


def _seen(exam: Exam) -> dict[str, Any]:
    found = watching.seats(reading(), exam)
    load_names(seat.person_id for seat in found)
    begun = {seat.person_id for seat in found}
    invited = exam_people.invited(reading(), exam)
    return {
        "seats": found,
        "waiting": sum(1 for each in invited if each.id not in begun),
        "going_on": sum(1 for seat in found if seat.state == "open"),
        "state": state(exam, now()),
        "name": person_name,
        "ENDED": ENDED,
        "MARKS": MARKS,
        "STATES": STATES,
        "KINDS": KINDS,
    }


@blueprint.get("/<int:id>/now/<int:attempt_id>")
@needs("exams.papers")
def hints(id: int, attempt_id: int) -> ResponseReturnValue:
    """What of one attempt might be worth a question, with times; and more time for the person."""
    exam = arranging.get(reading(), id)
    attempt = reading().get(Attempt, attempt_id) if 0 < attempt_id <= LARGEST_ID else None
    if attempt is None or attempt.exam_id != exam.id:
        raise NotFound("答卷", str(attempt_id)[:20])
    [seat] = [s for s in watching.seats(reading(), exam) if s.attempt_id == attempt_id]
    found = watching.hints(watching.events_of(reading(), attempt))
    return render_template(
        "exams/hints.html",
        exam=exam,
        seat=seat,
        number=exam_people.number_of(reading(), attempt.person_id),
        extra=sittings.extra_of(reading(), exam, attempt.person_id),
        reason=next((a.reason for a in exam.allowances if a.person_id == attempt.person_id), ""),
        rows=_rows(found),
        counts=seat.counts,
        name=person_name,
        ENDED=ENDED,
    )


def _rows(found: Sequence[Hint]) -> list[tuple[str, str]]:
    return [(second(hint.at), sentence(hint)) for hint in found]


def sentence(hint: Hint) -> str:
    """A hint in words that accuse nobody."""
    if hint.kind == watching.LEFT:
        if hint.until is None:
            return "离开答题页面，还没有回来"
        return f"离开答题页面 {duration(hint.away)}，{second(hint.until)[11:]} 回来"
    if hint.kind == watching.PASTED:
        length = hint.data.get("length") if isinstance(hint.data, dict) else None
        where = f"第 {hint.position} 题" if hint.position else "答题页面"
        return f"{where}粘贴" + (f"了 {length} 个字" if length else "")
    if hint.kind == watching.PAGE:
        return "换了一个页面继续答（刷新、另开窗口或换电脑都会这样）"
    if hint.kind == watching.ADDRESS:
        return f"网络地址变了：{hint.before} → {hint.after}"
    return f"浏览器变了：{user_agents.browser(hint.before)} → {user_agents.browser(hint.after)}"
