"""Is the process alive, and can it do its work?"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select, text

from ..access import PUBLIC, needs
from ..context import now, services
from ..jobs import OVERDUE
from ..models import Job

blueprint = Blueprint("health", __name__)
log = logging.getLogger("zhixi.web")


@blueprint.get("/healthz")
@needs(PUBLIC)
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@blueprint.get("/readyz")
@needs(PUBLIC)
def ready() -> ResponseReturnValue:
    checks = {"database": _database, "index": _index, "jobs": _jobs}
    results = {name: _attempt(check) for name, check in checks.items()}
    ok = all(result == "ok" for result in results.values())
    return {"status": "ok" if ok else "failing", "checks": results}, 200 if ok else 503


def _attempt(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # whatever is wrong, the answer is "not ready"
        log.warning("not ready", exc_info=error)
        return type(error).__name__


def _database() -> str:
    with services().db.reading() as session:
        session.execute(text("select 1"))
    return "ok"


def _index() -> str:
    services().library.index.refresh()
    return "ok"


def _jobs() -> str:
    with services().db.reading() as session:
        overdue = session.scalar(
            select(func.count(Job.id)).where(Job.state == "waiting", Job.run_at < now() - OVERDUE)
        )
    return f"{overdue} overdue" if overdue else "ok"
