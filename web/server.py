"""The production server: several processes of threads over one socket, and a job worker."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from kb.text import load
from kb.text.sound import readings

from . import logs, migrate
from .app import create_app
from .errors import WebError
from .services import Services, make_services
from .settings import Settings
from .workers import Companion

THREADS = 8
TIMEOUT_SECONDS = 120
GRACE_SECONDS = 30
LONGEST_REQUEST_LINE = 8190
"""A spoken question of 300 characters is nine times as long once written into an address."""

log = logging.getLogger("zhixi.server")


class AddressInUse(WebError):
    """Nobody can listen at that address: usually because somebody does already."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"在 {host} 的 {port} 端口启动不了（{reason}）。"
            "请停掉占用它的程序，或用 --port 换一个端口。"
        )
        self.host, self.port = host, port


def default_workers() -> int:
    return max(2, min(os.cpu_count() or 1, 4))


def serve(
    settings: Settings,
    host: str,
    port: int,
    *,
    workers: int | None = None,
    jobs: bool = True,
    log_level: int = logging.INFO,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until stopped by a signal; ends the process.

    The home must have been prepared. ``ready`` is told the address once it can be opened.
    """
    settings.refuse_weak_secret(host)
    logs.set_up(log_level)
    load()
    readings("读")  # the table of pinyin, once for all processes
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers or default_workers(),
        "worker_class": "gthread",
        "threads": THREADS,
        "preload_app": True,
        "timeout": TIMEOUT_SECONDS,
        "graceful_timeout": GRACE_SECONDS,
        "limit_request_line": LONGEST_REQUEST_LINE,
        "logger_class": JsonLogger,
        "control_socket_disable": True,
        "forwarded_allow_ips": "",  # the application decides whom it believes
        "secure_scheme_headers": {},
        "when_ready": lambda arbiter: ready(address_of(host, port)),
        "post_fork": _after_fork,
        "post_worker_init": _warm_up,
        "worker_exit": _let_go,
    }
    Server(settings, options, jobs=jobs).run()


def prepare(settings: Settings) -> None:
    """Bring the schema and the index of a home up to date, before anybody is served."""
    services = make_services(settings)
    try:
        migrate.upgrade(services.db)
        services.library.sync()
    finally:
        services.library.close()
        services.db.dispose()


def address_of(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 (shown, not bound)
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def check_address(host: str, port: int) -> None:
    """Raises AddressInUse where nobody could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressInUse(host, port, error.strerror or str(error)) from error


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, embedded: its settings come from us and from nowhere else."""

    def __init__(self, settings: Settings, options: dict[str, Any], *, jobs: bool) -> None:
        self.settings, self.options, self.jobs = settings, options, jobs
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(self.settings)

    def run(self) -> None:
        Master(self, jobs=self.jobs).run()


class Master(Arbiter):  # type: ignore[misc]
    """Gunicorn's master, which also looks after one job worker."""

    def __init__(self, server: Server, *, jobs: bool) -> None:
        super().__init__(server)
        self.companion = Companion(server.settings, self._close_listeners) if jobs else None

    def manage_workers(self) -> None:  # called about once a second
        super().manage_workers()
        if self.companion:
            self.companion.keep()

    def stop(self, graceful: bool = True) -> None:
        if self.companion:
            self.companion.stop()
        super().stop(graceful)
        if self.companion:
            self.companion.end(within=GRACE_SECONDS)

    def _close_listeners(self) -> None:
        for listener in self.LISTENERS:
            listener.sock.close()


class JsonLogger(Logger):  # type: ignore[misc]
    """Gunicorn's own messages in the form of all others; the application logs requests."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers[:] = log.parent.handlers if log.parent else []
        self.error_log.setLevel(log.getEffectiveLevel())
        self.error_log.propagate = False


def _services(worker: Any) -> Services:
    found: Services = worker.app.wsgi().extensions["zhixi"]
    return found


def _after_fork(arbiter: Any, worker: Any) -> None:
    # A connection shared by two processes mixes up their answers.
    _services(worker).db.engine.dispose(close=False)


def _warm_up(worker: Any) -> None:
    services = _services(worker)
    services.suggesting.look_aside(services.now())
    try:
        services.library.index.refresh()
    except Exception:
        log.exception("the index cannot be opened")  # /readyz says so too; pages still work


def _let_go(arbiter: Any, worker: Any) -> None:
    services = _services(worker)
    services.searchlog.flush()
    services.evidence.flush()
    services.library.close()
    services.db.dispose()
