"""What is done with an exam after it is written: published, extended, cancelled, given out."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from exams import allowances, arranging, sittings, visibility
from exams.errors import ExamError
from exams.tables import Exam
from kb.errors import InvalidContent, KbError, Settled

from .. import exam_people
from ..access import needs
from ..context import look_again, now, person, reading, work
from ..errors import status_of
from ..exam_form import moment_of, whole
from ..pages import moment, second
from ..people_names import person_name
from .account import safe_target
from .exams import blueprint, page, shortages

Act = Callable[[Session, Exam], str]
"""Does it and says what was done."""


def _done(id: int, doing: str, act: Act) -> ResponseReturnValue:
    """Do it to the held exam; what cannot be done is said on its page."""
    try:
        with work(doing) as writes:
            said = act(writes, arranging.hold(writes, id))
    except (KbError, ExamError) as wrong:
        look_again()
        exam = arranging.get(reading(), id)
        return page(exam, wrong), status_of(wrong)
    flash(said, "success")
    return redirect(_back(id))


def _back(id: int) -> str:
    back = request.form.get("back", "")
    return safe_target(back) if back else url_for("exams.show", id=id)


@blueprint.post("/<int:id>/publication")
@needs("exams.papers")
def publish(id: int) -> ResponseReturnValue:
    """Refused where the bank does not fill the paper for everybody who is invited."""
    exam = arranging.get(reading(), id)
    lacking = shortages(exam, exam_people.invited(reading(), exam))

    def act(writes: Session, held: Exam) -> str:
        if held.published_at is not None and held.cancelled_at is None:
            return f"“{held.title}”已发布。"
        if lacking:
            raise Settled(f"没有发布：{lacking[0].why}")
        if held.saves != request.form.get("saves", 0, type=int):
            raise Settled("规则刚被别人改过，没有发布。请看一遍现在的规则，再按一次发布。")
        arranging.publish(writes, held, now())
        return f"“{held.title}”已发布，参加的人现在就能看到。"

    return _done(id, "exams.publish", act)


@blueprint.post("/<int:id>/copies")
@needs("exams.papers")
def copy(id: int) -> ResponseReturnValue:
    with work("exams.arrange") as writes:
        made = arranging.copy(writes, arranging.get(writes, id), by=person().id, at=now())
    flash("已复制为草稿。请核对时间和参加的人。", "success")
    return redirect(url_for("exams.edit", id=made.id))


@blueprint.post("/<int:id>/close")
@needs("exams.papers")
def extend(id: int) -> ResponseReturnValue:
    def act(writes: Session, held: Exam) -> str:
        try:
            closes_at = moment_of(request.form.get("closes_at", ""))
        except ValueError as wrong:
            raise InvalidContent("closes_at", str(wrong)) from None
        moved = arranging.extend(writes, held, closes_at, now())
        also = f"，正在作答的 {moved} 人也延长了" if moved else ""
        return f"截止时间改为 {moment(held.closes_at)}{also}。"

    return _done(id, "exams.extend", act)


@blueprint.post("/<int:id>/note")
@needs("exams.papers")
def annotate(id: int) -> ResponseReturnValue:
    def act(writes: Session, held: Exam) -> str:
        note = request.form.get("note", "").replace("\r\n", "\n")
        arranging.annotate(writes, held, note, request.form.get("saves", 0, type=int))
        return "说明已保存。"

    return _done(id, "exams.arrange", act)


@blueprint.post("/<int:id>/cancellation")
@needs("exams.papers")
def cancel(id: int) -> ResponseReturnValue:
    def act(writes: Session, held: Exam) -> str:
        stopped = arranging.cancel(writes, held, now())
        return f"“{held.title}”已取消。" + (f"{stopped} 份没交的答卷已停止。" if stopped else "")

    return _done(id, "exams.cancel", act)


@blueprint.post("/<int:id>/release")
@needs("exams.papers")
def release(id: int) -> ResponseReturnValue:
    def act(writes: Session, held: Exam) -> str:
        if held.published_at is None or held.cancelled_at is not None or now() < held.closes_at:
            raise Settled("考试结束以后才能公布。")
        if now() < (last := visibility.last_answer(held)):
            raise Settled(f"有人加了时，{second(last)} 以后才收齐答卷，到那时再公布。")
        sittings.release(writes, held, now())
        return "成绩已公布，参加的人现在就能看到。"

    return _done(id, "exams.release", act)


@blueprint.post("/<int:id>/repeating")
@needs("exams.papers")
def stop(id: int) -> ResponseReturnValue:
    def act(writes: Session, held: Exam) -> str:
        arranging.stop_repeating(writes, held)
        return "不再自动生成下一场；已有的照旧。"

    return _done(id, "exams.arrange", act)


@blueprint.post("/<int:id>/allowances")
@needs("exams.papers")
def allow(id: int) -> ResponseReturnValue:
    """More for one person, in all; nothing takes it back."""

    def act(writes: Session, held: Exam) -> str:
        who = _whom(writes)
        given = {name: _number(name) for name in ("minutes", "attempts")}
        reason = request.form.get("reason", "")
        allowances.give(writes, held, who, reason=reason, at=now(), **given)
        called = person_name(who)
        if not any(given.values()):
            return f"已收回给 {called} 的加时。"
        return f"{called}：加 {given['minutes']} 分钟、{given['attempts']} 次。"

    return _done(id, "exams.allow", act)


@blueprint.post("/<int:id>/allowances/<int:person_id>/removal")
@needs("exams.papers")
def take_back(id: int, person_id: int) -> ResponseReturnValue:
    def act(writes: Session, held: Exam) -> str:
        known = {each.person_id for each in held.allowances}
        if person_id not in known:
            return "这个人已经没有加时。"
        allowances.give(writes, held, person_id, minutes=0, attempts=0, reason="", at=now())
        return f"已收回给 {person_name(person_id)} 的加时。"

    return _done(id, "exams.allow", act)


def _whom(session: Session) -> int:
    people, unknown = exam_people.numbered(session, request.form.get("number", "")[:40])
    if unknown or len(people) != 1:
        raise InvalidContent("number", "请填一个在用的工号。")
    return people[0].id


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    try:
        return whole(text) if text else 0
    except ValueError as wrong:
        raise InvalidContent(name, str(wrong)) from None
