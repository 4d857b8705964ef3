"""Exams of the demo centre: a stated model answers, and every number follows from the domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from io import BytesIO

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exams import (
    attempt_log,
    certificates,
    corrections,
    counting,
    exam_rules,
    gradings,
    media,
    practising,
    readiness,
    sittings,
)
from exams.exam_rules import state
from exams.grade import grade
from exams.kept import question_of
from exams.tables import (
    Assignment,
    Attempt,
    AttemptEvent,
    AttemptQuestion,
    BankQuestion,
    Card,
    Correction,
    EssayMark,
    Exam,
    Grading,
    Lesson,
    Paper,
    PracticeAnswer,
)
from exams.totals import SPREAD, total
from web import accounts, attempt_wire, exam_people
from web.demo import PEOPLE, exams, studies
from web.demo.abilities import BY_GRADE, DOUBTFUL, answer, guessing, lure, rightly, sitter
from web.services import Services
from web.settings import Settings
from web.taking import taker

from ..exams.asked import EXAMPLES, question
from ..homes import opened
from ..world import Clock

KINDS = [kind for kind in EXAMPLES if kind != "essay"]


@pytest.fixture(scope="module")
def services(filled: Settings) -> Iterator[Services]:
    with opened(filled, Clock(datetime.now(UTC))) as made:
        yield made


@pytest.fixture
def session(services: Services) -> Iterator[Session]:
    with services.db.reading() as made:
        yield made


def of_kind(session: Session, kind: str) -> list[Exam]:
    query = select(Exam).where(Exam.kind == kind, Exam.published_at.is_not(None))
    return list(session.scalars(query.order_by(Exam.opens_at)).unique())


def submitted(session: Session, exam: Exam) -> list[Attempt]:
    query = select(Attempt).where(Attempt.exam_id == exam.id, Attempt.state == "submitted")
    return list(session.scalars(query).unique())


# The model


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_is_right_as_often_as_it_says_and_its_wrong_answers_are_wrong(kind: str) -> None:
    asked = question(kind, difficulty="medium")
    people = [sitter(str(n), "二级座席") for n in range(400)]
    earned = [grade(asked, answer(who, asked, "考试").response).fraction for who in people]
    expected = sum(rightly(who.theta, asked) for who in people) / len(people)
    assert abs(earned.count(Fraction(1)) / len(people) - expected) < 0.08
    assert answer(people[0], asked, "考试") == answer(people[0], asked, "考试")


def test_ability_rises_with_the_grade_and_guessing_with_fewer_options() -> None:
    means = [
        sum(sitter(str(n), grade).theta for n in range(200)) / 200
        for grade in sorted(BY_GRADE, key=lambda grade: BY_GRADE[grade])
    ]
    assert means == sorted(means)
    assert means[-1] - means[0] > 1
    assert [guessing(question(kind)) for kind in ("judge", "single", "number")] == [0.5, 0.25, 0]
    hopeless = rightly(-20, question("single"))
    assert hopeless == pytest.approx(0.25, abs=0.001)


def test_an_unclear_question_is_missed_by_the_able_too_and_by_one_option() -> None:
    asked = question("single", difficulty="easy")
    people = [sitter(str(n), "三级座席") for n in range(400)]
    said = Counter(answer(who, asked, "考试", doubtful=True).response for who in people)
    assert said.keys() == {asked.answer, lure(asked)}
    assert abs(said[asked.answer] / len(people) - DOUBTFUL) < 0.08


def test_the_beat_to_speak_to_is_a_sound_that_browsers_play() -> None:
    found = media.examine(BytesIO(studies.beat()))
    assert (found.kind, found.seconds) == ("audio", studies.SECONDS)


# What is there


def test_exams_are_in_every_state_and_many_sat_them(services: Services, session: Session) -> None:
    now = services.now()
    states = Counter((each.kind, state(each, now)) for each in session.scalars(select(Exam)))
    assert states["monthly", "over"] == states["monthly", "open"] == 1
    assert states["promotion", "over"] == states["promotion", "draft"] == 1
    dailies = of_kind(session, "daily")
    assert len(dailies) == exams.DAILY_FIRST + 1
    assert {each.of_id for each in dailies[1:]} == {dailies[0].id}
    assert exam_rules.of(dailies[0]).repeats == "daily"
    old, new = of_kind(session, "monthly")
    assert len(submitted(session, old)) == len(PEOPLE) - len(exams.ABSENT) == 21
    assert len(submitted(session, new)) == len(exams.EARLY)
    going_on = session.scalars(select(Attempt).where(Attempt.state == "open")).unique().all()
    begun = [each for each in going_on if each.exam_id == new.id]
    assert len(begun) == len(exams.BEGUN)
    assert session.scalar(select(func.count(Attempt.id))) >= 70
    [promotion] = of_kind(session, "promotion")
    assert len(submitted(session, promotion)) == 10
    assert len(session.scalars(select(Paper)).all()) == 5


def test_last_month_one_ran_out_of_time_one_had_more_and_hints_are_in_the_log(
    session: Session,
) -> None:
    [old, _] = of_kind(session, "monthly")
    ends = Counter(each.ended for each in submitted(session, old))
    assert ends == {"by_hand": 20, "by_time": 1}
    number, minutes, _ = exams.EXTRA
    extra = {each.person_id: each.minutes for each in old.allowances}
    assert extra == {accounts.get_person(session, number).id: minutes}
    query = select(AttemptEvent.kind, func.count()).join(
        Attempt, Attempt.id == AttemptEvent.attempt_id
    )
    kinds = dict(
        session.execute(query.where(Attempt.exam_id == old.id).group_by(AttemptEvent.kind)).all()
    )
    assert kinds["left"] == kinds["returned"] == 4
    assert kinds["pasted"] == 2
    assert kinds["opened"] == 22  # one went on at another machine


def test_every_mark_follows_from_the_answers_and_every_answer_from_the_log(
    session: Session,
) -> None:
    ids = list(session.scalars(select(Attempt.id).where(Attempt.state == "submitted")))
    kept = gradings.currents(session, ids)
    assert kept.keys() == set(ids)
    for id, sheet in gradings.sheets(session, ids).items():
        assert gradings.same(kept[id], total(sheet.asked, sheet.pass_percent))
    logs: dict[int, list[AttemptEvent]] = {}
    for event in session.scalars(select(AttemptEvent)):
        logs.setdefault(event.attempt_id, []).append(event)
    rows: dict[int, dict[int, object]] = {}
    query = select(AttemptQuestion).where(AttemptQuestion.response.is_not(None))
    for row in session.scalars(query):
        rows.setdefault(row.attempt_id, {})[row.position] = row.response
    for id, events in logs.items():
        assert attempt_log.replay(events).responses == rows.get(id, {})


def test_a_browser_may_take_over_what_somebody_in_the_middle_has_begun(session: Session) -> None:
    pages = set(session.scalars(select(AttemptEvent.page).where(AttemptEvent.page != "")))
    assert {attempt_wire.page({"page": page}) for page in pages} == pages


def test_nothing_happened_in_the_future(services: Services, session: Session) -> None:
    now = services.now()
    columns = (AttemptEvent.at, Grading.at, EssayMark.at, PracticeAnswer.at, Correction.at)
    for column in columns:
        assert session.scalar(select(func.max(column))) < now
    assert session.scalar(select(func.max(AttemptEvent.said_at))) < now
    assert session.scalar(select(func.max(Assignment.done_at))) < now


# For promotion


def test_essays_for_promotion_are_marked_by_two_and_one_is_settled(session: Session) -> None:
    [exam] = of_kind(session, "promotion")
    marks: dict[int, list[EssayMark]] = {}
    query = (
        select(EssayMark)
        .join(AttemptQuestion, AttemptQuestion.id == EssayMark.question_id)
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .where(Attempt.exam_id == exam.id)
    )
    for mark in session.scalars(query):
        marks.setdefault(mark.question_id, []).append(mark)
    assert Counter(len(each) for each in marks.values())[3] == 1
    assert {len(each) for each in marks.values()} == {2, 3}
    [settled] = [each for each in marks.values() if len(each) == 3]
    assert [mark.settles for mark in settled] == [False, False, True]
    assert abs(settled[0].fraction - settled[1].fraction) > SPREAD


def test_who_passed_has_a_certificate_and_nobody_else(session: Session) -> None:
    [exam] = of_kind(session, "promotion")
    assert exam.released_at is not None
    found = counting.counting(session, exam)
    passed = {id for id, each in found.items() if each.passed}
    assert 0 < len(passed) < len(found)
    assert {each.person_id for each in certificates.of_exam(session, exam)} == passed
    assert certificates.doubtful(session, exam) == []


def test_the_unclear_question_was_put_right_with_a_reason(session: Session) -> None:
    [made] = corrections.history(session)
    assert (made.mode, made.reason) == ("full", exams.UNCLEAR)
    query = (
        select(Grading.details, AttemptQuestion.position)
        .join(Attempt, Attempt.id == Grading.attempt_id)
        .join(AttemptQuestion, AttemptQuestion.attempt_id == Attempt.id)
        .where(AttemptQuestion.version_id == made.version_id, Grading.number == Attempt.graded)
    )
    rows = session.execute(query).all()
    assert len(rows) >= 21
    assert {details[str(position)]["fraction"] for details, position in rows} == {1}
    raised = session.scalars(select(Grading).where(Grading.cause == "regrade")).all()
    assert raised
    assert {each.reason for each in raised} == {exams.UNCLEAR}


# What is to do


def test_essays_of_this_month_wait_for_a_marker(session: Session) -> None:
    [_, new] = of_kind(session, "monthly")
    found = counting.counting(session, new)
    assert sum(not each.complete for each in found.values()) >= 4
    assert sum(each.complete for each in found.values()) >= 2


def test_the_first_sign_in_may_begin_this_month_and_has_practice_to_do(
    services: Services, session: Session
) -> None:
    now = services.now()
    person = accounts.get_person(session, exams.NOT_YET)
    waiting = {each.exam.kind: each for each in sittings.open_for(session, taker(person), now)}
    assert waiting["monthly"].may_begin
    assert timedelta(days=6) < waiting["monthly"].exam.closes_at - now < timedelta(days=9)
    assert practising.due(session, person.id, now) > 0
    assert not practising.of_day(session, person.id, now)
    noted = select(func.count()).where(Card.person_id == person.id, Card.noted_at.is_not(None))
    assert session.scalar(noted) > 0


def test_the_bank_fills_the_papers_of_everybody_who_is_invited(
    services: Services, session: Session
) -> None:
    for exam in session.scalars(select(Exam).where(Exam.kind != "course")).unique():
        people = [taker(each) for each in exam_people.invited(session, exam)]
        assert people
        assert readiness.shortages(session, exam.paper, people, services.now()) == []


def test_courses_are_done_overdue_and_given_by_a_failed_item(
    services: Services, session: Session
) -> None:
    now = services.now()
    found = session.scalars(select(Assignment)).unique().all()
    assert len({each.course_id for each in found}) == 3
    by_review = [each for each in found if each.why == "review"]
    assert {each.course.title for each in by_review} == {studies.FEES.title}
    done = [each for each in found if each.done_at is not None]
    late = [each for each in found if each.done_at is None and each.due_at and each.due_at < now]
    to_do = [each for each in found if each.done_at is None and each not in late]
    assert len(done) >= 5
    assert len(late) >= 2
    assert len(to_do) >= 1
    sounds = select(Lesson.sha256).where(Lesson.kind == "audio")
    [sound] = session.scalars(sounds)
    assert services.lessons.exists(sound)


def test_whoever_practises_answers_questions_of_the_bank_in_use(session: Session) -> None:
    asked = session.scalars(
        select(BankQuestion.state).join(Card, Card.question_id == BankQuestion.id).distinct()
    )
    assert set(asked) == {"kept"}
    version = session.scalars(select(AttemptQuestion).limit(1)).one().version
    assert question_of(version).key
