"""The process that runs jobs: on its own, or kept alive beside the server."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

from kb.text import load

from . import logs
from .chores import Workshop, run
from .jobs import claim
from .rounds import Rounds
from .services import Services, make_services
from .settings import Settings

PARENT_CHECK_SECONDS = 0.5
RESPAWN_SECONDS = 1.0
"""The least time between two starts, so that a worker which cannot start does not spin."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

POLL_SECONDS = 0.5

log = logging.getLogger("zhixi.jobs")


class Worker:
    """Runs jobs until told to stop, and makes the jobs that recur."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.name = f"{os.uname().nodename}:{os.getpid()}:{threading.get_ident()}"
        self.stopping = threading.Event()
        self._rounds = Rounds()

    def loop(self) -> None:
        while not self.stopping.is_set():
            try:
                worked = self.tick()
            except Exception:  # a lost database must not end the worker
                log.exception("worker stumbled")
                worked = False
            if not worked:
                self.stopping.wait(POLL_SECONDS)

    def tick(self) -> bool:
        """Do one job if one is due; says whether it did."""
        self._rounds.make(self.workshop)
        job = claim(self.workshop.db, self.name, datetime.now(UTC))
        if job is None:
            return False
        run(self.workshop, job)
        return True

    def stop(self) -> None:
        self.stopping.set()


def work(settings: Settings, *, parent: int | None = None) -> None:
    """Run jobs until told to stop by a signal; the job in hand is finished first.

    With ``parent``, the end of that process is a reason to stop as well: it may have been
    killed without a chance to say so.
    """
    load()
    services = make_services(settings)
    worker = Worker(Workshop.of(services))
    for number in STOP_SIGNALS:
        signal.signal(number, _stopping(worker))
    if parent is not None:
        threading.Thread(target=_follow, args=(parent, worker), daemon=True).start()
    if settings.plays_calls:
        _play_calls(services, worker)
    log.info("job worker %s started", os.getpid())
    try:
        worker.loop()
    finally:
        services.library.close()
        services.db.dispose()
    log.info("job worker %s stopped", os.getpid())


def _play_calls(services: Services, worker: Worker) -> None:
    from .demo.live import play  # the demo alone needs its texts

    threading.Thread(target=play, args=(services, worker.stopping), daemon=True).start()


def _stopping(worker: Worker) -> Callable[[int, FrameType | None], None]:
    def stop(number: int, frame: FrameType | None) -> None:
        worker.stop()

    return stop


def _follow(parent: int, worker: Worker) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    worker.stop()


class Companion:
    """A job worker as a child of this process, started again whenever it died."""

    def __init__(self, settings: Settings, before: Callable[[], None] = lambda: None) -> None:
        """``before`` runs first in the child: it lets go of what the parent holds."""
        self.settings, self.before = settings, before
        self.pid: int | None = None
        self._started = float("-inf")

    def keep(self) -> None:
        """Start it where it is not running."""
        if not self._runs() and time.monotonic() - self._started >= RESPAWN_SECONDS:
            self._started = time.monotonic()
            self._start()

    def stop(self) -> None:
        """Ask it to finish."""
        self._signal(signal.SIGTERM)

    def end(self, within: float) -> None:
        """Wait for it, and end it where it takes longer than ``within`` seconds."""
        deadline = time.monotonic() + within
        while self._runs() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None and self._runs():
            os.kill(self.pid, number)

    def _runs(self) -> bool:
        if self.pid is None:
            return False
        try:
            if os.waitpid(self.pid, os.WNOHANG) == (0, 0):
                return True
        except ChildProcessError:
            pass  # whoever looks after all children has taken note of its end already
        self.pid = None
        return False

    def _start(self) -> None:
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid:
            return
        status = 1
        try:
            for number in (*STOP_SIGNALS, signal.SIGCHLD, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            self.before()
            logs.set_up(log.getEffectiveLevel())
            work(self.settings, parent=parent)
            status = 0
        except Exception:
            log.exception("job worker failed")
        finally:
            os._exit(status)  # nothing of the parent's may be cleaned up here
