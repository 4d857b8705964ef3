"""A course in the cast's home: an article, a sound of six seconds, people who have it."""

from __future__ import annotations

import io

from exams import assigning, courses, lessons
from exams.assigning import Terms
from exams.courses import Wanted
from exams.media import examine
from exams.tables import Assignment, Course

from ..exams.mediafiles import wav
from ..world import World

SECONDS = 6


def add_course(
    world: World,
    *who: str,
    keys: tuple[str, ...] = ("refund-fee",),
    sound: bool = True,
    published: bool = True,
    seconds: float = SECONDS,
    **wanted: object,
) -> Course:
    """Assigned to ``who`` of the cast, with the course's own days."""
    content = wav(seconds)
    kept = world.services.lessons.put(io.BytesIO(content)) if sound else None
    by, at = world.person("trainer").id, world.clock()
    with world.work("trainer", "exams.course") as session:
        made = courses.create(session, Wanted(**{"title": "退票新规"} | wanted), by=by, at=at)  # type: ignore[arg-type]
        for key in keys:
            lessons.add_text(session, made, key, world.viewer("trainer"), at)
        if kept is not None:
            found = examine(io.BytesIO(content))
            lessons.add_media(session, made, "示范通话", kept.sha256, found)
        if published:
            courses.publish(session, made, at)
        if who:
            people = [world.person(each).id for each in who]
            assigning.assign(session, made, people, Terms(remark="月底前"), by=by, at=at)
        _ = made.lessons
    return made


def assignment(world: World, course: Course, who: str) -> Assignment | None:
    with world.reading() as session:
        return assigning.of_course(session, course).get(world.person(who).id)


def lesson_ids(world: World, course: Course) -> list[int]:
    with world.reading() as session:
        return [each.id for each in courses.lessons(session.get_one(Course, course.id))]
