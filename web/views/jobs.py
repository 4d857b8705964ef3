"""Work done in the background: what waits, what failed and why, and the search index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.errors import KbError

from .. import chores, jobs
from ..access import needs
from ..audit_notes import note
from ..context import now, reading, services, work
from ..job_words import why
from ..models import Job

blueprint = Blueprint("jobs", __name__, url_prefix="/admin/jobs")
blueprint.add_app_template_filter(why, "why")

PAGE = 50
STATES: Mapping[str, str] = {
    "failed": "失败",
    "waiting": "等待",
    "running": "正在做",
    "done": "已完成",
}


@blueprint.get("")
@needs("jobs.manage")
def listing() -> ResponseReturnValue:
    """Without a state in the address: what failed, or what waits when nothing did."""
    counts = _counts(reading())
    state = request.args.get("state", "")
    if state not in STATES:
        state = next((s for s in STATES if counts[s]), "failed")
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    pages = max(1, -(-counts[state] // PAGE))
    if page > pages:
        abort(404)
    return render_template(
        "jobs/listing.html",
        states=STATES,
        state=state,
        counts=counts,
        jobs=_page(reading(), state, page),
        page=page,
        pages=pages,
        names=chores.NAMES,
        most=jobs.MAX_ATTEMPTS,
        index=_index_status(),
        rebuilding=_pending(reading(), "kb.rebuild"),
    )


def _counts(session: Session) -> Mapping[str, int]:
    found = session.execute(select(Job.state, func.count()).group_by(Job.state))
    return dict.fromkeys(STATES, 0) | dict(found.all())


def _page(session: Session, state: str, page: int) -> list[Job]:
    order = Job.run_at if state == "waiting" else Job.id.desc()
    query = select(Job).where(Job.state == state).order_by(order, Job.id)
    return list(session.scalars(query.limit(PAGE).offset((page - 1) * PAGE)))


def _index_status() -> Mapping[str, Any] | None:
    """None where the index cannot be asked; the page still opens, with the way to repair it."""
    try:
        return services().library.status()
    except (KbError, OSError, SQLAlchemyError):
        return None


def _pending(session: Session, kind: str) -> bool:
    query = select(Job.id).where(Job.kind == kind, Job.state.in_(("waiting", "running")))
    return session.scalar(query.limit(1)) is not None


@blueprint.post("/<int:id>/retry")
@needs("jobs.manage")
def retry(id: int) -> ResponseReturnValue:
    with work("jobs.retry") as writes:
        job = writes.get(Job, id, with_for_update=True)
        if job is None:
            abort(404)
        again = _retry(writes, job)
    flash(
        "已放回队列。" if again else "这个任务已经不在失败之列，不用再重试。",
        "success" if again else "info",
    )
    return redirect(url_for("jobs.listing", state="failed"))


@blueprint.post("/retry")
@needs("jobs.manage")
def retry_all() -> ResponseReturnValue:
    with work("jobs.retry") as writes:
        failed = select(Job).where(Job.state == "failed").order_by(Job.id).with_for_update()
        count = sum(_retry(writes, job) for job in writes.scalars(failed).all())
    flash(f"已把 {count} 个任务放回队列。" if count else "没有失败的任务。", "success")
    return redirect(url_for("jobs.listing", state="waiting" if count else "failed"))


def _retry(session: Session, job: Job) -> bool:
    if job.state != "failed":
        return False
    jobs.retry(session, job, now())
    note(session, "job", job.id, {"state": ("failed", "waiting")})
    return True


@blueprint.post("/rebuild")
@needs("jobs.manage")
def rebuild() -> ResponseReturnValue:
    with work("jobs.rebuild") as writes:
        asked = not _pending(writes, "kb.rebuild")
        if asked:
            job = jobs.enqueue(writes, "kb.rebuild", at=now())
            note(writes, "job", job.id, {"kind": (None, job.kind)})
    flash(
        "已安排重建索引。建好以前照常检索，建好后自动换上。"
        if asked
        else "重建索引已在队列里，不用再点。",
        "success" if asked else "info",
    )
    return redirect(url_for("jobs.listing", state="waiting"))
