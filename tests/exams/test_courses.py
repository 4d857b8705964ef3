"""Courses, and how far people are with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from exams import assigning, course_needs, course_quiz, courses, learning, lessons, progress
from exams.assigning import Terms
from exams.course_quiz import Quiz
from exams.courses import Wanted
from exams.media import Media
from exams.tables import Assignment, Course, Exam, Lesson
from kb import articles
from kb.articles import Edit
from kb.errors import EditConflict, InvalidContent, Settled
from kb.gate import EVERYTHING, Viewer
from kb.records import Record

from ..exam_world import add_attempt, add_exam, add_paper, add_question

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ME, OTHER, TRAINER = 7, 8, 3
SOUND = Media("audio", "audio/wav", 100.0)


def publish(session: Session, key: str = "fee", body: str = "退票费。\n", **more: object) -> None:
    fields = {"key": key, "title": "退票费", "body": body, "category": "票务/退票"} | more
    articles.put(session, Record(**fields), Edit(1, AT), publish_it=True)  # type: ignore[arg-type]


def course(session: Session, **wanted: object) -> Course:
    """Published, with an article and a sound of a hundred seconds."""
    publish(session)
    made = courses.create(session, Wanted("退票新规", **wanted), by=TRAINER, at=AT)  # type: ignore[arg-type]
    lessons.add_text(session, made, "fee", EVERYTHING, AT)
    lessons.add_media(session, made, "示范通话", "a" * 64, SOUND)
    courses.publish(session, made, AT)
    return made


def give(
    session: Session, made: Course, people: Iterable[int] = (ME,), **terms: object
) -> Assignment:
    assigning.assign(session, made, people, Terms(**terms), by=TRAINER, at=AT)  # type: ignore[arg-type]
    return assigning.of_course(session, made)[ME]


def after(**time: float) -> datetime:
    return AT + timedelta(**time)


def listen(session: Session, lesson: Lesson, end: float, start: float = 0.0) -> datetime:
    """Somebody plays from ``start`` to ``end`` in a minute."""
    progress.begin(session, lesson, ME, AT)
    progress.heard(session, lesson, ME, [(start, end)], end, after(minutes=1))
    return after(minutes=1)


def parts(made: Course) -> tuple[Lesson, Lesson]:
    text, sound = courses.lessons(made)
    return text, sound


# Listening


def test_a_sound_is_done_when_nearly_all_of_it_was_played(session: Session) -> None:
    _, sound = parts(course(session))
    listen(session, sound, 94.9)
    assert progress.of(session, [sound], ME)[sound.id].done_at is None
    row = progress.heard(session, sound, ME, [(94, 95)], 95, after(minutes=2))
    assert (row.heard, row.at_second, row.done_at) == ("0-95", 95, after(minutes=2))


def test_nobody_hears_more_than_twice_the_time_that_passed(session: Session) -> None:
    _, sound = parts(course(session))
    progress.begin(session, sound, ME, AT)
    row = progress.heard(session, sound, ME, [(0, 100)], 100, after(seconds=10))
    assert row.heard == "0-21"
    row = progress.heard(session, sound, ME, [(0, 100)], 100, after(seconds=10))
    assert row.heard == "0-21"
    row = progress.heard(session, sound, ME, [(0, 100)], 100, after(seconds=5))
    assert row.heard == "0-21"  # a clock that went back gives nothing, and is no fault


def test_jumping_to_the_end_is_not_hearing(session: Session) -> None:
    _, sound = parts(course(session))
    progress.begin(session, sound, ME, AT)
    nonsense = [(90.0, 100.0), (99.0, 1e9), (float("nan"), 3.0), (50.0, 40.0)]
    row = progress.heard(session, sound, ME, nonsense, 1e9, after(minutes=5))
    assert (row.heard, row.at_second, row.done_at) == ("90-100", 100, None)


# What is done


def test_a_course_is_done_when_read_and_heard_and_quizzed(session: Session) -> None:
    made = course(session)
    exam = add_exam(session, kind="course", audience=[("course", str(made.id))])
    made.exam_id = exam.id
    mine = give(session, made)
    text, sound = parts(made)
    progress.read(session, text, ME, 1, AT)
    listen(session, sound, 100)
    assert not learning.settle(session, mine, EVERYTHING, after(hours=1))
    add_attempt(session, exam, ME, ["a"], graded=True, begun_at=after(hours=1))
    wrong = learning.view(session, made, mine, EVERYTHING, AT)
    assert (wrong.steps_done, wrong.quiz, wrong.is_done) == (2, False, False)
    add_attempt(session, exam, ME, ["b"], graded=True, begun_at=after(hours=2))
    assert learning.settle(session, mine, EVERYTHING, after(hours=3))
    assert mine.done_at == after(hours=3)


def test_a_revised_article_says_so_and_stays_done(session: Session) -> None:
    made = course(session)
    mine = give(session, made)
    text, _ = parts(made)
    progress.read(session, text, ME, 1, AT)
    publish(session, body="退票费改了。\n")
    step = learning.view(session, made, mine, EVERYTHING, after(hours=1)).steps[0]
    assert (step.done, step.changed) == (True, True)
    progress.read(session, text, ME, 2, after(hours=1))
    step = learning.view(session, made, mine, EVERYTHING, after(hours=1)).steps[0]
    assert (step.changed, step.done_at) == (False, AT)


def test_what_somebody_may_not_read_has_no_name_and_does_not_count(session: Session) -> None:
    made = course(session)
    publish(session, "secret", title="大客户底价", audiences=("票务二组",))
    lessons.add_text(session, made, "secret", EVERYTHING, AT)
    mine = give(session, made)
    stranger = Viewer(frozenset({"票务一组"}))
    view = learning.view(session, made, mine, stranger, AT)
    closed = view.steps[2]
    assert (closed.open, closed.title, closed.text) == (False, "", None)
    assert len(view.counting) == 2
    assert learning.views(session, made, [mine], {ME: stranger}, AT)[ME] == view
    only = courses.create(session, Wanted("只有一课"), by=1, at=AT)
    lessons.add_text(session, only, "secret", EVERYTHING, AT)
    assert not learning.view(session, only, None, stranger, AT).is_done


# Assigning


def test_an_assignment_is_given_changed_and_kept(session: Session) -> None:
    made = course(session, days=5)
    told = assigning.assign(session, made, [ME, ME, OTHER], Terms(), by=TRAINER, at=AT)
    assert (told.new, told.kept) == ([ME, OTHER], [])
    mine = assigning.of_course(session, made)[ME]
    assert mine.due_at == after(days=5)
    wanted = Terms(after(days=9), "尽快")
    assert assigning.assign(session, made, [ME], wanted, by=TRAINER, at=AT).changed == [ME]
    assert (mine.due_at, mine.remark) == (after(days=9), "尽快")
    automatic = Terms(why="review", again=True)
    assert assigning.assign(session, made, [ME], automatic, by=None, at=AT).kept == [ME]
    for bad, people in ((Terms(AT), [ME]), (Terms(), []), (Terms(remark="长" * 501), [ME])):
        with pytest.raises(InvalidContent):
            assigning.assign(session, made, people, bad, by=TRAINER, at=AT)


def test_what_is_done_stays_done_unless_it_is_to_be_done_again(session: Session) -> None:
    made = course(session)
    mine = give(session, made)
    text, sound = parts(made)
    progress.read(session, text, ME, 1, AT)
    listen(session, sound, 100)
    assert learning.settle(session, mine, EVERYTHING, AT)
    assert assigning.assign(session, made, [ME], Terms(), by=TRAINER, at=AT).kept == [ME]
    with pytest.raises(Settled):
        assigning.take_back(session, mine)
    later = after(days=1)
    again = Terms(again=True)
    assert assigning.assign(session, made, [ME], again, by=TRAINER, at=later).again == [ME]
    assert (mine.done_at, mine.assigned_at) == (None, later)
    assert progress.of(session, [text, sound], ME) == {}


def test_who_joins_a_team_later_gets_its_courses_once(session: Session) -> None:
    made = course(session, days=3)
    assigning.keep_for_team(session, made, 1, "新人必学", by=TRAINER, at=AT)
    later = after(days=30)
    assert assigning.newcomers(session, {1: [ME, OTHER], 2: [9]}, later) == 2
    rows = assigning.of_course(session, made)
    assert {rows[id].due_at for id in (ME, OTHER)} == {later + timedelta(days=3)}
    assigning.take_back(session, rows[OTHER])
    assert assigning.newcomers(session, {1: [ME, OTHER]}, later) == 0
    assigning.stop_for_team(session, made, 1)
    assert assigning.newcomers(session, {1: [10]}, later) == 0


def test_a_failed_item_assigns_the_courses_that_ask_for_it(session: Session) -> None:
    made = course(session)
    assert assigning.by_review(session, "fee", ME, at=AT) is None
    made.by_review = True
    assert assigning.by_review(session, "fee", ME, at=AT) is made
    row = assigning.of_course(session, made)[ME]
    assert (row.why, row.assigned_by) == ("review", None)
    row.done_at = AT
    assigning.by_review(session, "fee", ME, at=after(days=1))
    assert row.done_at is None


# Writing


def test_a_course_needs_lessons_of_known_length_to_be_published(session: Session) -> None:
    made = courses.create(session, Wanted(" 空  课程 "), by=1, at=AT)
    assert made.title == "空 课程"
    with pytest.raises(InvalidContent, match="至少一课"):
        courses.publish(session, made, AT)
    with pytest.raises(Settled):
        assigning.assign(session, made, [ME], Terms(), by=1, at=AT)
    film = lessons.add_media(session, made, "录像", "b" * 64, Media("video", "video/webm", None))
    with pytest.raises(InvalidContent, match="时长"):
        courses.publish(session, made, AT)
    assert not lessons.told_length(session, film, 0.6, 10**9)
    assert lessons.told_length(session, film, 60, 10**7)
    assert not lessons.told_length(session, film, 1, 10**6)
    courses.publish(session, made, AT)
    courses.retire(session, made, AT)
    with pytest.raises(Settled):
        assigning.assign(session, made, [ME], Terms(), by=1, at=AT)


def test_two_who_save_at_once_do_not_overwrite_each_other(session: Session) -> None:
    made = course(session)
    courses.save(session, made, Wanted("甲"), 1)
    with pytest.raises(EditConflict):
        courses.save(session, made, Wanted("乙"), 1)
    for bad in (
        Wanted(""),
        Wanted("\u202e课程"),
        Wanted("长" * 121),
        Wanted("x", "长" * 2001),
        Wanted("x", days=0),
    ):
        with pytest.raises(InvalidContent):
            courses.save(session, made, bad, 2)


def test_lessons_move_and_leave_and_are_copied(session: Session) -> None:
    made = course(session)
    text, sound = parts(made)
    lessons.move(session, made, sound, -1)
    lessons.move(session, made, sound, -1)
    assert courses.lessons(made) == [sound, text]
    with pytest.raises(InvalidContent, match="已经是"):
        lessons.add_text(session, made, "fee", EVERYTHING, AT)
    lessons.remove(session, sound, AT)
    assert courses.lessons(made) == [text]
    twin = courses.copy(session, made, by=1, at=AT)
    assert (courses.state(twin), [each.article_key for each in courses.lessons(twin)]) == (
        "draft",
        ["fee"],
    )
    assert lessons.used_files(session) == {"a" * 64}


# The quiz, and weak topics


def test_the_quiz_is_an_exam_for_those_who_have_the_course(session: Session) -> None:
    made = course(session)
    paper, other = add_paper(session), add_paper(session)
    course_quiz.choose(session, made, Quiz(paper.id), by=1, at=AT)
    first = session.get_one(Exam, made.exam_id)
    assert (first.kind, first.published_at, first.attempts) == ("course", AT, 0)
    assert [(a.kind, a.value) for a in first.audience] == [("course", str(made.id))]
    course_quiz.choose(session, made, Quiz(paper.id), by=1, at=after(days=1))
    assert made.exam_id == first.id
    course_quiz.choose(session, made, Quiz(other.id, 90, 2), by=1, at=after(days=1))
    assert (made.exam_id != first.id, first.cancelled_at) == (True, after(days=1))
    for bad in (Quiz(999), Quiz(paper.id, 101), Quiz(paper.id, attempts=-1)):
        with pytest.raises(InvalidContent):
            course_quiz.choose(session, made, bad, by=1, at=after(days=2))
    course_quiz.choose(session, made, None, by=1, at=after(days=2))
    assert made.exam_id is None


def test_answers_in_exams_are_known_by_topic(session: Session) -> None:
    made = course(session)
    asked = [add_question(session, topics=["票务/退票"]) for _ in range(2)]
    exam = add_exam(session, add_paper(session, asked))
    add_attempt(session, exam, ME, ["a", "b"], graded=True, begun_at=AT)
    found = course_needs.answers(session, [ME], after(days=1))
    assert sorted((each.topics, each.share) for each in found) == [
        (("票务/退票",), 0.0),
        (("票务/退票",), 1.0),
    ]
    assert course_needs.answers(session, [ME], after(days=200)) == []
    [offer] = course_needs.offers(session, AT)
    assert (offer.course_id, offer.topics) == (made.id, frozenset({"票务/退票"}))
