"""The real command in a process of its own: run to its end, or served and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web.settings import Settings

PROGRAM = (sys.executable, "-c", "from web.cli import main; main(prog_name='zhixi')")
ROOT = Path(__file__).parent.parent
PATIENCE = 120.0
"""Seconds until something that should have happened has not; generous, machines are shared."""


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which the command uses this home."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("ZHIXI_")}
    return outside | {
        "ZHIXI_HOME": str(settings.home),
        "ZHIXI_DATABASE_URL": settings.database_url,
        "ZHIXI_SEARCH_URL": settings.search_url,
        "ZHIXI_SECRET_KEY": settings.secret_key,
        "PYTHONPATH": str(ROOT),
    }


def zhixi(
    settings: Settings, *arguments: str | Path, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        env=environment(settings),
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(happened: Callable[[], Any], what: str) -> Any:
    """Wait until ``happened`` says something true, and return that."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not in {PATIENCE} s: {what}")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Service:
    """A server that is running."""

    process: subprocess.Popen[bytes]
    port: int
    out: Path
    err: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> Reply:
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.headers, error.read())

    def log(self) -> list[dict[str, Any]]:
        """Every complete line of its log."""
        lines = self.err.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def said(self, message: str) -> bool:
        return any(message in line["message"] for line in self.log())

    def job_worker(self, besides: int = 0) -> int:
        """The process that runs jobs, other than ``besides``."""

        def started() -> int:
            told = (re.search(r"job worker (\d+) started", line["message"]) for line in self.log())
            return next((int(m[1]) for m in told if m and int(m[1]) != besides), 0)

        return int(until(started, "a job worker has started"))

    def children(self) -> list[int]:
        return [int(pid) for pid in _children_of(self.process.pid)]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE)


def _children_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
        return found.stdout.split()


def kill(service: Service) -> None:
    """The server and all its processes are gone at once, as when the machine dies."""
    for pid in [service.process.pid, *service.children()]:
        os.kill(pid, signal.SIGKILL)
    service.process.wait(timeout=PATIENCE)


def is_running(pid: int) -> bool:
    """Whether the process lives; one that ended and was not yet noticed does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@contextmanager
def serving(
    settings: Settings,
    *arguments: str,
    command: str = "serve",
    folder: Path | None = None,
    port: int = 0,
) -> Iterator[Service]:
    """A server on a free port or a given one, ready to answer; stopped at the end."""
    folder = folder or settings.home.parent
    port = port or free_port()
    out, err = folder / f"{port}.out", folder / f"{port}.err"
    with out.open("wb") as told, err.open("wb") as logged:
        process = subprocess.Popen(
            [*PROGRAM, command, "--port", str(port), *arguments],
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=logged,
        )
    service = Service(process, port, out, err)
    try:
        until(lambda: process.poll() is not None or _answers(service), "the server answers")
        if process.poll() is not None:
            raise AssertionError(err.read_text(encoding="utf-8"))
        yield service
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _answers(service: Service) -> bool:
    try:
        return service.get("/healthz").status == 200
    except OSError:
        return False
