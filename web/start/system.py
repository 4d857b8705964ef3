"""Work of whoever runs the system."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func, select

from ..context import reading
from ..models import Job, Person
from ..pages import day, moment
from .section import SHOWN, Line, Section


def failed_jobs() -> Section:
    query = select(Job).where(Job.state == "failed").order_by(Job.finished_at.desc())
    found = reading().scalars(query.limit(SHOWN)).all()
    count = reading().scalar(select(func.count(Job.id)).where(Job.state == "failed")) or 0
    rows = [
        Line(job.kind, url_for("jobs.listing", state="failed"), moment(job.finished_at))
        for job in found
    ]
    return Section("失败的后台任务", count, rows, "没有失败的任务。")


def waiting_people() -> Section:
    fresh = (Person.must_change_password.is_(True), Person.disabled_at.is_(None))
    found = reading().scalars(select(Person).where(*fresh).order_by(Person.id.desc()).limit(SHOWN))
    count = reading().scalar(select(func.count(Person.id)).where(*fresh)) or 0
    rows = [
        Line(f"{p.name}（{p.number}）", url_for("people.edit", number=p.number), day(p.created_at))
        for p in found
    ]
    return Section("还没换初始密码的人", count, rows, "所有人都已换过初始密码。")
