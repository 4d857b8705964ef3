"""The editor of a scorecard's draft: one part open at a time, every button saves what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb.errors import EditConflict, InvalidContent, OutOfTurn
from qa import checks, rubric_editing, rubric_words, scorecards
from qa.errors import BadFile, BadRubric, Fault, NotReady
from qa.rubric import NA, JsonObject
from qa.rubric_compare import compare
from qa.rubric_editing import Place
from qa.rubric_read import parse
from qa.tables import Scorecard, ScorecardVersion

from .. import check_fields, scorecard_acts, scorecard_articles, scorecard_faults
from ..access import needs
from ..context import now, person, reading, work
from .scorecards import WORDS, blueprint, uploaded

STALE = (
    "这份草稿在您打开以后又保存过（{who}，{at}）。您刚写的没有丢，就在下面打开的这一处；"
    "其余的是现在的草稿。再按一次“保存”就以您写的为准。"
)


@blueprint.get("/<key>/draft")
@needs("qa.rubrics")
def draft(key: str) -> ResponseReturnValue:
    card = scorecards.get(reading(), key)
    if card.draft is None:
        return redirect(url_for("scorecards.show", key=key))
    open = request.args.get("open", "")
    return _page(card, card.draft, card.draft.content, open, focus=request.args.get("at", ""))


@blueprint.post("/<key>/draft")
@needs("qa.rubrics")
def edit(key: str) -> ResponseReturnValue:
    """Keep what was typed, then do what the button says, and show the draft again."""
    open, act = request.form.get("open", ""), request.form.get("act", "save")
    saves = request.form.get("saves", -1, type=int)
    try:
        with work("qa.scorecard.save") as writes:
            card = scorecards.hold(writes, key)
            if card.draft is None:
                raise OutOfTurn("没有草稿", "保存")
            if card.draft.saves != saves:
                raise EditConflict(card.title)
            done = scorecard_acts.perform(card.draft.content, open, request.form, act)
            content = _with_article(done.content, open)
            scorecards.save(writes, card, content, person().id, now(), saves=saves)
    except EditConflict:
        return _stale(key, open)
    except InvalidContent as wrong:
        card = scorecards.get(reading(), key)
        if card.draft is None:
            raise
        typed = scorecard_acts.perform(card.draft.content, open, request.form, "save")
        return _page(card, card.draft, typed.content, open, wrong=str(wrong)), 422
    target = url_for("scorecards.draft", key=key, open=done.open or None, at=done.focus or None)
    return redirect(f"{target}#{done.focus}" if done.focus else target)


def _stale(key: str, open: str) -> ResponseReturnValue:
    """The newer draft, with the part that was being typed laid over it, not yet saved."""
    card = scorecards.get(reading(), key)
    found = card.draft
    if found is None:
        flash("这份草稿刚被启用或放弃了，您写的没有存进去；用浏览器的“后退”可以看到。", "warning")
        return redirect(url_for("scorecards.show", key=key))
    content, open = scorecard_acts.relocate(found.content, open, request.form.get("was", ""))
    typed = scorecard_acts.perform(content, open, request.form, "save")
    return _page(card, found, typed.content, open, stale=True), 409


def _with_article(content: JsonObject, open: str) -> JsonObject:
    """An article named by its title is kept by its key."""
    place = Place.of(open)
    thing = rubric_editing.at(content, place) if place else None
    named = thing.get("article") if thing else None
    if place is None or thing is None or not isinstance(named, str):
        return content
    key = scorecard_articles.key_of(named)
    if key is None or key == named:
        return content
    return rubric_editing.put(content, place, {**thing, "article": key})


@blueprint.get("/articles")
@needs("qa.rubrics")
def articles() -> ResponseReturnValue:
    """Articles to choose from while one types, as the options of a list."""
    found = scorecard_articles.suggested(request.args.get("article", ""))
    return render_template("scorecards/articles.html", found=found)


# The page


@dataclass(frozen=True, slots=True)
class Target:
    """An item a condition can ask about."""

    key: str
    title: str
    options: tuple[tuple[str, str], ...]
    """Empty for one that is measured."""


def _page(
    card: Scorecard,
    found: ScorecardVersion,
    content: JsonObject,
    open: str,
    *,
    focus: str = "",
    wrong: str = "",
    stale: bool = False,
) -> str:
    checked = scorecards.check(content)
    rubric = checked.rubric
    place = Place.of(open)
    thing: JsonObject | None = content if open == scorecard_acts.FORM else None
    if place is not None:
        thing = rubric_editing.at(content, place)
    keys = [str(i.get("article")) for _, i in rubric_editing.placed(content) if i.get("article")]
    return render_template(
        "scorecards/draft.html",
        card=card,
        version=found,
        content=content,
        sections=rubric_editing.sections(content),
        rubric=rubric,
        checked=checked,
        remarks=scorecard_faults.remarks(checked),
        shares=rubric_words.shares(rubric) if rubric else {},
        open=open if thing is not None else "",
        thing=thing or {},
        focus=focus,
        wrong=wrong,
        stale=STALE if stale else "",
        theirs=_theirs(found.content, content) if stale else [],
        targets=_targets(content, thing),
        asking=rubric_editing.asking(content),
        articles=scorecard_articles.titles(keys),
        check_kinds={name: kind.title for name, kind in checks.KINDS.items()},
        check_fields=check_fields,
        **WORDS,
    )


def _theirs(stored: JsonObject, typed: JsonObject) -> list[str]:
    """What saving what was typed would change in the newer draft, in words."""
    try:
        return [change.sentence for change in compare(parse(stored), parse(typed))]
    except BadRubric:
        return []


def _targets(content: JsonObject, thing: Mapping[str, Any] | None) -> list[Target]:
    made = []
    for _, item in rubric_editing.placed(content):
        if item is thing or not item.get("key"):
            continue
        options = [o for o in item.get("options") or [] if isinstance(o, dict) and o.get("key")]
        measured = item.get("kind") == "number" or (item.get("kind") == "check" and not options)
        choices = (
            [] if measured else [(str(o["key"]), str(o.get("title") or o["key"])) for o in options]
        )
        if item.get("na"):
            choices.append((NA, "不适用"))
        title = str(item.get("title") or item["key"])
        made.append(Target(str(item["key"]), title, () if measured else tuple(choices)))
    return made


# The whole draft


@blueprint.post("/<key>/draft/file")
@needs("qa.rubrics")
def import_(key: str) -> ResponseReturnValue:
    """The draft becomes what a file says."""
    saves = request.form.get("saves", -1, type=int)
    faults: tuple[Fault, ...] = ()
    try:
        content = uploaded()
        with work("qa.scorecard.import") as writes:
            card = scorecards.hold(writes, key)
            scorecards.save(writes, card, content, person().id, now(), saves=saves)
        flash("草稿已换成文件里的内容。", "success")
        return redirect(url_for("scorecards.draft", key=key))
    except EditConflict:
        told = "草稿在您打开页面以后又保存过，没有替换。请看过现在的草稿再传一次。"
    except BadRubric as wrong:
        told, faults = "文件里的评分表有误，草稿没有改动。", wrong.faults
    except (BadFile, InvalidContent) as wrong:
        told = str(wrong)
    card = scorecards.get(reading(), key)
    return render_template("scorecards/file.html", card=card, wrong=told, faults=faults), 422


@blueprint.post("/<key>/draft/activation")
@needs("qa.rubrics")
def activate(key: str) -> ResponseReturnValue:
    try:
        with work("qa.scorecard.activate") as writes:
            made = scorecards.activate(
                writes,
                scorecards.hold(writes, key),
                person().id,
                now(),
                saves=request.form.get("saves", -1, type=int),
                note=request.form.get("note", "").strip()[:2000],
            )
            number = made.number
    except EditConflict:
        return _refused(key, "草稿在您打开页面以后又保存过，没有启用。请看过下面的再启用。", 409)
    except NotReady as wrong:
        return _refused(key, str(wrong), 422)
    flash(f"第 {number} 版已启用，从现在起新的评分用它；这一版不能再改。", "success")
    return redirect(url_for("scorecards.show", key=key))


def _refused(key: str, sentence: str, status: int) -> ResponseReturnValue:
    card = scorecards.get(reading(), key)
    if card.draft is None:
        flash(sentence, "warning")
        return redirect(url_for("scorecards.show", key=key))
    return _page(card, card.draft, card.draft.content, "", wrong=sentence), status


@blueprint.post("/<key>/draft/removal")
@needs("qa.rubrics")
def discard(key: str) -> ResponseReturnValue:
    try:
        with work("qa.scorecard.discard") as writes:
            card = scorecards.hold(writes, key)
            only = len(card.versions) == 1
            scorecards.discard(writes, card, saves=request.form.get("saves", -1, type=int))
    except EditConflict:
        return _refused(key, "草稿在您打开页面以后又保存过，没有放弃。请看过再决定。", 409)
    flash("草稿已放弃。", "success")
    listing = url_for("scorecards.listing")
    return redirect(listing if only else url_for("scorecards.show", key=key))
