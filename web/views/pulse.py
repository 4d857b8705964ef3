"""The address open pages ask for what is new."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Flask, current_app, request
from flask.typing import ResponseReturnValue

from .. import pulse as source
from ..access import SIGNED_IN, needs
from ..context import now, person, reading, viewer
from ..services import Services

blueprint = Blueprint("pulse", __name__)


def attach(app: Flask, services: Services) -> None:
    """Put the shortcut before the application, in place of an earlier one."""
    wsgi = app.wsgi_app
    if isinstance(wsgi, source.Shortcut):
        wsgi = wsgi.wsgi
    made = source.Shortcut(wsgi, source.Newest(services.db), services.now)
    app.wsgi_app = made  # type: ignore[method-assign]
    app.extensions["zhixi.pulse"] = made


def _shortcut() -> source.Shortcut:
    return cast(source.Shortcut, current_app.extensions["zhixi.pulse"])


@blueprint.get(source.PATH)
@needs(SIGNED_IN)
def pulse() -> ResponseReturnValue:
    """204 while the page's mark still holds, else all that the changed sources have to say."""
    at = now()
    # Read before the items: a change in between is then told by the next answer.
    stamp = _shortcut().newest.stamp(at)
    _shortcut().trust(request.headers.get("Cookie", ""))
    since, known = source.read_mark(request.args.get("since", ""))
    if known == stamp:
        return "", 204
    names = source.changed(known, stamp)
    found = source.items(reading(), person(), viewer(), at, since, names)
    return {
        "mark": source.mark(stamp, at),
        "sources": names,
        "items": [item.as_dict() | {"source": n} for n, items in found.items() for item in items],
    }
