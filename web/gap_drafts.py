"""From a gap to its article: the editor's form filled in, and the tie between the two."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, request
from sqlalchemy.orm import Session

from kb import articles, gapbook
from kb.errors import NotFound, Settled

from .context import person, reading
from .forms.article import ArticleForm


def _asked_for() -> int | None:
    wanted = request.args.get("gap", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None


def prefilled(form: ArticleForm) -> ArticleForm:
    """A new article's form with what the address says: a gap's questions, or a title."""
    id = _asked_for()
    if id is None:
        return replace(form, title=request.args.get("title", "")[: articles.MAX_TITLE])
    gap = gapbook.get(reading(), id)
    others = [q for q in gap.questions if q != gap.question]
    kept = [q[: articles.MAX_LABEL] for q in others][: articles.MAX_LABELS]
    title = gap.question[: articles.MAX_TITLE]
    return replace(form, title=title, questions="\n".join(kept), kind="faq")


def tie(writes: Session, key: str) -> None:
    """The article that was just made is to answer the gap of the address, if there is one."""
    id = _asked_for()
    if id is None:
        return
    try:
        gapbook.take_up(writes, id, articles.get(writes, key).id, person().id)
    except (NotFound, Settled) as wrong:  # the article is worth more than the tie
        flash(f"文章已保存，但没有记到缺口上：{wrong}", "warning")
