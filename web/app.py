"""Putting the application together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    request,
    send_from_directory,
    session,
    url_for,
)
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as BaseResponse

from kb.database import LARGEST_ID

from . import accounts, api, errorpages, logs, pages, pulse, security, signing, todo
from .access import PUBLIC, needs
from .context import asking, can, close_reading, reading, services, set_person
from .course_quizzes import CourseQuizzes
from .db import SYSTEM
from .errors import NotPermitted
from .models import Person, SignIn
from .services import Services, make_services
from .settings import Settings
from .views import BLUEPRINTS
from .views import pulse as pulse_view

MAX_UPLOAD = 64 * 1024 * 1024
MAX_FORM_FIELD = 2 * 1024 * 1024
FREE_WHILE_CHANGING = ("account.password", "account.sign_out", "static")
"""Routes open to somebody who must change the password first."""

csrf = CSRFProtect()


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    made: Services | None = None,
) -> Flask:
    """The application. ``clock`` says what time it is; ``made`` reuses open services."""
    app = bare_app(settings)
    supply(app, made or make_services(settings, clock))
    return app


def supply(app: Flask, made: Services) -> None:
    """Give an application the services it works with, in place of any it had."""
    app.extensions["zhixi"] = made
    app.extensions[todo.QUIZZES] = CourseQuizzes(made.now)
    pulse_view.attach(app, made)


class RowNumber(IntegerConverter):
    """``<row:id>``: a number that the key of a row can have; any other address is not there."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_ID)


def bare_app(settings: Settings) -> Flask:
    """The application without services: routes, pages and rules."""
    app = Flask("web", static_folder=None)
    app.url_map.converters["row"] = RowNumber
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="zhixi",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.behind_proxy,
        MAX_CONTENT_LENGTH=MAX_UPLOAD,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_FIELD,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    logs.attach(app)
    security.attach(app)
    app.before_request(_refuse_nul)
    app.before_request(_who_is_asking)
    app.before_request(_check_permission)
    app.before_request(signing.hold)
    csrf.init_app(app)
    app.teardown_request(close_reading)
    app.add_url_rule("/static/<digest>/<path:name>", "static", _static)
    api.limiter.init_app(app)
    for blueprint in (*BLUEPRINTS, api.blueprint):
        app.register_blueprint(blueprint)
        if getattr(blueprint, "csrf_exempt", False):
            csrf.exempt(blueprint)
    errorpages.attach(app)
    pages.attach(app)
    _require_permissions(app)
    return app


@needs(PUBLIC)
def _static(digest: str, name: str) -> Response:
    assets = services().assets
    response = send_from_directory(assets.folder, name)
    if digest == assets.digest:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:  # a page from before an upgrade: right for now, but not for a year
        response.headers["Cache-Control"] = "no-cache"
    return response


def _refuse_nul() -> None:
    """No text of ours has this character, and PostgreSQL cannot even compare with it."""
    if "\0" in request.path:
        abort(404)
    if any("\0" in text for pair in request.args.items(multi=True) for text in pair):
        abort(400)


def _who_is_asking() -> None:
    set_person(None)
    if request.endpoint == "static":
        return
    if request.blueprint == "api":  # a token only: a cookie could be sent by a foreign page
        set_person(_token_holder())
        return
    token = session.get("sign_in")
    if not token:
        return
    now = services().now()
    found = accounts.current_sign_in(reading(), token, now)
    if found is None:
        session.pop("sign_in")
        return
    set_person(found.person, found)
    if request.endpoint not in pulse.QUIET and now - found.seen_at > accounts.SEEN_STEP:
        with services().db.work(SYSTEM, "account.seen") as writing:
            _mark_seen(writing, found.id, now)


def _token_holder() -> Person | None:
    # Read by ourselves: werkzeug stumbles over what is neither a token nor Base64.
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    return accounts.person_of_token(reading(), token.strip())


def _mark_seen(writing: Session, sign_in_id: int, now: datetime) -> None:
    writing.get_one(SignIn, sign_in_id).seen_at = now


def _check_permission() -> BaseResponse | None:
    view = _view()
    if view is None or view.permission == PUBLIC:
        return None
    person = asking()
    if person is None and request.blueprint == "api":
        abort(401)
    if person is None:
        return _to_sign_in()
    if person.must_change_password and request.endpoint not in FREE_WHILE_CHANGING:
        if request.blueprint == "api":
            raise NotPermitted("请先在网页上登录，换掉初始密码，再用接口。")
        return redirect(url_for("account.password"))
    if not can(view.permission):
        abort(403)
    return None


def _view() -> Any:
    """The view function of this request, or None for an address that does not exist."""
    return current_app.view_functions.get(request.endpoint or "")


def _to_sign_in() -> BaseResponse:
    address = url_for(
        "account.sign_in", next=request.full_path if request.method == "GET" else None
    )
    if "HX-Request" in request.headers:  # a fragment must not swallow the sign-in page
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address)


def _require_permissions(app: Flask) -> None:
    missing = [name for name, view in app.view_functions.items() if not hasattr(view, "permission")]
    if missing:
        raise LookupError(f"routes without a permission: {missing}")
