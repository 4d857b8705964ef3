"""Signing in and out, the password, one's own sessions and API tokens."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts
from ..access import PUBLIC, SIGNED_IN, needs
from ..context import asking, now, person, reading, services, work
from ..db import SYSTEM
from ..errors import InvalidInput, SignInRefused
from ..models import ApiToken, Person, SignIn
from ..user_agents import browser

blueprint = Blueprint("account", __name__)
blueprint.add_app_template_filter(browser)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@needs(PUBLIC)
def sign_in() -> ResponseReturnValue:
    target = safe_target(request.values.get("next", ""))
    if request.method == "GET":
        if asking():
            return redirect(target)
        return render_template("sign_in.html", number="", error="", next=target)
    number, password = request.form.get("number", ""), request.form.get("password", "")
    try:
        token = _open_session(number, password)
    except SignInRefused as refused:
        page = render_template("sign_in.html", number=number[:40], error=str(refused), next=target)
        return page, 403
    session.clear()  # a new session gets a new CSRF token
    session["sign_in"] = token
    session.permanent = True
    return redirect(target)


def safe_target(target: str) -> str:
    """A path of this site to go on to, else the start page."""
    local = target.startswith("/") and not target.startswith(("//", "/\\"))
    # Browsers drop tabs, and then "/\t/" is "//"; a line break would end the header.
    return target if local and target.isprintable() else url_for("home.home")


def _open_session(number: str, password: str) -> str:
    at = now()
    origin = accounts.Origin(request.remote_addr or "", request.user_agent.string)
    db = services().db
    with db.reading() as reads:
        try:
            found = accounts.check_credentials(reads, number, password, at)
        except SignInRefused:
            if not accounts.delay_left(reads, number, at):
                with db.work(SYSTEM, "account.failure") as writes:
                    accounts.note_failure(writes, number, at)
            raise
    with db.work(found, "account.sign_in") as writes:
        return accounts.sign_in(writes, found, origin, at)


@blueprint.post("/sign-out")
@needs(SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    with work("account.sign_out") as writes:
        writes.get_one(SignIn, g.sign_in.id).revoked_at = now()
    session.clear()
    return redirect(url_for("account.sign_in"))


@blueprint.route("/account/password", methods=["GET", "POST"])
@needs(SIGNED_IN)
def password() -> ResponseReturnValue:
    if request.method == "GET":
        return _password_page({})
    try:
        _change_password(request.form)
    except InvalidInput as wrong:
        field = "new" if wrong.field == "password" else wrong.field
        return _password_page({field: str(wrong)}), 422
    flash("密码已更改，其他设备上的登录已退出。", "success")
    return redirect(url_for("home.home"))


def _password_page(errors: Mapping[str, str]) -> str:
    return render_template(
        "password.html",
        errors=errors,
        forced=person().must_change_password,
        min_length=accounts.MIN_PASSWORD,
    )


def _change_password(form: Mapping[str, str]) -> None:
    new = form.get("new", "")
    if not accounts.verify(person().password_hash, form.get("current", "")):
        raise InvalidInput("current", "现在的密码不对，请重新输入。")
    if new != form.get("again", ""):
        raise InvalidInput("again", "两次输入的新密码不一样，请重新输入。")
    with work("account.password") as writes:
        me = writes.get_one(Person, person().id)
        accounts.set_password(writes, me, new, now(), keep=g.sign_in)


@blueprint.get("/account")
@needs(SIGNED_IN)
def show() -> ResponseReturnValue:
    return _account_page()


def _account_page(new_token: str = "") -> str:
    """``new_token`` is shown on this one answer and never again."""
    return render_template(
        "account.html",
        me=person(),
        sign_ins=accounts.open_sign_ins(reading(), person(), now()),
        current=g.sign_in,
        tokens=_tokens(reading()),
        new_token=new_token,
    )


def _tokens(reads: Session) -> list[ApiToken]:
    query = select(ApiToken).where(ApiToken.person_id == person().id, ApiToken.revoked_at.is_(None))
    return list(reads.scalars(query.order_by(ApiToken.id.desc())))


@blueprint.post("/account/sign-ins/<int:id>/revocation")
@needs(SIGNED_IN)
def revoke_sign_in(id: int) -> ResponseReturnValue:
    with work("account.revoke") as writes:
        found = writes.get(SignIn, id)
        if found is None or found.person_id != person().id:
            abort(404)
        found.revoked_at = found.revoked_at or now()
    flash("已退出那台设备上的登录。", "success")
    return redirect(url_for("account.show"))


@blueprint.post("/account/tokens")
@needs("api.use")
def add_token() -> ResponseReturnValue:
    with work("account.token") as writes:
        me = writes.get_one(Person, person().id)
        token = accounts.add_token(writes, me, request.form.get("name", ""), now())
    return _account_page(new_token=token)


@blueprint.post("/account/tokens/<int:id>/revocation")
@needs(SIGNED_IN)
def revoke_token(id: int) -> ResponseReturnValue:
    with work("account.token.revoke") as writes:
        found = writes.get(ApiToken, id)
        if found is None or found.person_id != person().id:
            abort(404)
        found.revoked_at = found.revoked_at or now()
    flash("令牌已作废。", "success")
    return redirect(url_for("account.show"))
