"""Gaps: raised on the desk with one key, worked off by editors."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from kb import articles, gapbook, gate, lexicon
from kb.errors import InvalidContent, Settled
from kb.gapbook import Gap
from kb.gate import EVERYTHING

from .. import gapwatch, handling, searchlog
from ..access import needs
from ..context import now, person, reading, services, viewer, work
from ..errors import Conflict
from ..masking import mask
from ..models import SearchEntry
from ..people_names import load_names

blueprint = Blueprint("gaps", __name__)

SHOWS = {"open": "待补", "answered": "已有答案", "dropped": "不写"}
LOOKED_BACK = timedelta(days=30)
"""How far back the first vain search of the same words is looked for."""
PAGE = 50


# On the desk


@blueprint.post("/desk/gaps")
@needs("kb.read")
def raise_one() -> ResponseReturnValue:
    """Nothing answers this: put it on the list."""
    asked = " ".join(request.form.get("q", "").split())[: gapbook.LONGEST_QUESTION]
    query = gapbook.cleaned(mask(asked)[: gapbook.LONGEST_QUESTION])
    found = services().library.search(asked, viewer=viewer(), limit=5, session=reading())
    cause = searchlog.cause_of(services().library, reading(), found, viewer(), now())
    missed = _first_missed(query)
    for _ in range(2):
        try:
            with work("kb.gap") as writes:
                asking = gapbook.raise_gap(
                    writes,
                    query,
                    person().id,
                    now(),
                    cause=cause,
                    missed_at=missed,
                    vocabulary=lexicon.load(writes).vocabulary,
                )
                others = len({a.person_id for a in asking.gap.askings}) - 1
            break
        except IntegrityError:
            continue  # the same from another window
    else:
        raise Conflict("同样的问题正在提交，请稍等再试。")
    said = "已提交缺口" + (f"，另有 {others} 人也问过" if others else "") + "。有了答案会告诉您。"
    if "HX-Request" in request.headers:
        return render_template("gaps/raised.html", said=said)
    flash(said, "success")
    return redirect(url_for("desk.desk", q=asked))


def _first_missed(query: str) -> datetime | None:
    """When these words were first searched without an answer."""
    moment: datetime | None = reading().scalar(
        select(func.min(SearchEntry.at)).where(
            SearchEntry.folded == searchlog.question_key(query),
            SearchEntry.answered.is_(False),
            SearchEntry.at >= now() - LOOKED_BACK,
        )
    )
    return moment


# The list


@blueprint.get("/kb/gaps")
@needs("kb.write")
def listing() -> ResponseReturnValue:
    show = request.args.get("show", "open")
    show = show if show in SHOWS else "open"
    gaps = gapbook.waiting(reading()) if show == "open" else gapbook.closed(reading(), show)
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    answered = gapbook.closed(reading(), gapbook.ANSWERED)
    counts = gapbook.counts(reading())
    part = gaps[(page - 1) * PAGE : page * PAGE]
    load_names(id for gap in part for id in (gap.assignee_id, gap.closed_by))
    return render_template(
        "gaps/listing.html",
        show=show,
        shows=SHOWS,
        gaps=part,
        page=page,
        pages=max(1, -(-len(gaps) // PAGE)),
        total=len(gaps),
        counts={"open": counts.get("", 0), **counts},
        speed=gapbook.speed(answered),
        causes=searchlog.CAUSES,
    )


@blueprint.get("/kb/gaps/<int:id>")
@needs("kb.write")
def show(id: int) -> ResponseReturnValue:
    gap = gapbook.get(reading(), id)
    if gap.merged_into is not None:
        return redirect(url_for("gaps.show", id=gap.merged_into))
    load_names(id for a in gap.askings for id in (a.person_id, gap.assignee_id))
    library = services().library
    return render_template(
        "gaps/gap.html",
        gap=gap,
        findings=gapwatch.findings(library, reading(), gap) if not gap.end else [],
        answer=_in_force(gap),
        hits=library.search(gap.question, viewer=viewer(), limit=5, session=reading()).hits,
        others=[g for g in gapbook.waiting(reading()) if g.id != gap.id],
        writers=handling.writers(reading()),
        causes=searchlog.CAUSES,
        ENDS=gapbook.ENDS,
    )


def _in_force(gap: Gap) -> object:
    """The text that answers, as this editor may read it now."""
    if gap.article_id is None:
        return None
    return gate.in_force_of(reading(), viewer(), now(), [gap.article_id]).get(gap.article_id)


# What an editor does


def _act(id: int, doing: str, said: str, act: object) -> ResponseReturnValue:
    """One act on a gap; what is wrong with it is said on its page, and nothing is changed."""
    try:
        with work(doing) as writes:
            gap: Gap = act(writes)  # type: ignore[operator]
            id = gap.id
    except (InvalidContent, Settled) as wrong:
        flash(str(wrong), "warning")
    else:
        flash(said, "success")
    return redirect(url_for("gaps.show", id=id))


@blueprint.post("/kb/gaps/<int:id>/question")
@needs("kb.write")
def rename(id: int) -> ResponseReturnValue:
    question = mask(request.form.get("question", ""))
    return _act(id, "kb.gap.edit", "已改。", lambda s: gapbook.rename(s, id, question))


@blueprint.post("/kb/gaps/<int:id>/assignee")
@needs("kb.write")
def assign(id: int) -> ResponseReturnValue:
    able = {str(p.id): p for p in handling.writers(reading())}
    chosen = able.get(request.form.get("to", ""))
    said = f"已交给{chosen.name}。" if chosen else "现在没有人承办。"
    to = chosen.id if chosen else None
    return _act(id, "kb.gap.edit", said, lambda s: gapbook.assign(s, id, to))


@blueprint.post("/kb/gaps/<int:id>/moves")
@needs("kb.write")
def move(id: int) -> ResponseReturnValue:
    """Ticked askings to another gap, or to one of their own."""
    ticked = [int(v) for v in request.form.getlist("asking") if v.isascii() and v.isdigit()]
    wanted = request.form.get("to", "")
    to = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None
    return _act(
        id,
        "kb.gap.move",
        "已移走。下面是移到的缺口。",
        lambda s: gapbook.move(s, id, ticked, to, person().id, now()),
    )


@blueprint.post("/kb/gaps/<int:id>/merger")
@needs("kb.write")
def merge(id: int) -> ResponseReturnValue:
    wanted = request.form.get("into", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
        flash("请选并入哪个缺口。", "warning")
        return redirect(url_for("gaps.show", id=id))
    return _act(
        id,
        "kb.gap.move",
        "已并入。",
        lambda s: gapbook.merge(s, id, int(wanted), person().id, now()),
    )


@blueprint.post("/kb/gaps/<int:id>/article")
@needs("kb.write")
def link(id: int) -> ResponseReturnValue:
    """An article that is there already answers it, or is to."""
    key = request.form.get("key", "").replace("\0", "").strip()
    article = articles.find(reading(), key)
    if article is None or not any(viewer().may_see(r.audiences) for r in article.revisions):
        flash("没有这个编号的文章，请从文章的地址或编辑页上抄下编号。", "warning")
        return redirect(url_for("gaps.show", id=id))
    article_id = article.id
    response = _act(
        id,
        "kb.gap.edit",
        "已记下由这篇文章回答；提问的人都搜得到它时，缺口自动关闭。",
        lambda s: gapbook.take_up(s, id, article_id, person().id),
    )
    gapwatch.settle(services().db, services().library)
    return response


@blueprint.post("/kb/gaps/<int:id>/closing")
@needs("kb.write")
def close(id: int) -> ResponseReturnValue:
    """Answered although not everybody finds it, on the editor's word."""
    gap = gapbook.get(reading(), id)
    article_id = gap.article_id or 0
    text = gate.in_force_of(reading(), EVERYTHING, now(), [article_id]).get(article_id)
    if text is None:
        flash("回答它的文章还没有生效，不能关闭。", "warning")
        return redirect(url_for("gaps.show", id=id))
    moment = gapwatch.answered_at(gap, text, now())
    return _act(
        id,
        "kb.gap.answered",
        "已关闭，提问的人会在首页看到。",
        lambda s: gapbook.close(s, id, moment, person().id, now()),
    )


@blueprint.post("/kb/gaps/<int:id>/dropping")
@needs("kb.write")
def drop(id: int) -> ResponseReturnValue:
    note = request.form.get("note", "")
    return _act(
        id,
        "kb.gap.drop",
        "已关闭，提问的人会看到原因。",
        lambda s: gapbook.drop(s, id, note, person().id, now()),
    )
