"""The editors' list: articles in every state, narrowed, and many published or retired at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kb import articles, editorial, reviews
from kb.articles import Edit
from kb.errors import KbError, NotFound
from kb.models import Article
from kb.records import KINDS

from ..access import needs
from ..context import now, person, reading, work
from ..db import is_busy
from ..errors import Conflict, WebError
from ..people_names import audience_name, load_names, person_name
from .account import safe_target

blueprint = Blueprint("editor", __name__, url_prefix="/edit")
blueprint.add_app_template_filter(person_name, "person_name")
blueprint.add_app_template_filter(audience_name, "audience_name")

PAGE = 50
MAX_TICKED = 500
NAMED = 5
"""Articles that a result sentence names before it says how many more there are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; '' does not narrow."""

    state: str = ""
    kind: str = ""
    category: str = ""
    text: str = ""

    @classmethod
    def from_request(cls) -> Wanted:
        def given(name: str) -> str:
            return request.args.get(name, "").replace("\0", "").strip()[:400]

        state, kind = given("state"), given("kind")
        return cls(
            state if state in editorial.STATES else "",
            kind if kind in KINDS else "",
            given("category"),
            given("text"),
        )

    @property
    def arguments(self) -> dict[str, str]:
        """The query of an address that narrows in the same way."""
        return {name: value for name, value in asdict(self).items() if value}

    def but(self, **changed: str) -> dict[str, str]:
        """The same query with something changed or, by '', taken away."""
        return {name: value for name, value in {**self.arguments, **changed}.items() if value}


@blueprint.get("")
@needs("kb.write")
def listing() -> ResponseReturnValue:
    wanted = Wanted.from_request()
    page = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    found = editorial.listing(
        reading(), now(), **asdict(wanted), offset=(page - 1) * PAGE, limit=PAGE
    )
    pages = max(1, -(-found.total // PAGE))
    if page > pages:
        return redirect(url_for("editor.listing", **wanted.arguments, page=pages))
    load_names(row.latest.author_id for row in found.rows)
    return render_template(
        "editor/listing.html",
        wanted=wanted,
        found=found,
        page=page,
        pages=pages,
        counts=editorial.counts_by_state(reading(), now()),
        STATES=editorial.STATES,
        choices=[("", "全部分类"), *((p, p) for p in editorial.categories_used(reading()))],
    )


def edit_now() -> Edit:
    return Edit(person().id, now())


def hold(writes: Session, key: str, version: int | None = None) -> Article:
    """The article for writing. Raises Conflict when its draft is not the one that was seen."""
    if "\0" in key:
        raise NotFound("文章", key.replace("\0", ""))
    article = articles.hold(writes, key)
    if version is not None and version != draft_version(article):
        raise Conflict("草稿在您打开页面以后又改过，请看过新的草稿再操作。")
    return article


def draft_version(article: Article) -> int:
    """What a page says to tell later whether its draft is still the same; 0 = no draft."""
    return article.draft.version if article.draft else 0


# Many at once


@blueprint.post("/publications")
@needs("kb.publish")
def publish_many() -> ResponseReturnValue:
    def publish(writes: Session, article: Article) -> None:
        reviews.publish(writes, article, edit_now())

    return _each("发布", "kb.publish", publish)


@blueprint.post("/retirements")
@needs("kb.publish")
def retire_many() -> ResponseReturnValue:
    def retire(writes: Session, article: Article) -> None:
        if article.retired_at is not None:
            raise Conflict("已经停用了。")
        articles.retire(writes, article, edit_now())

    return _each("停用", "kb.retire", retire)


def _each(word: str, doing: str, act: Callable[[Session, Article], None]) -> ResponseReturnValue:
    """Act on every ticked article by itself, and say what became of them."""
    ticked = list(dict.fromkeys(request.form.getlist("article")))[:MAX_TICKED]
    done, failed = 0, []
    for value in ticked:
        version, _, key = value.partition(":")
        try:
            with work(doing) as writes:
                act(writes, hold(writes, key, int(version) if version.isdecimal() else None))
            done += 1
        except KbError as wrong:  # its sentence names the article
            failed.append(str(wrong))
        except WebError as wrong:
            failed.append(f"“{key[:40]}”{wrong}")
        except OperationalError as wrong:
            if not is_busy(wrong):
                raise
            failed.append(f"“{key[:40]}”系统正忙，请再试一次。")
    _say(word, done, failed)
    return redirect(safe_target(request.form.get("back") or url_for("editor.listing")))


def _say(word: str, done: int, failed: Sequence[str]) -> None:
    if not done and not failed:
        flash(f"没有勾选文章。请先在左边勾选要{word}的文章。", "info")
    if done:
        flash(f"已{word} {done} 篇。", "success")
    if failed:
        more = f"……还有 {len(failed) - NAMED} 篇。" if len(failed) > NAMED else ""
        flash(f"{len(failed)} 篇没有{word}：{''.join(failed[:NAMED])}{more}", "warning")
