"""The start page: the work that waits for the person who signed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ..access import SIGNED_IN, needs
from ..context import can
from ..start import editing, examining, learning, quality, reading, system, training
from ..start.section import Section

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@needs(SIGNED_IN)
def home() -> ResponseReturnValue:
    made = [make() for needed, make in SECTIONS if can(needed)]
    return render_template("home.html", sections=[section for section in made if section])


SECTIONS: Sequence[tuple[str, Callable[[], Section | None]]] = (
    ("kb.read", reading.recalled),
    (SIGNED_IN, reading.on_air),
    ("kb.read", reading.to_sign),
    ("exams.take", examining.to_sit),
    ("exams.take", learning.tasks),
    ("qa.own", quality.scores),
    ("qa.own", quality.tasks),
    ("qa.appeals", quality.appeals),
    ("qa.plan", quality.rechecks),
    (SIGNED_IN, quality.coached),
    ("exams.take", training.practice_today),
    ("exams.mark", examining.to_mark),
    ("exams.papers", examining.going_on),
    ("exams.papers", examining.to_release),
    ("exams.papers", examining.not_sent),
    ("kb.read", reading.answers),
    ("kb.write", editing.reports),
    ("kb.write", editing.gaps),
    ("kb.review", editing.to_review),
    ("kb.review", editing.urgent),
    ("kb.write", editing.returned),
    ("kb.write", editing.overdue),
    ("kb.write", editing.drafts),
    ("kb.write", editing.upcoming),
    ("jobs.manage", system.failed_jobs),
    ("people.manage", system.waiting_people),
    ("kb.read", reading.notices),
    ("kb.read", reading.favourites),
    ("kb.read", reading.recents),
)
"""(permission, section) in the order of the page: duties first, then what is at hand."""
