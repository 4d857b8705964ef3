"""People: the list, new accounts, and what an administrator does to one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from .. import accounts, people, people_import, roles
from ..access import needs, permissions_of
from ..context import now, person, reading, work
from ..errors import Conflict, InvalidInput, NotPermitted, WebError, status_of
from ..models import ApiToken, Person, Role, SignIn, Team
from ..people import Details, Wanted
from ..people_import import Added

blueprint = Blueprint("people", __name__, url_prefix="/admin/people")

QUERY = ("q", "team", "role", "state", "sort")


@blueprint.get("")
@needs("people.manage")
def listing() -> ResponseReturnValue:
    wanted = _wanted(request.args)
    found = people.listing(reading(), wanted)
    if wanted.page > found.pages:
        abort(404)
    return render_template(
        "people/listing.html",
        wanted=wanted,
        found=found,
        kept={name: value for name in QUERY if (value := request.args.get(name, ""))},
        narrowed=bool(wanted.text) or wanted.team is not None or wanted.role is not None,
        states=people.STATES,
        team_choices=[("", "全部"), ("0", "没有班组"), *_options(roles.all_teams(reading()))],
        role_choices=[("", "全部"), *_options(roles.all_roles(reading()))],
    )


def _options(things: Iterable[Team] | Iterable[Role]) -> list[tuple[str, str]]:
    return [(str(thing.id), thing.name) for thing in things]


def _wanted(args: MultiDict[str, str]) -> Wanted:
    """The question in the address; a value that makes no sense narrows nothing."""
    state, sort = args.get("state", ""), args.get("sort", "")
    return Wanted(
        text=args.get("q", "").strip()[:60],
        team=args.get("team", type=int),
        role=args.get("role", type=int),
        state=state if state in people.STATES else "active",
        sort=sort if sort.removeprefix("-") in people.ORDERS else "number",
        page=max(1, min(args.get("page", 1, type=int), 100_000)),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@needs("people.manage")
def new() -> ResponseReturnValue:
    if request.method == "GET":
        return _new_form(Details("", "", "", frozenset()))
    wanted = _details(request.form)
    number, password = request.form.get("number", ""), accounts.initial_password()
    try:
        with work("people.add") as writes:
            people.lock(writes)
            given = people.roles_by_id(writes, wanted.roles)
            people.may_hand_on(person(), given)
            added = accounts.add_person(
                writes,
                number,
                wanted.name,
                password,
                at=now(),
                roles=given,
                team=wanted.team,
                grade=wanted.grade,
            )
    except (InvalidInput, NotPermitted) as wrong:
        return _new_form(wanted, number[:40], wrong), status_of(wrong)
    return _one_time(added, password, "账号已开通")


def _new_form(wanted: Details, number: str = "", wrong: WebError | None = None) -> str:
    return render_template(
        "people/new.html", wanted=wanted, number=number, **_choices(), **_faults(wrong)
    )


def _details(form: Mapping[str, str]) -> Details:
    return Details(
        form.get("name", ""),
        form.get("team", ""),
        form.get("grade", ""),
        frozenset(int(id) for id in request.form.getlist("roles") if id.isascii() and id.isdigit()),
    )


def _choices() -> dict[str, Any]:
    return {"teams": roles.all_teams(reading()), "roles": roles.all_roles(reading())}


def _faults(wrong: WebError | None) -> dict[str, Any]:
    """A fault of a field stands at the field; any other at the head of the form."""
    if isinstance(wrong, InvalidInput):
        return {"errors": {wrong.field: str(wrong)}, "fault": ""}
    return {"errors": {}, "fault": str(wrong or "")}


def _one_time(who: Person, password: str, title: str) -> str:
    """The only page that ever shows this password: it is kept as a hash alone."""
    return render_template("people/password.html", who=who, password=password, heading=title)


@blueprint.route("/import", methods=["GET", "POST"])
@needs("people.manage")
def import_() -> ResponseReturnValue:
    """All rows are checked first; then each is added by itself, so that no writer waits long."""
    if request.method == "GET":
        return render_template("people/import.html", wrong="", faults=[], added=[])
    try:
        rows = _uploaded()
    except InvalidInput as wrong:
        return render_template("people/import.html", wrong=str(wrong), faults=[], added=[]), 422
    faults = people_import.faults(reading(), person(), rows)
    if faults:
        return render_template("people/import.html", wrong="", faults=faults, added=[]), 422
    added: list[Added] = []
    for row in rows:
        try:
            with work("people.import") as writes:
                people.lock(writes)
                added.append(people_import.add(writes, person(), row, now()))
        except (InvalidInput, NotPermitted) as wrong:  # somebody was quicker
            faults.append(people_import.Wrong(row.line, str(wrong)))
    return render_template("people/import.html", wrong="", faults=faults, added=added)


def _uploaded() -> list[people_import.Row]:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidInput("file", "请先选择一个文件。")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        file.save(path)
        return people_import.read(path, file.filename)


@blueprint.get("/<path:number>")
@needs("people.manage")
def edit(number: str) -> ResponseReturnValue:
    return _edit_form(accounts.get_person(reading(), number))


def _edit_form(
    who: Person, wanted: Details | None = None, stamp: str = "", wrong: WebError | None = None
) -> str:
    stored = Details.of(who)
    return render_template(
        "people/edit.html",
        who=who,
        wanted=wanted or stored,
        stamp=stamp or stored.stamp(),
        sign_ins=accounts.open_sign_ins(reading(), who, now()),
        tokens=_tokens(who),
        seen=people.last_seen(reading(), [who.id]).get(who.id),
        **_choices(),
        **_faults(wrong),
    )


def _tokens(who: Person) -> list[ApiToken]:
    query = select(ApiToken).where(ApiToken.person_id == who.id, ApiToken.revoked_at.is_(None))
    return list(reading().scalars(query.order_by(ApiToken.id.desc())))


@blueprint.post("/<path:number>")
@needs("people.manage")
def save(number: str) -> ResponseReturnValue:
    who = accounts.get_person(reading(), number)
    wanted, stamp = _details(request.form), request.form.get("stamp", "")
    try:
        with work("people.edit") as writes:
            people.edit(writes, person(), writes.get_one(Person, who.id), wanted, stamp, now())
            stays = "people.manage" in permissions_of(writes.get_one(Person, person().id))
    except Conflict as wrong:  # either stale, or it would lock everybody out: show what is stored
        reading().rollback()
        return _edit_form(who, wrong=wrong), status_of(wrong)
    except (InvalidInput, NotPermitted) as wrong:
        return _edit_form(who, wanted, stamp, wrong), status_of(wrong)
    flash(f"已保存 {wanted.name.strip()} 的资料。", "success")
    # Somebody may have taken their own way to this page away.
    return redirect(_there(who) if stays else url_for("home.home"))


def _there(who: Person) -> str:
    return url_for("people.edit", number=who.number)


@blueprint.post("/<path:number>/password")
@needs("people.manage")
def reset_password(number: str) -> ResponseReturnValue:
    who = accounts.get_person(reading(), number)
    with work("people.password") as writes:
        password = people.reset_password(writes, person(), writes.get_one(Person, who.id), now())
    return _one_time(who, password, "密码已重置")


@blueprint.post("/<path:number>/disabling")
@needs("people.manage")
def disable(number: str) -> ResponseReturnValue:
    who = accounts.get_person(reading(), number)
    try:
        with work("people.disable") as writes:
            people.disable(writes, person(), writes.get_one(Person, who.id), now())
    except Conflict as wrong:
        return _edit_form(who, wrong=wrong), status_of(wrong)
    flash(f"已停用 {who.name} 的账号，登录和接口令牌都已失效。", "success")
    return redirect(_there(who))


@blueprint.post("/<path:number>/enabling")
@needs("people.manage")
def enable(number: str) -> ResponseReturnValue:
    who = accounts.get_person(reading(), number)
    with work("people.enable") as writes:
        people.enable(person(), writes.get_one(Person, who.id), now())
    flash(f"已恢复 {who.name} 的账号。忘了密码的话，请再重置密码。", "success")
    return redirect(_there(who))


@blueprint.post("/<path:number>/sign-ins/<int:id>/revocation")
@needs("people.manage")
def revoke_sign_in(number: str, id: int) -> ResponseReturnValue:
    who = accounts.get_person(reading(), number)
    with work("people.revoke") as writes:
        found = writes.get(SignIn, id)
        if found is None or found.person_id != who.id:
            abort(404)
        people.revoke_sign_in(writes, person(), found, now())
    flash("那台设备已退出登录。", "success")
    return redirect(_there(who))


@blueprint.post("/<path:number>/tokens/<int:id>/revocation")
@needs("people.manage")
def revoke_token(number: str, id: int) -> ResponseReturnValue:
    who = accounts.get_person(reading(), number)
    with work("people.token.revoke") as writes:
        found = writes.get(ApiToken, id)
        if found is None or found.person_id != who.id:
            abort(404)
        people.may_handle(person(), found.person)
        found.revoked_at = found.revoked_at or now()
    flash("接口令牌已作废。", "success")
    return redirect(_there(who))
