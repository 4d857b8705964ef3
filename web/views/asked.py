"""What callers asked: how often, what came of it, and what the base could not answer."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from .. import searchlog
from ..access import needs
from ..context import now, reading

blueprint = Blueprint("asked", __name__, url_prefix="/kb/asked")

PERIODS = {"1": "一天", "7": "七天", "30": "三十天", "90": "九十天"}
VIEWS = {"missed": "没有答上的", "all": "全部"}


@blueprint.get("")
@needs("kb.write")
def listing() -> ResponseReturnValue:
    days = request.args.get("days", "7")
    days = days if days in PERIODS else "7"
    show = request.args.get("show", "missed")
    show = show if show in VIEWS else "missed"
    since = now() - timedelta(days=int(days))
    return render_template(
        "asked/listing.html",
        days=days,
        show=show,
        periods=PERIODS,
        views=VIEWS,
        health=searchlog.health(reading(), since, now()),
        questions=searchlog.most_asked(reading(), since, missed=show == "missed"),
        causes=searchlog.CAUSES,
    )
