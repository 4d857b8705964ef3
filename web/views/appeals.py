"""Appeals before a second person: the evidence and an own answer first, the first marks after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb.errors import InvalidContent, NotFound, Settled
from qa import appeals, reviews, suggesting
from qa.appeals import Verdict
from qa.errors import NotSecond
from qa.rubric import Item, Rubric, Section
from qa.tables import Appeal

from .. import marking, players, qa_sight, scored, todo
from ..access import needs
from ..context import now, person, reading, work
from ..errors import status_of
from ..people_names import load_names, person_name
from ..qa_ties import ties

blueprint = Blueprint("appeals", __name__, url_prefix="/qa/appeals")

PAGE = 30
NOTHING: Mapping[str, Any] = MappingProxyType({})


@blueprint.get("")
@needs("qa.appeals")
def listing() -> ResponseReturnValue:
    state = request.args.get("state", appeals.WAITING)
    state = state if state in appeals.STATES else appeals.WAITING
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    total, found = appeals.queue(reading(), state, offset=(page - 1) * PAGE, limit=PAGE)
    qa_sight.load_agents(a.review.call.agent_id for a in found)
    load_names([*(a.opinion_by for a in found), *(a.decided_by for a in found)])
    mine = ties(reading(), person())
    return render_template(
        "appeals/listing.html",
        appeals=[(a, todo.title(a.review.version, a.item), _open(a, mine)) for a in found],
        total=total,
        page=page,
        pages=-(-total // PAGE),
        state=state,
        STATES=appeals.STATES,
        counts={name: appeals.queue(reading(), name, limit=0)[0] for name in appeals.STATES},
        agent=qa_sight.agent_label,
        name=person_name,
        points=scored.points,
    )


def _open(appeal: Appeal, mine: appeals.Ties) -> bool:
    """Whether the person who is asking may judge it."""
    return appeals.may_judge(appeal.review, appeal.score, person().id, mine)


@blueprint.get("/<int:id>")
@needs("qa.appeals")
def show(id: int) -> ResponseReturnValue:
    return _page(_seen(id))


def _seen(id: int) -> Appeal:
    """One that this person may look at. Raises NotFound for calls and reviews hidden from him."""
    found = appeals.get(reading(), id)
    call = found.review.call
    if not qa_sight.may_see(call) or call.id in qa_sight.hidden_scores():
        raise NotFound("申诉", str(id))
    return found


def _page(
    appeal: Appeal, wrong: Exception | None = None, typed: Mapping[str, Any] = NOTHING
) -> str:
    if not _open(appeal, ties(reading(), person())):
        return _told(appeal, "too_close") if appeal.state == appeals.WAITING else _told(appeal, "")
    if appeal.state != appeals.WAITING:
        return _told(appeal, "")
    if appeal.opinion_by == person().id:
        return _decision(appeal, wrong, typed)
    held = appeal.opinion_by is not None and now() < appeals.taken_until(appeal)
    return _told(appeal, "taken") if held else _evidence(appeal, wrong, typed)


def _told(appeal: Appeal, why: str) -> str:
    """An appeal there is nothing to do about."""
    load_names([appeal.decided_by, appeal.opinion_by, appeal.by])
    rubric = reviews.rubric_of(appeal.review.version)
    item = rubric.item(appeal.item)
    assert item is not None
    return render_template(
        "appeals/told.html",
        appeal=appeal,
        item=item,
        why=why,
        words=lambda answer: scored.answer_words(item, answer),
        points=scored.points,
        name=person_name,
        agent=qa_sight.agent_label(appeal.review.call),
        STATES=appeals.STATES,
    )


def _evidence(appeal: Appeal, wrong: Exception | None, typed: Mapping[str, Any]) -> str:
    """Step one: nothing here tells what the inspector marked, remarked or came to."""
    alone = only(reviews.rubric_of(appeal.review.version), [appeal.item])
    return render_template(
        "appeals/evidence.html", **_common(appeal, alone), wrong=wrong, marked=_marked(alone, typed)
    )


def _decision(appeal: Appeal, wrong: Exception | None, typed: Mapping[str, Any]) -> str:
    """Step two: the first answer, its note and the score, beside one's own."""
    review, rubric = appeal.review, reviews.rubric_of(appeal.review.version)
    given = {appeal.item: appeal.opinion, **typed.get("answers", {})}
    alone = only(rubric, [appeal.item, *_asked(appeal, given)])
    assert review.score is not None
    common = _common(appeal, alone)
    item = common["item"]
    titles = {each.key: each.title for each in rubric.items()}
    load_names([review.inspector_id, *(c.author_id for c in review.comments)])
    return render_template(
        "appeals/decision.html",
        **common,
        wrong=wrong,
        marked=marking.marked(alone, given),
        first=scored.answer_words(item, review.score.answers.get(appeal.item)),
        mine=scored.answer_words(item, appeal.opinion),
        differs=appeal.opinion != review.score.answers.get(appeal.item),
        note=review.score.notes.get(appeal.item, ""),
        notes=players.notes(
            [c for c in review.comments if c.item in ("", appeal.item)], person_name, titles
        ),
        score=review.score,
        points=scored.points,
        inspector=person_name(review.inspector_id),
        upheld=typed.get("upheld"),
        words=typed.get("words", ""),
    )


def _asked(appeal: Appeal, given: Mapping[str, Any]) -> list[str]:
    try:
        return appeals.asked_besides(appeal, given[appeal.item])
    except InvalidContent:
        return []


def _common(appeal: Appeal, alone: Rubric) -> dict[str, Any]:
    review = appeal.review
    rubric = reviews.rubric_of(review.version)
    item = rubric.item(appeal.item)
    assert item is not None
    found = suggesting.newest(reading(), review.call_id, review.version_id).get(appeal.item)
    return {
        "appeal": appeal,
        "item": item,
        "alone": alone,
        "call": review.call,
        "agent": qa_sight.agent_label(review.call),
        "customer": qa_sight.customer(review.call),
        "player": players.of(review.call),
        "article": scored.explanations(review, rubric).get(item.article or ""),
        "finding": found,
        "finding_words": scored.answer_words(item, found.answer) if found else "",
    }


def only(rubric: Rubric, keys: list[str]) -> Rubric:
    """The rubric with these items alone, asked whatever the others' answers are."""
    chosen: list[Item] = [replace(i, when=None) for i in rubric.items() if i.key in keys]
    return replace(rubric, sections=(Section("asked", "评定", tuple(chosen)),), cases=(), bands=())


def _marked(alone: Rubric, typed: Mapping[str, Any]) -> marking.Marked | None:
    return marking.marked(alone, typed["answers"]) if typed.get("answers") else None


@blueprint.post("/<int:id>/opinion")
@needs("qa.appeals")
def opine(id: int) -> ResponseReturnValue:
    appeal = _seen(id)
    alone = only(reviews.rubric_of(appeal.review.version), [appeal.item])
    given = marking.answers(alone, request.form)
    try:
        with work("qa.appeal.opinion") as writes:
            appeals.opine(
                writes,
                appeals.hold(writes, id),
                given.get(appeal.item),
                by=person().id,
                at=now(),
                ties=ties(writes, person()),
            )
    except InvalidContent as wrong:
        return _page(appeal, wrong, {"answers": given}), status_of(wrong)
    except (Settled, NotSecond) as wrong:
        flash(str(wrong), "error")
    return redirect(url_for("appeals.show", id=id))


@blueprint.post("/<int:id>/decision")
@needs("qa.appeals")
def decide(id: int) -> ResponseReturnValue:
    appeal = _seen(id)
    rubric = reviews.rubric_of(appeal.review.version)
    given = marking.answers(only(rubric, [i.key for i in rubric.items()]), request.form)
    chosen, words = request.form.get("verdict", ""), request.form.get("words", "")
    typed = {"answers": given, "words": words, "upheld": chosen}
    verdict = Verdict(chosen == appeals.UPHELD, words, given.get(appeal.item), given)
    try:
        if chosen not in (appeals.UPHELD, appeals.REJECTED):
            raise InvalidContent("verdict", "请选申诉成立，还是不成立。")
        with work("qa.appeal.decide") as writes:
            held = appeals.hold(writes, id)
            mine = ties(writes, person())
            appeals.decide(writes, held, verdict, by=person().id, at=now(), ties=mine)
            lower = verdict.upheld and held.result is None
    except InvalidContent as wrong:
        return _page(appeal, wrong, typed), status_of(wrong)
    except (Settled, NotSecond) as wrong:
        flash(str(wrong), "error")
        return redirect(url_for("appeals.show", id=id))
    flash(
        "已裁定：改判会使成绩变低，成绩保持不变，判断记在经过里。"
        if lower
        else "已裁定，座席会得到通知。",
        "success",
    )
    return redirect(url_for("appeals.listing"))
