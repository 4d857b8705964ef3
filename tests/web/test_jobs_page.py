"""What an administrator sees of the work in the background, and can do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from kb import changes
from kb.errors import NotFound
from web import chores, jobs
from web.db import SYSTEM
from web.job_words import CAUSES, UNKNOWN, why
from web.models import AuditEntry, Job

from ..browsing import Client
from ..world import World

AsPerson = Callable[[str], Client]

LOCKED = """Traceback (most recent call last):
  File "jobs.py", line 103, in run
sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked
[SQL: insert into index_change]
(Background on this error at: https://sqlalche.me/e/21/e3q8)
"""


@pytest.fixture
def admin(as_person: AsPerson) -> Client:
    return as_person("administrator")


def put(world: World, state: str = "failed", kind: str = "kb.sync", error: str = "") -> int:
    with world.services.db.work(SYSTEM, "test.job") as session:
        job = jobs.enqueue(session, kind, {"why": "test"}, at=world.clock())
        job.state, job.error, job.attempts = state, error, 6 if state == "failed" else 0
        job.finished_at = world.clock() if state in ("failed", "done") else None
        session.flush()
        return job.id


def get(world: World, id: int) -> Job:
    with world.reading() as session:
        return session.get_one(Job, id)


def test_the_states_are_counted_and_each_has_its_list(admin: Client, world: World) -> None:
    for state, times in {"failed": 2, "waiting": 3, "running": 1, "done": 4}.items():
        for _ in range(times):
            put(world, state)
    page = admin.get("/admin/jobs?state=waiting").text
    counts = re.findall(r'class="count">(\d+)<', page)
    assert counts == ["2", "3", "1", "4"]
    for state, times in {"failed": 2, "waiting": 3, "running": 1, "done": 4}.items():
        listed = admin.get(f"/admin/jobs?state={state}").text
        assert listed.count('<th scope="row"') == times


@pytest.mark.both_databases
def test_without_a_state_the_page_opens_on_what_needs_attention(
    admin: Client, world: World
) -> None:
    put(world, "done")
    assert re.search(r'aria-current="page">已完成', admin.get("/admin/jobs").text)
    put(world, "waiting")
    assert re.search(r'aria-current="page">等待', admin.get("/admin/jobs").text)
    put(world, "failed")
    assert re.search(r'aria-current="page">失败', admin.get("/admin/jobs").text)


def test_with_no_jobs_at_all_the_page_says_that_all_is_well(admin: Client) -> None:
    assert "没有失败的任务" in admin.get("/admin/jobs?state=nonsense").text


def test_a_failure_is_explained_in_words_and_the_trace_is_folded_away(
    admin: Client, world: World
) -> None:
    put(world, error=LOCKED)
    page = admin.get("/admin/jobs").text
    assert "更新检索索引" in page
    assert "数据库正被别的写入占用" in page.split("<details>")[0]
    assert "database is locked" in page.split("技术细节")[1]
    assert "database is locked" not in page.split("技术细节")[0]


def test_a_trace_is_shown_as_text(admin: Client, world: World) -> None:
    put(world, error="ValueError: <script>alert(1)</script>")
    assert "<script>alert" not in admin.get("/admin/jobs").text


def test_one_failed_job_is_put_back_and_that_is_recorded(admin: Client, world: World) -> None:
    id, other = put(world, error=LOCKED), put(world, error=LOCKED)
    assert "已放回队列" in admin.post(f"/admin/jobs/{id}/retry", follow_redirects=True).text
    assert (get(world, id).state, get(world, id).attempts) == ("waiting", 0)
    assert get(world, other).state == "failed"
    with world.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.doing == "jobs.retry")).one()
    assert (entry.actor, entry.entity_id) == ("总管家", str(id))
    assert entry.values == {"state": ["failed", "waiting"]}


def test_a_job_that_is_no_longer_failed_is_left_alone(admin: Client, world: World) -> None:
    id = put(world, "running")
    page = admin.post(f"/admin/jobs/{id}/retry", follow_redirects=True).text
    assert "不在失败之列" in page
    assert get(world, id).state == "running"


def test_a_job_that_does_not_exist_cannot_be_put_back(admin: Client) -> None:
    assert admin.post("/admin/jobs/999/retry").status_code == 404


@pytest.mark.both_databases
def test_all_failed_jobs_are_put_back_together(admin: Client, world: World) -> None:
    failed, done = [put(world) for _ in range(3)], put(world, "done")
    page = admin.post("/admin/jobs/retry", follow_redirects=True).text
    assert "已把 3 个任务放回队列" in page
    assert {get(world, id).state for id in failed} == {"waiting"}
    assert get(world, done).state == "done"


@pytest.mark.both_databases
def test_a_job_put_back_is_done_by_the_next_worker(admin: Client, world: World) -> None:
    id = put(world, error=LOCKED)
    admin.post(f"/admin/jobs/{id}/retry")
    workshop = chores.Workshop.of(world.services)
    job = jobs.claim(world.services.db, "worker", world.clock())
    assert job is not None
    chores.run(workshop, job)
    assert get(world, id).state == "done"


@pytest.mark.both_databases
def test_waiting_after_a_failure_says_why_it_failed_last(admin: Client, world: World) -> None:
    put(world, "waiting", error=LOCKED)
    page = admin.get("/admin/jobs?state=waiting").text
    assert "上次没成" in page
    assert "数据库正被别的写入占用" in page


def test_a_job_for_later_is_told_from_one_in_the_queue(admin: Client, world: World) -> None:
    with world.services.db.work(SYSTEM, "test.job") as session:
        jobs.enqueue(session, "kb.sync", at=world.clock() + timedelta(hours=1))
    assert "定时" in admin.get("/admin/jobs?state=waiting").text


def test_a_long_list_has_pages(
    admin: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.views.jobs.PAGE", 2)
    for _ in range(3):
        put(world)
    assert admin.get("/admin/jobs?state=failed&page=2").text.count('<th scope="row"') == 1
    assert admin.get("/admin/jobs?state=failed&page=3").status_code == 404


# The index


def test_the_state_of_the_index_stands_beside_the_jobs(admin: Client, world: World) -> None:
    page = admin.get("/admin/jobs").text
    status = world.services.library.status()
    assert f"<dd>{status['articles']} 篇</dd>" in page
    assert str(status["fingerprint"]) in page
    assert "与文章一致" in page
    with world.work() as session:
        changes.note(session, [world.article("refund-fee").id])
    assert "还有没跟上的修改" in admin.get("/admin/jobs").text


@pytest.mark.both_databases
def test_a_rebuild_is_asked_for_once_and_recorded(admin: Client, world: World) -> None:
    assert "已安排重建索引" in admin.post("/admin/jobs/rebuild", follow_redirects=True).text
    assert "已在队列里" in admin.post("/admin/jobs/rebuild", follow_redirects=True).text
    with world.reading() as session:
        assert len(session.scalars(select(Job).where(Job.kind == "kb.rebuild")).all()) == 1
        entry = session.scalars(select(AuditEntry).where(AuditEntry.doing == "jobs.rebuild")).one()
    assert entry.actor == "总管家"


def test_an_index_that_cannot_be_opened_leaves_the_page_and_the_repair(
    admin: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no index")

    monkeypatch.setattr(type(world.services.library), "status", broken)
    page = admin.get("/admin/jobs")
    assert page.status_code == 200
    assert "索引打不开" in page.text
    assert "重建索引</button>" in page.text


# Words for failures


def test_an_error_of_our_own_already_speaks_to_people() -> None:
    trace = f"Traceback:\n  File x\nkb.errors.NotFound: {NotFound('文章', 'fee')}\n"
    assert why(trace) == "找不到文章“fee”，可能已停用，或您没有查看权限。"


@pytest.mark.parametrize(("part", "words"), CAUSES)
def test_every_known_cause_is_recognised_whatever_its_case(part: str, words: str) -> None:
    assert why(f"Traceback:\nsome.module.SomeError: {part.upper()} here\n") == words
    assert words.endswith("。")


def test_what_nobody_foresaw_says_whom_to_ask() -> None:
    assert why("Traceback:\nZeroDivisionError: division by zero\n") == UNKNOWN
    assert why("ZeroDivisionError") == UNKNOWN


def test_the_last_error_of_a_chain_is_the_one_that_counts() -> None:
    trace = "kb.errors.KbError: 第一个错\n\nDuring handling…\n\nweb.errors.Conflict: 第二个错\n"
    assert why(trace) == "第二个错"


def test_no_error_needs_no_words() -> None:
    assert why("") == ""


def test_every_kind_of_job_has_a_name() -> None:
    assert set(chores.KINDS) == set(chores.NAMES)
