"""Scorecards: the list, a version as people read it, its life outside the editor."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from kb.errors import EditConflict, InvalidContent, NotFound
from kb.formats.source import slug
from qa import jsonfile, rubric_editing, rubric_words, scorecards, starters
from qa.errors import BadFile, BadRubric, Fault
from qa.exact import spelled
from qa.rubric import KINDS, MODES, SCOPES, Item, JsonObject, Rubric
from qa.rubric_compare import comparable, compare
from qa.rubric_read import parse
from qa.tables import Scorecard, ScorecardVersion

from .. import check_fields, scorecard_articles
from ..access import SIGNED_IN, needs
from ..context import can, now, person, reading, work
from ..people_names import load_names

blueprint = Blueprint("scorecards", __name__, url_prefix="/qa/scorecards")
blueprint.add_app_template_filter(spelled, "spelled")
blueprint.add_app_template_filter(rubric_words.signed, "signed")
blueprint.add_app_template_filter(rubric_words.span, "span_words")
blueprint.add_app_template_filter(rubric_words.at_stake, "at_stake")

READERS = ("qa.rubrics", "qa.score", "qa.own", "qa.team")
"""Any of these reads what is in use; only the first sees drafts and old versions."""
MAX_FILE = jsonfile.LARGEST


@blueprint.app_template_filter("when_words")
def _when_words(when: Any, rubric: Rubric) -> str:
    return rubric_words.condition(rubric, when)


@blueprint.app_template_filter("check_words")
def _check_words(item: Item) -> list[tuple[str, str]]:
    options = {option.key: option.title for option in item.options}
    return check_fields.in_words(item.check or {}, options)


def writes_scorecards() -> bool:
    return can("qa.rubrics")


def require_reader() -> None:
    """Refuses whoever has nothing to do with scorecards."""
    if not any(can(permission) for permission in READERS):
        abort(403)


# Reading


@blueprint.get("")
@needs(SIGNED_IN)
def listing() -> ResponseReturnValue:
    require_reader()
    cards = scorecards.listing(reading())
    if not writes_scorecards():
        cards = [card for card in cards if scorecards.active_version(reading(), card)]
    load_names(card.active.activated_by for card in cards if card.active)
    return render_template(
        "scorecards/listing.html",
        cards=cards,
        counts={card.id: _count(card) for card in cards},
        MODES=MODES,
        starters=_starters() if writes_scorecards() and not cards else {},
    )


def _count(card: Scorecard) -> int:
    """Items of the version in use, else of the newest."""
    return len(list(rubric_editing.placed((card.active or card.versions[-1]).content)))


@blueprint.get("/<key>")
@needs(SIGNED_IN)
def show(key: str) -> ResponseReturnValue:
    """The version in use; for who writes them the newest, where none is in use yet."""
    require_reader()
    card = scorecards.get(reading(), key)
    active = card.active if writes_scorecards() else scorecards.active_version(reading(), card)
    if active is None and writes_scorecards():
        return redirect(url_for("scorecards.draft", key=key))
    if active is None:
        raise NotFound("评分表", key)
    return _version_page(card, active)


@blueprint.get("/<key>/versions/<int:number>")
@needs(SIGNED_IN)
def version(key: str, number: int) -> ResponseReturnValue:
    card, found = readable(key, number)
    return _version_page(card, found)


def readable(key: str, number: int) -> tuple[Scorecard, ScorecardVersion]:
    """A version this person may read. Raises NotFound, as for one that is not there.

    Who does not write scorecards reads what reviews are or were given on, never a draft.
    """
    require_reader()
    card = scorecards.get(reading(), key)
    found = scorecards.version(card, number)
    if not writes_scorecards() and found.activated_at is None:
        raise NotFound("评分表版本", f"{card.title}第{number}版")
    return card, found


def _version_page(card: Scorecard, found: ScorecardVersion) -> ResponseReturnValue:
    checked = scorecards.check(found.content)
    rubric = checked.rubric
    load_names(id for each in card.versions for id in (each.activated_by, each.author_id))
    return render_template(
        "scorecards/show.html",
        card=card,
        version=found,
        rubric=rubric,
        checked=checked,
        shares=rubric_words.shares(rubric) if rubric else {},
        articles=scorecard_articles.linked(rubric) if rubric else {},
        versions=[v for v in reversed(card.versions) if writes_scorecards() or v.activated_at],
        **WORDS,
    )


WORDS: Mapping[str, Mapping[str, str]] = {
    "MODES": MODES,
    "RUBRIC_KINDS": KINDS,
    "SCOPES": SCOPES,
}


@blueprint.get("/<key>/comparison")
@needs("qa.rubrics")
def comparison(key: str) -> ResponseReturnValue:
    """Two versions; without numbers the last two."""
    card = scorecards.get(reading(), key)
    numbers = [each.number for each in card.versions]
    new = request.args.get("new", numbers[-1], type=int)
    old = request.args.get("old", max((n for n in numbers if n < new), default=new), type=int)
    versions = {n: scorecards.version(card, n) for n in (old, new)}
    try:
        one, other = (scorecards.rubric_of(versions[n]) for n in (old, new))
    except BadRubric as wrong:
        flash(f"草稿还有读不通的地方，改好后才能比较。{wrong}", "warning")
        return redirect(url_for("scorecards.draft", key=key))
    return render_template(
        "scorecards/comparison.html",
        card=card,
        old=versions[old],
        new=versions[new],
        changes=compare(one, other),
        comparable=comparable(one, other),
    )


@blueprint.get("/<key>/versions/<int:number>/file")
@needs("qa.rubrics")
def export(key: str, number: int) -> ResponseReturnValue:
    card = scorecards.get(reading(), key)
    found = scorecards.version(card, number)
    response = Response(scorecards.export(found), mimetype="application/json")
    name = f"{slug(found.title) or card.key}-{number}.json"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


# Beginning


@blueprint.get("/new")
@needs("qa.rubrics")
def new() -> ResponseReturnValue:
    return _new_page()


@blueprint.post("")
@needs("qa.rubrics")
def create() -> ResponseReturnValue:
    """A draft from nothing, from a starter, or from a file."""
    title = " ".join(request.form.get("title", "").split())
    begin = request.form.get("begin", "blank")
    try:
        content = _beginning(begin)
        if title:
            content["title"] = title
        if not str(content.get("title") or "").strip():
            raise InvalidContent("title", "请写名称，例如“投诉专项”。")
        with work("qa.scorecard.create") as writes:
            card = scorecards.create(writes, content, person().id, now())
    except InvalidContent as wrong:
        return _new_page({wrong.field: str(wrong)}), 422
    except BadFile as wrong:
        return _new_page({"file": str(wrong)}), 422
    except BadRubric as wrong:
        return _new_page({"file": "文件里的评分表有误，都列在下面。"}, wrong.faults), 422
    flash("草稿已建好。点开一项就能改，改好后试打分，再启用。", "success")
    return redirect(url_for("scorecards.draft", key=card.key))


def _beginning(begin: str) -> JsonObject:
    if begin == "file":
        return uploaded()
    if begin in starters.names():
        return starters.starter(begin).as_json()
    return copy.deepcopy(dict(scorecards.BLANK))


def uploaded() -> JsonObject:
    """The rubric of the file that was sent. Raises BadFile, BadRubric."""
    file = request.files.get("file")
    content = file.stream.read(MAX_FILE + 1) if file and file.filename else b""
    if not content:
        raise BadFile("", "请先选择一个 .json 文件。")
    if len(content) > MAX_FILE:
        raise BadFile("", "文件超过 8 MB，不像是一张评分表。")
    return parse(jsonfile.loads(content, (file.filename or "")[:80] if file else "")).as_json()


def _new_page(errors: Mapping[str, str] | None = None, faults: tuple[Fault, ...] = ()) -> str:
    return render_template(
        "scorecards/new.html",
        errors=errors or {},
        faults=faults,
        title=request.form.get("title", ""),
        begin=request.form.get("begin", request.args.get("begin", "blank")),
        starters=_starters(),
        MODES=MODES,
    )


def _starters() -> dict[str, Rubric]:
    return {name: starters.starter(name) for name in reversed(starters.names())}


# Going on, and ending


@blueprint.post("/<key>/drafts")
@needs("qa.rubrics")
def restore(key: str) -> ResponseReturnValue:
    """A draft from an older version; over the draft that there is, if the page knew of it."""
    number = request.form.get("number", 0, type=int)
    try:
        with work("qa.scorecard.restore") as writes:
            card = scorecards.hold(writes, key)
            scorecards.restore(
                writes,
                card,
                number,
                person().id,
                now(),
                saves=request.form.get("saves", type=int),
            )
    except EditConflict:
        flash("刚才有人改了草稿，没有替换。请看过现在的草稿再决定。", "warning")
    else:
        flash(f"已用第 {number} 版的内容作草稿。", "success")
    return redirect(url_for("scorecards.draft", key=key))


@blueprint.post("/<key>/retirement")
@needs("qa.rubrics")
def retire(key: str) -> ResponseReturnValue:
    with work("qa.scorecard.retire") as writes:
        scorecards.retire(writes, scorecards.hold(writes, key), person().id, now())
    flash("已停用：不再用它开始新的评分，已有的成绩照旧。", "success")
    return redirect(url_for("scorecards.listing"))


@blueprint.post("/<key>/revival")
@needs("qa.rubrics")
def revive(key: str) -> ResponseReturnValue:
    with work("qa.scorecard.revive") as writes:
        scorecards.revive(writes, scorecards.hold(writes, key))
    flash("已恢复使用。", "success")
    return redirect(url_for("scorecards.show", key=key))
