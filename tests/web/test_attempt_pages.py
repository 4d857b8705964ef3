"""Sitting an exam by its pages and by its wire; on both databases, and twice at the same moment."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, func, select

from exams import arranging, attempts
from exams.attempt_log import replay
from exams.recording import Sent
from exams.tables import Attempt, AttemptQuestion, Exam
from web import rounds
from web.chores import Workshop
from web.views import attempt as attempt_view
from web.workers import Worker

from ..browsing import Client
from ..exam_world import a_taker, add_exam, add_paper, add_question
from ..exams.test_attempt_log import KINDS
from ..world import World

AsPerson = Callable[[str], Client]
SECRET = "绝不可见"


@pytest.fixture
def exam_id(world: World) -> int:
    """A published exam with one question of every kind, open now, an hour long."""
    with world.work(doing="test.exam") as session:
        asked = [
            add_question(
                session, kind=kind, explanation=SECRET, source={"article": SECRET, "quote": SECRET}
            )
            for kind in KINDS
        ]
        exam = add_exam(session, add_paper(session, asked), shuffle_questions=False)
        return exam.id


@pytest.fixture
def attempt_id(world: World, exam_id: int) -> int:
    """The attempt of the agent, begun now; nothing is shuffled."""
    person = world.person("agent")
    with world.work("agent", "exams.begin") as session:
        exam = session.get_one(Exam, exam_id)
        exam.shuffle_options = False
        return attempts.begin(session, exam, a_taker(person.id), world.clock()).id


@pytest.fixture
def agent(as_person: AsPerson) -> Client:
    return as_person("agent")


def post(client: Client, address: str, content: Any) -> Any:
    return client.post(address, data=json.dumps(content), content_type="application/json")


def take(client: Client, id: int, page: str, over: str = "", sequence: int = 1) -> Any:
    told = {"page": page, "sequence": sequence, "over": over}
    return post(client, f"/attempts/{id}/take", told).json


def answered(sequence: int, position: int, response: Any) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "kind": "answered",
        "position": position,
        "response": response,
        "said_at": "2026-11-22T10:00:01+08:00",
    }


def kept(world: World, id: int) -> dict[int, Any]:
    query = select(AttemptQuestion.position, AttemptQuestion.response)
    with world.reading() as session:
        rows = session.execute(query.where(AttemptQuestion.attempt_id == id)).all()
    return {position: response for position, response in rows if response is not None}


def matches_its_log(world: World, id: int) -> None:
    with world.reading() as session:
        assert replay(attempts.events(session, id)).responses == kept(world, id)


@pytest.mark.both_databases
def test_an_exam_is_found_begun_answered_and_handed_in_without_script(
    agent: Client, world: World, exam_id: int
) -> None:
    assert "现在可以考" in agent.get("/exams").text
    assert "8 题，满分 8 分" in agent.get(f"/exams/{exam_id}").text
    address = agent.post(f"/exams/{exam_id}/begin").location
    id = int(address.rpartition("/")[2])
    assert "继续作答" in agent.get("/exams").text
    given: list[dict[str, Any]] = [
        {"r": "B"}, {"r": ["A", "C"]}, {"r": "no"}, {"r-0": "30天", "r-1": " "}, {"r": "30天"},
        {"r-0": "3", "r-1": "1", "r-2": "2"}, {"r-1": "动车"}, {"r": "先说时限 😀"},
    ]  # fmt: skip
    for position, form in enumerate(given, start=1):
        page = agent.get(address).text
        held = page.partition('name="held" value="')[2].partition('"')[0]
        sent = form | {"act": "save", "page": f"form-{position}", "held": held}
        reply = agent.post(f"{address}/answers/{position}", data=sent)
        assert reply.location.endswith(f"{address}#q-{position}"), reply.text
    assert kept(world, id)[8] == "先说时限 😀"
    assert len(kept(world, id)) == 8
    with world.reading() as session:
        asked = attempts.asked(session, id)
    assert [q.response for q in asked[:3]] == ["B", ["A", "C"], False]
    assert asked[5].response == ["B", "C", "A"]
    for places in (("1", "1", "2"), ("9" * 5000, "1", "")):
        sent = {f"r-{n}": place for n, place in enumerate(places)} | {"act": "save"}
        reply = agent.post(f"{address}/answers/6", data=sent | {"page": "form-8", "held": "form-8"})
        assert (reply.status_code, "一项只排一次" in reply.text) == (422, True)
    matches_its_log(world, id)
    assert "已答 8 题" in agent.get(f"{address}/submit").text
    for _ in range(2):
        agent.post(f"{address}/submit", data={"held": "form-8"})
    assert "已交卷" in agent.get(address).text
    with world.reading() as session:
        assert session.get_one(Attempt, id).ended == "by_hand"


def test_two_windows_without_script_lose_nothing_and_the_older_is_told(
    agent: Client, world: World, attempt_id: int
) -> None:
    address = f"/attempts/{attempt_id}"
    first = {"act": "save", "page": "one", "held": ""}
    assert agent.post(f"{address}/answers/1", data=first | {"r": "A"}).status_code == 302
    assert agent.post(f"{address}/answers/1", data=first | {"r": "B"}).status_code == 302
    second = {"act": "save", "page": "two", "held": "one"}
    assert agent.post(f"{address}/answers/8", data=second | {"r": "二"}).status_code == 302
    told = agent.post(f"{address}/answers/8", data=first | {"r": "写了很久"})
    assert told.status_code == 409
    assert "写了很久" in told.text
    assert "再按一次" in told.text
    assert kept(world, attempt_id) == {1: "B", 8: "二"}
    again = {"act": "save", "page": "three", "held": "two", "r": "写了很久"}
    assert agent.post(f"{address}/answers/8", data=again).status_code == 302
    wrong = agent.post(f"{address}/answers/1", data=again | {"held": "three", "r": "Z"})
    assert (wrong.status_code, "没有这个选项" in wrong.text) == (422, True)
    matches_its_log(world, attempt_id)


@pytest.mark.both_databases
def test_the_wire_says_what_is_kept_who_holds_it_and_what_time_it_is(
    agent: Client, world: World, attempt_id: int
) -> None:
    assert take(agent, attempt_id, "p")["holder"] is True
    events = [
        answered(2, 1, "B"),
        {"sequence": 3, "kind": "flagged", "position": 2, "response": True},
    ]
    events += [{"sequence": 4, "kind": "left", "response": {"how": "blur", "more": "x" * 999}}]
    reply = post(agent, f"/attempts/{attempt_id}/events", {"page": "p", "events": events})
    assert reply.json == {
        "acknowledged": [2, 3, 4],
        "refused": [],
        "holder": True,
        "state": "open",
        "ended": "",
        "deadline": "2026-11-22T03:00:00.000+00:00",
        "server_now": "2026-11-22T02:00:00.000+00:00",
    }
    assert reply.headers["X-Server-Now"] == reply.json["server_now"]
    found = agent.get(f"/attempts/{attempt_id}/state?page=p").json
    assert (found["responses"], found["flagged"], found["held_by"]) == ({"1": "B"}, [2], "p")
    heard = take(agent, attempt_id, "q", "p")  # its page may have been made before they came
    assert (heard["responses"], heard["flagged"], heard["holder"]) == ({"1": "B"}, [2], True)
    with world.reading() as session:
        hint = attempts.events(session, attempt_id)[-2]
        assert (hint.kind, hint.data) == ("left", {"how": "blur"})


BAD: list[Any] = [
    "", "{", "[]", "7", "null", "[" * 100_000, '{"page":"p","events":' + "[" * 5000,
    {"page": "p"}, {"page": "p", "events": []}, {"page": "p", "events": [1]},
    {"page": "p", "events": [answered(n, 1, "A") for n in range(1, 102)]},
    {"page": "", "events": [answered(9, 1, "A")]}, {"page": "页", "events": [answered(9, 1, "A")]},
    {"page": "p" * 41, "events": [answered(9, 1, "A")]}, {"page": 7, "events": []},
    *({"page": "p", "events": [answered(9, 1, "A") | wrong]} for wrong in (
        {"sequence": 0}, {"sequence": -1}, {"sequence": 1.5}, {"sequence": True},
        {"sequence": 2**31}, {"sequence": None}, {"position": None}, {"position": "1"},
        {"position": 99}, {"position": 2**31}, {"kind": "submitted"}, {"kind": ["answered"]},
        {"kind": "begun"}, {"response": "Z"}, {"response": "😀"}, {"response": {"A": 1}},
        {"response": 10**400}, {"position": 8, "response": "x" * 1_000_000},
        {"position": 7, "response": {"G": "\ud800"}}, {"position": 4, "response": ["a"] * 3},
    )),
]  # fmt: skip


def test_nothing_that_is_sent_breaks_anything_and_each_gets_a_sentence(
    agent: Client, world: World, attempt_id: int
) -> None:
    take(agent, attempt_id, "p")
    for bad in BAD:
        body = bad if isinstance(bad, str) else json.dumps(bad)
        reply = agent.post(f"/attempts/{attempt_id}/events", data=body)
        assert (reply.status_code, reply.json["error"][-1]) == (422, "。"), body[:80]
    good = answered(2, 8, "\x00退票😀\ud800") | {"said_at": "9999-99-99"}
    reply = post(agent, f"/attempts/{attempt_id}/events", {"page": "p", "events": [good]})
    assert reply.json["acknowledged"] == [2]
    assert kept(world, attempt_id) == {8: "退票😀"}
    assert agent.post(f"/attempts/{attempt_id}/events", data=b"x" * 5_000_000).status_code == 413
    matches_its_log(world, attempt_id)


def test_who_sends_without_pause_is_asked_to_wait_and_nobody_else(
    agent: Client, as_person: AsPerson, attempt_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt_view, "RATE", "2/minute")
    address = f"/attempts/{attempt_id}/state"
    assert [agent.get(address).status_code for _ in range(3)] == [200, 200, 429]
    assert as_person("other_agent").get(address).status_code == 404


def test_after_the_deadline_the_server_hands_in_and_shows_it(
    agent: Client, world: World, attempt_id: int
) -> None:
    take(agent, attempt_id, "p")
    world.clock.forward(minutes=60, seconds=11)
    sent = {"page": "p", "events": [answered(2, 1, "B")]}
    told = post(agent, f"/attempts/{attempt_id}/events", sent).json
    assert (told["acknowledged"], told["state"], told["ended"]) == ([], "submitted", "by_time")
    assert told["refused"][0]["reason"] == "late"
    assert "时间到，已交卷" in agent.get(f"/attempts/{attempt_id}").text
    assert kept(world, attempt_id) == {}


def test_an_exam_that_is_cancelled_while_it_is_written_says_so(
    agent: Client, world: World, exam_id: int, attempt_id: int
) -> None:
    with world.work("examiner", "exams.cancel") as session:
        arranging.cancel(session, session.get_one(Exam, exam_id), world.clock())
    world.clock.forward(seconds=11)
    page = agent.get(f"/attempts/{attempt_id}").text
    assert "考官取消了这场考试" in page
    assert "时间到" not in page


def test_the_job_hands_in_what_nobody_touches(world: World, attempt_id: int) -> None:
    worker = Worker(Workshop.of(world.services))
    worker.tick()
    world.clock.forward(minutes=61)
    rounds.end_attempts(worker.workshop)
    with world.reading() as session:
        assert session.get_one(Attempt, attempt_id).state == "submitted"


def test_the_attempt_of_another_is_no_page_and_nothing_can_be_sent_to_it(
    as_person: AsPerson, world: World, attempt_id: int
) -> None:
    other = as_person("other_agent")
    address = f"/attempts/{attempt_id}"
    sent = {"page": "p", "events": [answered(2, 1, "B")]}
    replies = [
        other.get(address),
        other.get(f"{address}/state"),
        other.get(f"{address}/submit"),
        post(other, f"{address}/take", {"page": "p", "sequence": 1, "over": ""}),
        post(other, f"{address}/events", sent),
        post(other, f"{address}/submit", {"page": "p"}),
        other.post(f"{address}/submit", data={"held": ""}),
        other.post(f"{address}/answers/1", data={"r": "A", "page": "p", "held": ""}),
        post(other, "/attempts/999999/events", sent),
    ]
    assert [reply.status_code for reply in replies] == [404] * len(replies)
    assert kept(world, attempt_id) == {}


def test_no_page_and_no_answer_of_the_wire_says_what_is_right(
    agent: Client, attempt_id: int
) -> None:
    take(agent, attempt_id, "p")
    sent = {"page": "p", "events": [answered(2, 1, "B"), answered(3, 4, ["x", "y"])]}
    seen = [
        agent.get(f"/attempts/{attempt_id}").text,
        agent.get(f"/attempts/{attempt_id}/state?page=p").text,
        post(agent, f"/attempts/{attempt_id}/events", sent).text,
        agent.get(f"/attempts/{attempt_id}/submit").text,
        post(agent, f"/attempts/{attempt_id}/submit", {"page": "p"}).text,
        agent.get(f"/attempts/{attempt_id}").text,
    ]
    for secret in (SECRET, "三十天", "退款", "tolerance", "fraction", "explanation"):
        assert not any(secret in text for text in seen), secret
    assert "开车前48小时以上" in seen[0]


# At the same moment


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do them in threads that begin together."""
    ready, found = threading.Barrier(len(acts)), [None] * len(acts)

    def do(n: int, act: Callable[[], Any]) -> None:
        ready.wait()
        found[n] = act()

    threads = [threading.Thread(target=do, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_begun_twice_at_the_same_moment_is_one_attempt(world: World, exam_id: int) -> None:
    person = world.person("agent")

    def begin() -> int:
        with world.work("agent", "exams.begin") as session:
            exam = session.get_one(Exam, exam_id)
            return attempts.begin(session, exam, a_taker(person.id), world.clock()).id

    assert len({*at_once(*[begin] * 4)}) == 1
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 1
        assert session.scalar(select(func.count()).select_from(AttemptQuestion)) == 8


def test_saves_and_handing_in_at_the_same_moment_agree_with_the_log(
    world: World, attempt_id: int
) -> None:
    person = world.person("agent").id
    with world.work("agent", "exams.sit") as session:
        attempts.take(session, attempt_id, person, "p", 1, "", world.clock())

    def save(number: int) -> Callable[[], list[int]]:
        def act() -> list[int]:
            with world.work("agent", "exams.sit") as session:
                sent = [Sent(n, "answered", 1, "ABCD"[n % 4]) for n in (number, number + 1)]
                return attempts.record(
                    session, attempt_id, person, "p", sent, world.clock()
                ).acknowledged

        return act

    def submit() -> None:
        with world.work("agent", "exams.submit") as session:
            attempts.submit(session, attempt_id, person, "p", world.clock())

    found = at_once(*(save(n) for n in (2, 3, 4)), submit, submit)
    with world.reading() as session:
        log = attempts.events(session, attempt_id)
    assert [e.kind for e in log].count("submitted") == 1
    taken = {e.sequence for e in log if e.kind == "answered"}
    assert {number for numbers in found[:3] for number in numbers} == taken
    matches_its_log(world, attempt_id)


# What a save costs


@pytest.fixture
def statements(world: World) -> Iterator[list[str]]:
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        found.append(statement)

    event.listen(world.services.db.engine, "before_cursor_execute", note)
    yield found
    event.remove(world.services.db.engine, "before_cursor_execute", note)


def test_a_save_asks_the_database_for_little(
    agent: Client, attempt_id: int, statements: list[str]
) -> None:
    take(agent, attempt_id, "p")
    statements.clear()
    post(agent, f"/attempts/{attempt_id}/events", {"page": "p", "events": [answered(2, 1, "B")]})
    asked = [s for s in statements if not s.startswith(("begin", "BEGIN"))]
    assert len(asked) <= 6, asked
    assert not any("exam_paper" in s or "exam_grading" in s for s in asked)
