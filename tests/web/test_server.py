"""The real server: prepared, stopped gently, and mended when one of its processes dies."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from kb import changes
from web.models import Job
from web.settings import Settings

from ..homes import SEARCH, SECRET, Homes
from ..processes import Service, environment, is_running, serving, until, zhixi
from ..world import REFUND, World

ONE_DATABASE = pytest.mark.parametrize("backend", ["sqlite"])
"""For what does not touch the database: once is enough."""


@pytest.fixture
def service(world: World) -> Iterator[Service]:
    """A server of one's own, to be stopped or killed."""
    with serving(world.services.settings, "--workers", "2") as running:
        yield running


@pytest.fixture(scope="module")
def shared(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server that all tests may ask, and that mends itself."""
    home = tmp_path_factory.mktemp("shared") / "home"
    settings = Settings(home, homes.database("sqlite", "cast", home), SEARCH, SECRET)
    with serving(settings, "--workers", "2") as running:
        yield running


def test_a_new_home_is_migrated_and_served(empty_url: str, home: Path) -> None:
    with serving(Settings(home, empty_url, SEARCH, SECRET), "--workers", "1") as service:
        ready = service.get("/readyz")
        assert (ready.status, ready.json()["status"]) == (200, "ok")
        assert set(ready.json()["checks"]) >= {"database", "index", "jobs"}
        assert service.stop() == 0
        assert service.address in service.out.read_text(encoding="utf-8")


def test_every_request_is_one_line_of_the_log_under_the_id_that_was_given(
    shared: Service,
) -> None:
    reply = shared.get("/login-that-does-not-exist", **{"X-Request-ID": "from-the-proxy-1"})
    assert reply.status == 404
    assert reply.headers["X-Request-ID"] == "from-the-proxy-1"
    (line,) = (x for x in shared.log() if x.get("request") == "from-the-proxy-1")
    assert (line["path"], line["status"]) == ("/login-that-does-not-exist", 404)
    assert {"at", "level", "logger", "message", "ms"} <= set(line)


def test_static_files_are_kept_for_a_year_under_an_address_that_changes(shared: Service) -> None:
    page = shared.get("/sign-in").body.decode() + shared.get("/").body.decode()
    address = re.search(r'/static/[0-9a-f]{12}/[^"\']+\.css', page)
    assert address, "a page names a style sheet by its digest"
    found = shared.get(address[0])
    assert found.status == 200
    assert "immutable" in found.headers["Cache-Control"]
    stale = shared.get(re.sub(r"/[0-9a-f]{12}/", "/000000000000/", address[0]))
    assert (stale.status, stale.headers["Cache-Control"]) == (200, "no-cache")


@ONE_DATABASE
def test_a_request_in_hand_is_finished_before_the_server_stops(service: Service) -> None:
    body = b"number=1001&password=x"
    head = (
        "POST /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as caller:
        caller.sendall(head.encode() + body[:5])
        until(lambda: _is_read(caller), "the server has taken the request up")
        service.process.send_signal(signal.SIGTERM)
        until(lambda: service.said("Worker exiting"), "the idle worker has gone")
        caller.sendall(body[5:])
        answer = caller.recv(20)
    assert answer.startswith(b"HTTP/1.1 ")
    assert service.process.wait(timeout=60) == 0


def _is_read(caller: socket.socket) -> bool:
    """Nothing we sent waits in the kernel of the other side any more."""
    inode = f"{caller.getsockname()[1]:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[2].endswith(f":{inode}"):  # the server's end of this connection
            return fields[4].endswith(":00000000")
    return False


def test_an_edit_made_elsewhere_is_indexed_by_the_job_worker_beside_the_server(
    service: Service, world: World
) -> None:
    with world.work("editor", "kb.write") as session:
        changes.note(session, [world.article(REFUND.key).id])

    def indexed() -> bool:
        with world.reading() as session:
            return changes.backlog(session) == 0

    until(indexed, "the job worker has indexed the edit")
    with world.reading() as session:
        assert "kb.sync" in session.scalars(select(Job.kind)).all()


def test_a_job_worker_that_was_killed_is_replaced(shared: Service) -> None:
    first = shared.job_worker()
    os.kill(first, signal.SIGKILL)
    second = shared.job_worker(besides=first)
    assert is_running(second)
    assert not is_running(first)
    assert shared.get("/healthz").status == 200


def test_a_web_worker_that_was_killed_is_replaced(shared: Service) -> None:
    jobs = shared.job_worker()
    before = set(shared.children())
    victim = next(pid for pid in before if pid != jobs)
    os.kill(victim, signal.SIGKILL)
    until(lambda: set(shared.children()) - before, "there is another worker")
    assert shared.get("/healthz").status == 200


@ONE_DATABASE
def test_nothing_is_left_behind_when_the_server_itself_is_killed(service: Service) -> None:
    jobs = service.job_worker()
    family = service.children()
    assert jobs in family
    service.process.kill()
    service.process.wait()
    until(lambda: not any(map(is_running, family)), "all its processes have ended")


@ONE_DATABASE
def test_control_c_is_a_success_and_takes_every_process_along(service: Service) -> None:
    service.job_worker()
    family = service.children()
    assert service.stop(signal.SIGINT) == 0
    assert not any(map(is_running, family))


@ONE_DATABASE
def test_jobs_can_be_left_to_another_process_and_any_secret_does_on_this_machine(
    world: World,
) -> None:
    weak = replace(world.services.settings, secret_key="secret")
    with serving(weak, "--workers", "1", "--no-jobs") as service:
        until(lambda: len(service.children()) == 1, "the one web worker is there")
        assert not service.said("job worker")


@ONE_DATABASE
def test_a_guessable_secret_is_refused_beyond_this_machine(world: World) -> None:
    weak = replace(world.services.settings, secret_key="secret")
    done = zhixi(weak, "serve", "--host", "0.0.0.0", "--port", "1")
    assert done.returncode == 2
    assert "ZHIXI_SECRET_KEY" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_port_that_is_taken_is_said_in_one_sentence(shared: Service, home: Path) -> None:
    settings = Settings(home, f"sqlite:///{home}/zhixi.sqlite", SEARCH, SECRET)
    done = zhixi(settings, "serve", "--port", str(shared.port))
    assert done.returncode == 2
    assert str(shared.port) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not home.exists() or not list(home.glob("*.sqlite"))  # nothing was begun


@ONE_DATABASE
def test_a_setting_may_come_from_a_file(world: World, tmp_path: Path) -> None:
    """As container systems hand over secrets."""
    file = tmp_path / "secret"
    file.write_text("short\n")
    settings = environment(replace(world.services.settings, secret_key=""))
    settings["ZHIXI_SECRET_KEY_FILE"] = str(file)
    read = Settings.from_env(settings)
    assert read.secret_key == "short"
