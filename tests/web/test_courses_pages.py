"""The pages of courses: writing one, giving it to people, studying it."""

from __future__ import annotations

import io
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import openpyxl
import pytest
from flask import Flask

from exams import courses
from exams.tables import Card, Course, Exam
from kb.records import Record
from qa import remedies
from qa.tables import Remedy
from web import accounts, course_files, course_keeping, course_quizzes

from ..browsing import Client
from ..exam_world import add_attempt, add_exam, add_paper, add_question
from ..exams.mediafiles import mp4, wav, webm
from ..qa_world import add_call, add_review, add_scorecard
from ..world import REFUND, World
from .coursing import add_course, assignment, lesson_ids
from .editing import notices, page, told

AsPerson = Callable[[str], Client]
SMALL = 64 * 1024
SECRET = Record("secret", "大客户底价", "底价是一折。\n", audiences=("票务二组",))
FORM = {"title": "退票新规", "days": "7", "pass_percent": "80", "attempts": "0", "minutes": "20"}


@pytest.fixture
def trainer(as_person: AsPerson) -> Client:
    return as_person("trainer")


def row(world: World, course: Course) -> Course:
    with world.reading() as session:
        found = session.get_one(Course, course.id)
        _ = found.lessons
        return found


def upload(client: Client, course: Course, content: bytes, **more: str) -> object:
    data = {"file": (io.BytesIO(content), "第一课.mp4"), **more}
    return client.post(f"/courses/{course.id}/lessons/media", data=data)


# Writing


@pytest.mark.both_databases
def test_a_course_is_written_filled_published_and_given(
    world: World, trainer: Client, as_person: AsPerson
) -> None:
    with world.work(doing="test") as session:
        paper = add_paper(session).id
    answer = trainer.post("/courses/new", data=FORM | {"paper": paper, "days": "１４"})
    assert "接着加课" in told(trainer, answer)
    where = answer.location
    again = trainer.post("/courses/new", data=FORM | {"paper": paper, "days": "１４"})
    assert again.location == where
    id = int(where.rsplit("/", 1)[1])
    with world.reading() as session:
        course = session.get_one(Course, id)
    assert "还没有课" in told(trainer, trainer.post(f"{where}/publication"))
    trainer.post(f"{where}/lessons/text", data={"article": "退票费怎么收"})
    trainer.post(f"{where}/lessons/text", data={"article": "change-ticket"})
    answer = upload(trainer, course, mp4(90), title="演示")
    assert "演示" in trainer.get(where).text
    first, second, film = lesson_ids(world, course)
    trainer.post(f"{where}/lessons/{second}/order", data={"to": "up"})
    trainer.post(f"{where}/lessons/{first}/removal")
    trainer.post(f"{where}/lessons/{film}/title", data={"title": "办理演示"})
    assert lesson_ids(world, course) == [second, film]
    assert "已发布" in told(trainer, trainer.post(f"{where}/publication"))
    with world.reading() as session:
        exam = session.get_one(Exam, row(world, course).exam_id)
        assert (exam.published_at, exam.kind) == (world.clock(), "course")
    data = {"team": [str(world.person("agent").team_id)], "due": "2026-11-30", "remark": "尽快"}
    answer = trainer.post(f"{where}/people", data=data)
    assert "2 人新布置" in told(trainer, answer)
    mine = assignment(world, course, "agent")
    assert mine is not None
    assert f"{mine.due_at:%Y-%m-%d %H:%M}" == "2026-11-30 15:59"  # the day's end in Beijing
    agent = as_person("agent")
    assert "退票新规" in agent.get("/").text
    assert "尽快" in agent.get("/learning").text
    assert {"key", "sentence"} <= set(agent.get("/pulse").get_json()["items"][-1])


@pytest.mark.both_databases
def test_what_was_typed_wrongly_is_told_at_its_field_and_stays(
    world: World, trainer: Client
) -> None:
    course = add_course(world)
    for changed, words in (
        ({"title": " "}, "请写课程名称"),
        ({"days": "三天"}, "1 到 365"),
        ({"paper": "999999"}, "请选试卷"),
        ({"paper": "x"}, "请从列出的试卷里选"),
    ):
        data = FORM | {"saves": "1", "about": "我写的简介"} | changed
        answer = trainer.post(f"/courses/{course.id}", data=data)
        assert answer.status_code == 422, changed
        assert words in answer.text
        assert "我写的简介" in answer.text
    answer = trainer.post(f"/courses/{course.id}", data=FORM | {"saves": "9", "title": "乙"})
    assert (answer.status_code, "刚被别人改过" in answer.text) == (409, True)
    assert 'value="乙"' in answer.text
    assert row(world, course).title == "退票新规"


@pytest.mark.both_databases
def test_a_file_that_cannot_be_played_is_refused_whatever_its_name(
    world: World, trainer: Client
) -> None:
    course = add_course(world, sound=False)
    answer = upload(trainer, course, b"<script>alert(1)</script>" * 9)
    assert (answer.status_code, "不是能在网页里播放的" in answer.text) == (422, True)  # type: ignore[attr-defined]
    data = {"file": (io.BytesIO(b""), "a.mp4")}
    address = f"/courses/{course.id}/lessons/media"
    answer = trainer.post(address, data=data, headers={"X-Upload": "1"})
    assert (answer.status_code, "空的" in answer.get_json()["sentence"]) == (422, True)
    data = {"file": (io.BytesIO(webm(None)), "录屏.webm")}
    answer = trainer.post(address, data=data, headers={"X-Upload": "1"})
    film = lesson_ids(world, course)[-1]
    assert answer.get_json()["address"].endswith(f"#lesson-{film}")
    length = f"/courses/{course.id}/lessons/{film}/length"
    assert trainer.post(length, data={"seconds": "inf"}).status_code == 422
    assert trainer.post(length, data={"seconds": "0.6"}).status_code == 204
    assert list(world.services.lessons.all()) != []


# Studying


@pytest.mark.both_databases
def test_a_text_is_read_and_a_sound_heard_and_the_course_is_done(
    world: World, as_person: AsPerson
) -> None:
    course = add_course(world, "agent")
    text, sound = lesson_ids(world, course)
    agent = as_person("agent")
    here = f"/learning/{course.id}"
    shown = page(agent.get(f"{here}/{text}"))
    assert "开车前8天以上退票" in shown.select_one("#text").get_text()  # type: ignore[union-attr]
    answer = agent.post(f"{here}/{text}/read", data={"revision": "1"})
    assert "读到末尾" in told(agent, answer)
    answer = agent.post(f"{here}/{text}/read", data={"revision": "1", "read": "1"})
    assert answer.location == f"{here}/{sound}"
    part = agent.get(f"{here}/{sound}/media", headers={"Range": "bytes=0-11"})
    assert (part.status_code, part.data[:4], part.mimetype) == (206, b"RIFF", "audio/wav")
    assert agent.post(f"{here}/{sound}/heard", data={}).get_json()["share"] == 0
    world.clock.forward(seconds=1)
    heard = {"spans": "0-6", "at": "6"}
    assert agent.post(f"{here}/{sound}/heard", data=heard).get_json()["done"] is False
    world.clock.forward(seconds=5)
    told_ = agent.post(f"{here}/{sound}/heard", data=heard | {"spans": "0-6,x,9-1e999"}).get_json()
    assert (told_["share"], told_["done"], told_["course_done"]) == (1.0, True, True)
    mine = assignment(world, course, "agent")
    assert mine is not None
    assert mine.done_at == world.clock()
    assert "退票新规" not in page(agent.get("/")).select_one(".works").get_text()  # type: ignore[union-attr]


def test_a_text_revised_meanwhile_is_to_be_read_first(world: World, as_person: AsPerson) -> None:
    course = add_course(world, "agent", sound=False)
    [text] = lesson_ids(world, course)
    agent = as_person("agent")
    here = f"/learning/{course.id}/{text}"
    agent.get(here)
    world.clock.forward(minutes=1)
    world.publish(replace(REFUND, body="退票费改了。\n"))
    answer = agent.post(f"{here}/read", data={"revision": "1", "read": "1"})
    assert "换了新的一版" in told(agent, answer)
    answer = agent.post(f"{here}/read", data={"revision": "2", "read": "1"})
    assert "学完了" in told(agent, answer)
    world.clock.forward(minutes=1)
    world.publish(replace(REFUND, body="退票费又改了。\n"))
    assert "文章已更新" in agent.get(f"/learning/{course.id}").text
    assert "学完" in agent.get(f"/learning/{course.id}").text


def test_a_lesson_somebody_may_not_read_tells_nothing(world: World, as_person: AsPerson) -> None:
    world.publish(SECRET)
    course = add_course(world, "agent", "other_agent", keys=("refund-fee", "secret"), sound=False)
    _, secret = lesson_ids(world, course)
    agent = as_person("agent")
    for address in ("", f"/{course.id}", f"/{course.id}/{secret}"):
        assert "底价" not in agent.get(f"/learning{address}").text
    assert "不能给您看" in agent.get(f"/learning/{course.id}/{secret}").text
    answer = agent.post(f"/learning/{course.id}/{secret}/read", data={"revision": "1", "read": "1"})
    assert answer.status_code == 404
    assert "底价" in as_person("other_agent").get(f"/learning/{course.id}/{secret}").text


@pytest.mark.both_databases
def test_who_has_it_not_finds_nothing_and_a_trainer_looks_without_a_trace(
    world: World, trainer: Client, as_person: AsPerson
) -> None:
    course = add_course(world, "agent")
    text, sound = lesson_ids(world, course)
    other = as_person("other_agent")
    for address in ("", f"/{text}", f"/{sound}", f"/{sound}/media"):
        assert other.get(f"/learning/{course.id}{address}").status_code == 404
    assert other.post(f"/learning/{course.id}/{sound}/heard", data={}).status_code == 404
    assert other.get("/learning/999999999").status_code == 404
    assert "不记进度" in trainer.get(f"/learning/{course.id}").text
    answer = trainer.post(f"/learning/{course.id}/{sound}/heard", data={"spans": "0-6"})
    assert answer.get_json() == {"preview": True}
    trainer.post(f"/courses/{course.id}/retirement")
    assert as_person("agent").get(f"/learning/{course.id}").status_code == 404


# People


@pytest.mark.both_databases
def test_a_supervisor_sees_the_own_team_and_reminds_it(world: World, as_person: AsPerson) -> None:
    course = add_course(world, "agent", "other_agent")
    world.clock.forward(days=8)
    leads = as_person("supervisor")
    here = f"/courses/{course.id}/people"
    assert "0 / 1 人" in leads.get("/courses").text
    text = page(leads.get(here)).get_text(" ", strip=True)
    assert ("周小禾" in text, "林知夏" in text, "逾期 1 人" in text) == (True, False, True)
    answer = leads.post(f"{here}/reminders", data={"all": "1"})
    assert "已提醒 1 人" in told(leads, answer)
    item = as_person("agent").get("/pulse").get_json()["items"][-1]
    assert "方带班提醒您学完" in item["sentence"]
    assert leads.post(here, data={"to": "1"}).status_code == 403
    assert leads.get(f"/courses/{course.id}").status_code == 403
    book = openpyxl.load_workbook(io.BytesIO(leads.get(f"{here}/progress.xlsx").data)).active
    assert [line[1] for line in book.iter_rows(values_only=True)] == ["姓名", "周小禾"]  # type: ignore[union-attr]


@pytest.mark.both_databases
def test_it_is_taken_back_and_given_to_who_comes_later(
    world: World, trainer: Client, as_person: AsPerson
) -> None:
    course = add_course(world, "other_agent")
    here = f"/courses/{course.id}/people"
    given = assignment(world, course, "other_agent")
    assert given is not None
    assert "已收回 1 人" in told(trainer, trainer.post(f"{here}/removal", data={"id": given.id}))
    assert assignment(world, course, "other_agent") is None
    assert trainer.post(here, data={"due": "昨天"}).status_code == 422
    assert trainer.post(here, data={}).status_code == 422
    team = world.person("agent").team_id
    trainer.post(here, data={"team": team, "later": "1"})
    with world.work(doing="test") as session:
        accounts.get_person(session, world.person("other_agent").number).team_id = team
    as_person("other_agent").get("/learning")
    assert assignment(world, course, "other_agent") is not None
    told(trainer, trainer.post(f"{here}/teams/{team}/removal"))


@pytest.mark.both_databases
def test_weak_topics_and_unsigned_rules_are_proposed_and_given_with_one_act(
    world: World, trainer: Client
) -> None:
    course = add_course(world, keys=("refund-fee", "identity-rule"), sound=False)
    agent = world.person("agent").id
    with world.work(doing="test") as session:
        asked = [add_question(session, topics=["票务/退票"]) for _ in range(5)]
        exam = add_exam(session, add_paper(session, asked))
        wrong = "a" if asked[0].latest.content["answer"] != "a" else "b"
        add_attempt(session, exam, agent, [wrong] * 5, graded=True)
    shown = page(trainer.get("/courses/proposals")).get_text(" ", strip=True)
    assert "“票务/退票”得分 0.0% n = 5 题" in shown
    answer = trainer.post("/courses/proposals", data={"id": [f"{course.id}-{agent}", "9-9", "x"]})
    assert "已布置 1 份" in told(trainer, answer)
    mine = assignment(world, course, "agent")
    assert mine is not None
    assert mine.why == "weak"
    world.clock.forward(days=60)
    trainer.sign_in(world, "trainer")
    assert "没有签收" in trainer.get("/courses/proposals").text


@pytest.mark.both_databases
def test_a_failed_item_assigns_by_itself_and_learns_that_it_was_done(
    world: World, as_person: AsPerson
) -> None:
    """A loop that a decision began gets its course when the jobs come by."""
    course = add_course(world, sound=False, by_review=True)
    [text] = lesson_ids(world, course)
    agent = world.person("agent").id
    failed(world, agent)
    services = world.services
    course_keeping.keep_up(services.db, services.lessons, world.clock())
    mine = assignment(world, course, "agent")
    assert mine is not None
    assert mine.why == "review"
    client = as_person("agent")
    assert client.get("/learning/article/refund-fee").location == f"/learning/{course.id}"
    client.post(f"/learning/{course.id}/{text}/read", data={"revision": "1", "read": "1"})
    with world.reading() as session:
        [remedy] = remedies.open_for(session, [agent])
        assert (remedy.quiz, remedy.quizzed_at) == ("退票新规", world.clock())


@pytest.mark.both_databases
def test_without_a_course_a_failed_item_leads_to_practice_on_its_article(
    app: Flask, world: World
) -> None:
    add_course(world, sound=False)
    agent = world.person("agent").id
    with world.work(doing="test") as session:
        asked = add_question(session, source={"article": "refund-fee", "revision": 1})
    failed(world, agent)
    with world.work(doing="test") as session:
        assert course_quizzes.offer_missed(session, world.clock()) == 1
        [remedy] = remedies.open_for(session, [agent])
        card = session.get_one(Card, (agent, asked.id))
        assert (remedy.quiz, card.why, card.due_at) == ("练习", "assigned", world.clock())
        with app.test_request_context():
            quizzes = course_quizzes.CourseQuizzes(world.clock)
            assert quizzes.address(remedy) == "/practice"
            assert quizzes.taken_at(session, remedy) is None


def failed(world: World, agent: int) -> None:
    with world.work(doing="test") as session:
        card = add_scorecard(session)
        review = add_review(session, add_call(session, "C-1", agent), card)
        session.add(
            Remedy(
                agent_id=agent,
                scorecard_id=card.id,
                item="fee",
                review_id=review.id,
                article_key="refund-fee",
                proposed_at=world.clock(),
            )
        )


@pytest.mark.both_databases
def test_a_quiz_that_is_passed_finishes_the_course(world: World, as_person: AsPerson) -> None:
    """At once when it is handed in; by the jobs when it was graded later."""
    course = add_course(world, "agent", "other_agent", sound=False)
    [text] = lesson_ids(world, course)
    with world.work(doing="test") as session:
        audience = [("course", str(course.id))]
        exam = add_exam(session, kind="course", audience=audience, shuffle_options=False)
        session.get_one(Course, course.id).exam_id = exam.id
    agent = as_person("agent")
    agent.post(f"/learning/{course.id}/{text}/read", data={"revision": "1", "read": "1"})
    assert "还差最后的小测" in notices(agent.get(f"/learning/{course.id}"))
    begun = agent.post(f"/exams/{exam.id}/begin")
    agent.post(f"{begun.location}/answers/1", data={"page": "one", "held": "", "r": "B"})
    agent.post(f"{begun.location}/submit", data={"held": "one"})
    mine = assignment(world, course, "agent")
    assert mine is not None
    assert mine.done_at == world.clock()
    other = as_person("other_agent")
    other.post(f"/learning/{course.id}/{text}/read", data={"revision": "1", "read": "1"})
    with world.work(doing="test") as session:
        at, who = world.clock(), world.person("other_agent").id
        held = session.get_one(Exam, exam.id)
        add_attempt(session, held, who, ["b"], graded=True, begun_at=at)
    course_keeping.keep_up(world.services.db, world.services.lessons, world.clock())
    theirs = assignment(world, course, "other_agent")
    assert theirs is not None
    assert theirs.done_at == world.clock()


@pytest.mark.both_databases
def test_files_that_no_lesson_names_are_swept_and_others_stay(app: Flask, world: World) -> None:
    course = add_course(world)
    store = world.services.lessons
    orphan = store.put(io.BytesIO(wav(1)))
    at = world.clock()
    assert course_files.sweep(world.services.db, store, at) in (0, 1)
    world.clock.forward(days=3650)
    course_files.sweep(world.services.db, store, world.clock())
    with world.reading() as session:
        sound = courses.lessons(session.get_one(Course, course.id))[-1]
    assert (store.exists(orphan.sha256), store.exists(sound.sha256)) == (False, True)
    assert app.extensions["zhixi.quizzes"]


@contextmanager
def no_room_for_files() -> Iterator[None]:
    """The system refuses to make a file any longer, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_leaves_nothing_half_done(world: World, trainer: Client) -> None:
    course = add_course(world)
    before = lesson_ids(world, course)
    address = f"/courses/{course.id}/lessons/media"
    long = mp4() + bytes(4 * SMALL)
    for headers in ({}, {"X-Upload": "1"}):
        with no_room_for_files():
            data = {"file": (io.BytesIO(long), "讲解.mp4")}
            answer = trainer.post(address, data=data, headers=headers)
        assert answer.status_code == 507
        assert "磁盘满了" in (answer.get_json()["sentence"] if headers else answer.text)
    assert lesson_ids(world, course) == before
    assert not list(world.services.settings.lessons_folder.glob("*.part"))
