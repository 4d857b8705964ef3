"""Trying a scorecard out: the form inspectors use, scored as they will be, kept as a test case."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb.errors import EditConflict, InvalidContent, OutOfTurn
from qa import scorecards
from qa.errors import BadRubric
from qa.rubric import JsonObject, Rubric
from qa.tables import Scorecard, ScorecardVersion

from .. import scorecard_articles
from ..access import SIGNED_IN, needs
from ..check_fields import number
from ..context import now, person, reading, work
from ..marking import Marked, answers, marked
from .scorecards import blueprint, readable

MOST_CASES = 200
LONGEST_NAME = 100


@blueprint.get("/<key>/versions/<int:number>/try")
@needs(SIGNED_IN)
def trial(key: str, number: int) -> ResponseReturnValue:
    card, found = readable(key, number)
    return _page(card, found, {})


@blueprint.post("/<key>/versions/<int:number>/try")
@needs(SIGNED_IN)
def try_out(key: str, number: int) -> ResponseReturnValue:
    """The score of what is marked: as a fragment while one marks, else the whole page again."""
    card, found = readable(key, number)
    if "HX-Request" not in request.headers:
        return _page(card, found, None, told=True)
    rubric = scorecards.rubric_of(found)
    made = marked(rubric, answers(rubric, request.form))
    return render_template("scorecards/result.html", rubric=rubric, marked=made)


@blueprint.post("/<key>/draft/cases")
@needs("qa.rubrics")
def keep_case(key: str) -> ResponseReturnValue:
    """The draft carries what was tried out: these answers must give this result."""
    card = scorecards.get(reading(), key)
    found = card.draft
    if found is None:
        raise OutOfTurn("没有草稿", "存用例")
    name = " ".join(request.form.get("name", "").split())
    try:
        rubric = scorecards.rubric_of(found)
        case = _case(rubric, name)
        with work("qa.scorecard.case") as writes:
            held = scorecards.hold(writes, key)
            content = held.draft.content if held.draft else found.content
            scorecards.save(
                writes,
                held,
                {**content, "cases": [*content.get("cases", ()), case]},
                person().id,
                now(),
                saves=request.form.get("saves", -1, type=int),
            )
    except InvalidContent as wrong:
        return _page(card, found, None, told=True, wrong=str(wrong)), 422
    except EditConflict:
        told = "草稿在您打开页面以后又保存过，用例没有存。打的分还在，请看过再存一次。"
        return _page(scorecards.get(reading(), key), found, None, told=True, wrong=told), 409
    flash(f"已存为用例“{case['name']}”。以后每次改动都会拿它验一遍。", "success")
    return redirect(url_for("scorecards.draft", key=key, _anchor="cases"))


def _case(rubric: Rubric, name: str) -> JsonObject:
    """The form as a case of the rubric. Raises InvalidContent."""
    made = marked(rubric, answers(rubric, request.form))
    if made.missing:
        raise InvalidContent("answers", f"还有 {len(made.missing)} 项没有评好，评完再存为用例。")
    if not name or len(name) > LONGEST_NAME:
        raise InvalidContent("name", f"请给用例起个名字，最多 {LONGEST_NAME} 个字。")
    if name in {case.name for case in rubric.cases}:
        raise InvalidContent("name", f"已经有用例叫“{name}”，请换一个名字。")
    if len(rubric.cases) >= MOST_CASES:
        raise InvalidContent("name", f"最多 {MOST_CASES} 个用例，请先删去用不着的。")
    shown = {key: made.answers[key] for key in made.answers if key not in made.hidden}
    return {"name": name, "answers": shown, "expect": _expected(made)}


def _expected(made: Marked) -> JsonObject:
    """What the result is now; in place of the score, what somebody says it should be."""
    result = made.result.as_dict()
    expect: dict[str, Any] = {name: result[name] for name in ("raw", "reported")}
    expect |= {name: result[name] for name in ("critical", "band") if result[name] is not None}
    lists = ("failed", "hidden", "not_applicable")
    expect |= {name: result[name] for name in lists if result[name]}
    wanted = number(request.form.get("wanted", ""))
    if isinstance(wanted, str):
        raise InvalidContent("wanted", "应得分应为一个数字；不填就按现在算出的。")
    if wanted is not None and wanted != expect["reported"]:
        expect = {"reported": wanted}
    return expect


def _page(
    card: Scorecard,
    found: ScorecardVersion,
    given: dict[str, Any] | None,
    *,
    told: bool = False,
    wrong: str = "",
) -> ResponseReturnValue:
    """``given``: the answers; None for those of the form that was sent."""
    try:
        rubric = scorecards.rubric_of(found)
    except BadRubric as bad:
        flash(f"草稿还有读不通的地方，改好后才能试打分。{bad}", "warning")
        return redirect(url_for("scorecards.draft", key=card.key))
    made = marked(rubric, answers(rubric, request.form) if given is None else given)
    return render_template(
        "scorecards/trial.html",
        card=card,
        version=found,
        rubric=rubric,
        marked=made,
        told=told,
        wrong=wrong,
        articles=scorecard_articles.linked(rubric),
        name=request.form.get("name", ""),
        wanted=request.form.get("wanted", ""),
    )
