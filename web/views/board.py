"""The message board: reading, asking, answering."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb import articles, board, categories, gate, lexicon, points
from kb.board import Post, Thread, Wanted
from kb.errors import InvalidContent
from kb.models import Revision

from .. import board_links
from ..access import needs
from ..context import can, now, person, reading, viewer, work
from ..people_names import load_names

blueprint = Blueprint("board", __name__, url_prefix="/board")

SHOWS = {"": "全部", "open": "还没有最佳回答", "answered": "已有最佳回答", "mine": "我参与的"}
PAGE = 20


@dataclass(frozen=True, slots=True)
class Asking:
    """The form of a question as it stands on the page."""

    title: str = ""
    body: str = ""
    category: str = ""
    article: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Asking:
        given = request.values
        return cls(
            title=given.get("title", ""),
            body=given.get("body", ""),
            category=given.get("category", ""),
            article=given.get("article", ""),
        )


@blueprint.get("")
@needs("kb.read")
def threads() -> ResponseReturnValue:
    show = request.args.get("show", "")
    text = request.args.get("q", "").replace("\0", "")[:200]
    wanted = Wanted(
        text=text,
        show=show if show in SHOWS else "",
        category=request.args.get("category", "").replace("\0", "")[:400],
        person_id=person().id,
        hidden_too=can("board.moderate"),
    )
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    total, found = board.listing(
        reading(),
        wanted,
        offset=(page - 1) * PAGE,
        limit=PAGE,
        vocabulary=lexicon.load(reading()).vocabulary,
    )
    load_names(id for t in found for id in (t.author_id, *(p.author_id for p in t.posts)))
    kept = {"q": text, "show": wanted.show, "category": wanted.category}
    return render_template(
        "board/threads.html",
        threads=found,
        known=board_links.readable(x for t in found for x in (t.title, t.question.body)),
        linked=_linked(found),
        unlinked=board_links.unlinked,
        wanted=wanted,
        shows=SHOWS,
        page=page,
        pages=max(1, -(-total // PAGE)),
        total=total,
        kept={name: value for name, value in kept.items() if value},
    )


def _linked(threads: Sequence[Thread]) -> dict[int, Revision]:
    """{article id: its text in force} of what the threads speak of, for who may read it."""
    ids = [t.article_id for t in threads if t.article_id is not None]
    return gate.in_force_of(reading(), viewer(), now(), ids)


# Asking


@blueprint.get("/new")
@needs("board.write")
def new() -> ResponseReturnValue:
    return _form(Asking.read())


def _form(form: Asking) -> str:
    return render_template(
        "board/new.html",
        form=form,
        categories=[("", "不分类"), *((c, c) for c in _categories())],
        about=_about(form.article),
    )


def _categories() -> list[str]:
    """Those in which the person who is asking finds something, with what is above them."""
    found = gate.counts_by_category(reading(), viewer(), now())
    return [
        c.path
        for c in categories.tree(reading())
        if any(p == c.path or p.startswith(c.path + "/") for p in found)
    ]


def _about(key: str) -> Revision | None:
    """The article a question is about, if the person may read it."""
    article = articles.find(reading(), key.replace("\0", "")) if key else None
    if article is None:
        return None
    return gate.in_force_of(reading(), viewer(), now(), [article.id]).get(article.id)


@blueprint.post("")
@needs("board.write")
def ask() -> ResponseReturnValue:
    form = Asking.read()
    about = _about(form.article)
    path = form.category if form.category in _categories() else ""
    try:
        with work("board.ask") as writes:
            category = categories.ensure(writes, path) if path else None
            thread = board.ask(
                writes,
                form.title,
                form.body,
                person().id,
                now(),
                category_id=category.id if category else None,
                article_id=about.article_id if about else None,
            )
    except InvalidContent as wrong:
        form.errors[wrong.field] = str(wrong)
        return _form(form), 422
    flash("已发布。有人回答时，这里就看得到。", "success")
    return redirect(url_for("board.thread", id=thread.id))


# A thread


@blueprint.get("/<int:id>")
@needs("kb.read")
def thread(id: int) -> ResponseReturnValue:
    return thread_page(id)


def thread_page(id: int, wrong: InvalidContent | None = None, at: int = 0, what: str = "") -> str:
    """The thread; ``wrong`` belongs to the form ``what`` of the post with the number ``at``."""
    found = seen_thread(id)
    posts = [p for p in (found.question, *found.answers) if may_see(p)]
    texts = [found.title, *(p.body for p in posts), *(x for p in posts for x in _old(p))]
    load_names(id for p in posts for id in (p.author_id, p.hidden_by, *(e.by_id for e in p.edits)))
    return render_template(
        "board/thread.html",
        thread=found,
        posts=posts,
        known=board_links.readable(texts),
        linked=board_links.linked,
        unlinked=board_links.unlinked,
        about=_linked([found]).get(found.article_id or 0),
        given=points.of_posts(reading(), [p.id for p in posts]),
        may_edit=may_edit,
        may_choose=may_choose,
        SORTS=points.SORTS,
        MOST=points.MOST,
        me_id=person().id,
        token=secrets.token_hex(16),
        wrong=wrong,
        wrong_at=at,
        wrong_what=what,
        form=request.form,
    )


def _old(post: Post) -> list[str]:
    return [text for edit in post.edits for text in (edit.title, edit.body)]


def seen_thread(id: int) -> Thread:
    """The thread, for somebody who may see it; hidden ones are there for moderators alone."""
    found = board.get(reading(), id)
    if not may_see(found.question):
        abort(404)
    return found


def may_see(post: Post) -> bool:
    return post.hidden_at is None or can("board.moderate") or post.author_id == person().id


def may_edit(post: Post) -> bool:
    own = post.author_id == person().id and can("board.write")
    return own and post.hidden_at is None


def may_choose(found: Thread) -> bool:
    return found.author_id == person().id or can("kb.write")


@blueprint.post("/<int:id>/answers")
@needs("board.write")
def reply(id: int) -> ResponseReturnValue:
    seen_thread(id)
    try:
        with work("board.answer") as writes:
            post = board.reply(writes, id, request.form.get("body", ""), person().id, now())
    except InvalidContent as wrong:
        return thread_page(id, wrong, 0, "reply"), 422
    flash("已回答。", "success")
    return redirect(url_for("board.thread", id=id, _anchor=f"post-{post.number}"))
