"""A private PostgreSQL for the tests: its own folder, its own socket, no port.

It runs as an unprivileged account where the tests run as root, because PostgreSQL refuses to
be root. It is thrown away at the end, so it does not wait for the disk, and lives in memory
where there is room: every database is made of three hundred files, and on a disk each fsync of
the tests' own files would wait until all those are written.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

UNPRIVILEGED = ("postgres", "nobody")
STARTS_WITHIN = 60.0
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
STOP = signal.SIGINT
"""PostgreSQL's fast shutdown: it does not wait for connections to be closed."""


def programs() -> Path | None:
    """The folder of the newest installed server's programs, or None."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if newest:
        return newest[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found and shutil.which("postgres") else None


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", path.parent.parent.name))


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; databases are made from templates, which is quick.

    ``line`` makes and drops them: to connect for that takes nearly as long as to make one.
    """

    folder: Path
    user: str
    line: psycopg.Connection[Any]

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{self.user}@/{name}?host={self.folder}"

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database and return its URL."""
        self.line.execute(
            f'create database "{name}" template "{template}" strategy file_copy'.encode()
        )
        return self.url(name)

    def drop(self, name: str) -> None:
        self.line.execute(f'drop database if exists "{name}" with (force)'.encode())


@contextmanager
def running(*, careful: bool = False) -> Iterator[Server]:
    """A server for the length of the block; it also ends when the tests are killed.

    ``careful``: on a disk, and as durable as PostgreSQL is by itself.
    """
    found = programs()
    if found is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    user = _account()
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix="zhixi-pg-", dir=None if careful else _memory()))
    _give(folder, user)
    try:
        _run_as(user, [found / "initdb", "-D", folder / "data", "-U", user, *INITDB], folder)
        process = _start(found, folder, user, CAREFUL if careful else CARELESS)
        try:
            with _connected(folder, user, process) as line:
                yield Server(folder, user, line)
        finally:
            process.send_signal(STOP)
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path | None:
    """The file system in memory, or None where it is missing, closed to us or small."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy and os.access(MEMORY, os.W_OK) else None


def _sweep() -> None:
    """What a killed run of another day left in memory goes."""
    for left in MEMORY.glob("zhixi-pg-*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > 24 * 3600:
                shutil.rmtree(left)


INITDB = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
CAREFUL = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "timezone": "America/New_York",  # not the application's: nothing may rely on it
}
CARELESS = {**CAREFUL, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def _start(
    found: Path, folder: Path, user: str, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [found / "postgres", "-D", folder / "data", "-k", folder, *options]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*_drop_to(user), *map(str, command)], cwd=folder, stdout=log, stderr=log
        )


def _connected(
    folder: Path, user: str, process: subprocess.Popen[bytes]
) -> psycopg.Connection[Any]:
    """The first connection that succeeds. Raises RuntimeError with the log where none does."""
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            return psycopg.connect(f"host={folder} user={user} dbname=postgres", autocommit=True)
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "log").read_text(errors="replace")) from None
            time.sleep(0.05)


def _account() -> str:
    """Who the server runs as: ourselves, or somebody harmless where we are root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise LookupError(f"none of these accounts exists to run PostgreSQL as: {UNPRIVILEGED}")


def _drop_to(user: str) -> list[str]:
    """What runs a program as that account and stops it when the tests die."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig", STOP.name.removeprefix("SIG")]
    group = str(pwd.getpwnam(user).pw_gid)
    return [
        setpriv,
        "--reuid",
        user,
        "--regid",
        group,
        "--clear-groups",
        "--pdeathsig",
        STOP.name.removeprefix("SIG"),
    ]


def _run_as(user: str, command: list[str | Path], folder: Path) -> None:
    done = subprocess.run(
        [*_drop_to(user), *map(str, command)], cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def _give(folder: Path, user: str) -> None:
    if os.geteuid() == 0:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
