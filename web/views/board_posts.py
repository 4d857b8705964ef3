"""What is done with one post of the board: edit, choose, hide, give points, make a draft."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from kb import articles, board, cases, gate, points
from kb.articles import Edit
from kb.board import Post
from kb.errors import EditConflict, InvalidContent, NotFound
from kb.records import Record

from ..access import needs
from ..context import now, person, reading, viewer, work
from .board import blueprint, may_choose, may_edit, may_see, thread_page


def _post(id: int) -> Post:
    found = reading().get(Post, id)
    if found is None or not may_see(found) or not may_see(found.thread.question):
        raise NotFound("回答", str(id))
    return found


def _back(post: Post) -> ResponseReturnValue:
    return redirect(url_for("board.thread", id=post.thread_id, _anchor=f"post-{post.number}"))


@blueprint.post("/posts/<int:id>/text")
@needs("board.write")
def edit(id: int) -> ResponseReturnValue:
    post = _post(id)
    if not may_edit(post):
        abort(403)
    given = request.form
    try:
        with work("board.edit") as writes:
            board.edit(
                writes,
                id,
                given.get("body", ""),
                person().id,
                now(),
                title=given.get("title", ""),
                version=given.get("version", type=int),
            )
    except InvalidContent as wrong:
        return thread_page(post.thread_id, wrong, post.number, "edit"), 422
    except EditConflict:
        wrong = InvalidContent("body", "您在别的窗口改过这一条。请看过现在的文字，再保存一次。")
        return thread_page(post.thread_id, wrong, post.number, "edit"), 409
    flash("已改，改前的文字留在“改过”里。", "success")
    return _back(post)


@blueprint.post("/posts/<int:id>/best")
@needs("kb.read")
def choose(id: int) -> ResponseReturnValue:
    post = _post(id)
    if not may_choose(post.thread):
        abort(403)
    try:
        with work("board.best") as writes:
            board.choose(writes, id, person().id, now())
    except InvalidContent as wrong:
        flash(str(wrong), "warning")
    else:
        flash("已选为最佳回答。", "success")
    return _back(post)


@blueprint.post("/posts/<int:id>/best/removal")
@needs("kb.read")
def unchoose(id: int) -> ResponseReturnValue:
    post = _post(id)
    if not may_choose(post.thread):
        abort(403)
    with work("board.best") as writes:
        board.unchoose(writes, id)
    flash("不再是最佳回答。", "success")
    return _back(post)


@blueprint.post("/posts/<int:id>/hiding")
@needs("board.moderate")
def hide(id: int) -> ResponseReturnValue:
    post = _post(id)
    try:
        with work("board.hide") as writes:
            board.hide(writes, id, request.form.get("reason", ""), person().id, now())
    except InvalidContent as wrong:
        return thread_page(post.thread_id, wrong, post.number, "hide"), 422
    flash("已隐藏，只有作者和管理留言的人看得到。", "success")
    return _back(post)


@blueprint.post("/posts/<int:id>/hiding/removal")
@needs("board.moderate")
def unhide(id: int) -> ResponseReturnValue:
    post = _post(id)
    with work("board.hide") as writes:
        board.unhide(writes, id)
    flash("已恢复显示。", "success")
    return _back(post)


@blueprint.post("/posts/<int:id>/points")
@needs("board.points")
def give(id: int) -> ResponseReturnValue:
    post = _post(id)
    given = request.form
    number = given.get("points", "")
    try:
        with work("board.points") as writes:
            points.give(
                writes,
                post.author_id,
                int(number) if number.isdecimal() and len(number) < 5 else 0,
                given.get("sort", ""),
                given.get("reason", ""),
                person().id,
                now(),
                post_id=post.id,
                token=given.get("token", "")[:64] or None,
            )
    except InvalidContent as wrong:
        return thread_page(post.thread_id, wrong, post.number, "points"), 422
    except IntegrityError:
        pass  # the same form from another window: entered once
    flash("已加分，本人在“我提过的”里看得到。", "success")
    return _back(post)


@blueprint.post("/posts/<int:id>/draft")
@needs("kb.write")
def draft(id: int) -> ResponseReturnValue:
    """An article begun from an answer; pressed again, it leads to the same draft."""
    post = _post(id)
    if post.number == 1 or post.hidden_at is not None:
        abort(409)
    with work("board.draft") as writes:
        stored = board.hold_post(writes, id)
        if stored.draft is None:
            stored.draft = articles.create(
                writes, _record(stored, cases.free_key(writes, stored.thread.title)), _edit()
            ).article
            flash("已写成草稿，请整理后送审。来源记在这一版里。", "success")
        key = stored.draft.key
    return redirect(url_for("editor.edit", key=key))


def _edit() -> Edit:
    return Edit(person().id, now())


def _record(post: Post, key: str) -> Record:
    """What was answered, for those who may read the article the question was about."""
    about = post.thread.article_id or 0
    text = gate.in_force_of(reading(), viewer(), now(), [about]).get(about)
    category = post.thread.category.path if post.thread.category else ""
    return Record(
        key=key,
        title=post.thread.title,
        body=post.body,
        kind="faq",
        category=category or (text.category.path if text and text.category else ""),
        audiences=tuple(text.audiences) if text else (),
        data={
            "source": {
                "kind": "board",
                "thread": post.thread_id,
                "post": post.number,
                "author": post.author_id,
                "at": post.at.isoformat(),
            }
        },
    )
