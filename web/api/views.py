"""``/api/v1``: what the pages do, for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from sqlalchemy import Select, func, select

from kb import articles, categories, gate, past, pastsearch
from kb.articles import MAX_LABEL, MAX_TITLE, Edit
from kb.index.contract import Scope
from kb.library import Filters
from kb.past import Then
from kb.records import KINDS, Fault, Record

from .. import moments, searches
from ..access import PUBLIC, needs
from ..context import asking, can, now, person, reading, services, viewer, work
from ..errors import InvalidInput
from ..evidence import notes
from ..models import AuditEntry, Job, Person
from . import shapes
from .spec import describe

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
blueprint.csrf_exempt = True  # type: ignore[attr-defined]  # a token, never a cookie

LONGEST_QUERY = 400
LONGEST_PATH = 400
LARGEST_ARTICLE = 4 * 1024 * 1024
"""Bytes of a body that is written: the longest text with every character escaped, and labels."""
DEEPEST = 1_000_000

Row = TypeVar("Row")


def _caller() -> str:
    found = asking()
    return f"person {found.id}" if found else f"address {request.remote_addr}"


limiter = Limiter(
    _caller,
    storage_uri="memory://",
    strategy="fixed-window",
    headers_enabled=True,
    retry_after="delta-seconds",
)


def limit() -> str:
    return f"{services().settings.api_rate}/minute"


@blueprint.get("/openapi.json")
@needs(PUBLIC)
def openapi() -> ResponseReturnValue:
    return describe(services().settings.api_rate)


@blueprint.get("/search")
@needs("api.use")
@limiter.limit(limit)
def search() -> ResponseReturnValue:
    query = _text("q", LONGEST_QUERY)
    if not query:
        raise InvalidInput("q", "请用 q 给出要检索的话。")
    filters = Filters(
        kinds=frozenset(filter(None, [_kind()])),
        category=_text("category", LONGEST_PATH),
        tags=frozenset(filter(None, [_text("tag", MAX_LABEL)])),
    )
    most = _whole("limit", 10, 1, 100)
    then = _then()
    if then is not None:
        scope = Scope(kinds=filters.kinds, category=filters.category, tags=filters.tags)
        found = pastsearch.search(reading(), viewer(), now(), then, query, scope=scope, limit=most)
        return found.as_dict()
    return searches.search(query, filters, most).as_dict()


@blueprint.get("/suggest")
@needs("api.use")
@limiter.limit(limit)
def suggest() -> ResponseReturnValue:
    """Texts to offer to somebody who has typed ``q`` so far."""
    query = _text("q", LONGEST_QUERY)
    size = _whole("limit", 8, 1, 20)
    found = services().suggesting.suggest(reading(), viewer(), now(), query, limit=size)
    return {
        "query": query,
        "suggestions": [{"text": s.text, "sort": s.sort, "key": s.key} for s in found],
    }


@blueprint.get("/articles")
@needs("api.use")
@limiter.limit(limit)
def list_articles() -> ResponseReturnValue:
    page, size = _paging()
    found = gate.browse(
        reading(),
        viewer(),
        now(),
        category=_text("category", LONGEST_PATH),
        kind=_kind(),
        tag=_text("tag", MAX_LABEL),
        offset=(page - 1) * size,
        limit=size,
    )
    return _page(found.total, page, size, [shapes.summary(r) for r in found.revisions])


@blueprint.get("/articles/<key>")
@needs("api.use")
@limiter.limit(limit)
def get_article(key: str) -> ResponseReturnValue:
    """With ``call`` it counts as opened by a person in that call, and is kept as evidence.

    With ``at`` it is the text of that moment, which is no evidence of what was answered now.
    """
    then = _then()
    if then is not None:
        return shapes.article(past.in_force(reading(), viewer(), now(), then, key))
    revision = gate.in_force(reading(), viewer(), now(), key)
    if notes.current_call():
        notes.opened_through_api(revision)
    return shapes.article(revision)


def _then() -> Then | None:
    """The moment that ``at`` asks about, and with ``known=now`` all that is published since."""
    known = request.args.get("known", "then")
    if known not in ("then", "now"):
        raise InvalidInput("known", "known 应为 then 或 now。")
    at = moments.past("at", _text("at", 60), now())
    return None if at is None else Then(at, now() if known == "now" else at)


@blueprint.put("/articles/<key>")
@needs("kb.write")
@limiter.limit(limit)
def put_article(key: str) -> ResponseReturnValue:
    """Write an article as in an import; ``publish=true`` publishes it at once."""
    publish = _flag("publish")
    if publish and not can("kb.publish"):
        abort(403)
    record = _given(key)
    with work("kb.write") as writes:
        outcome = articles.put(writes, record, Edit(person().id, now()), publish_it=publish)
        revision = articles.get(writes, key).latest
        shown = shapes.article(revision)
    return {"outcome": outcome, "article": shown}, 201 if outcome == "created" else 200


def _given(key: str) -> Record:
    """The article in the request's body."""
    from kb.formats.fields import article as article_of  # loads the readers of office files
    from kb.formats.source import Context

    request.max_content_length = LARGEST_ARTICLE
    try:
        given = request.get_json()
    except RecursionError:
        raise InvalidInput("body", "正文的 JSON 嵌套太深，请减少层数。") from None
    if not isinstance(given, dict):
        raise InvalidInput("body", "请在正文里给出一个 JSON 对象，就是一篇文章。")
    if given.setdefault("key", key) != key:
        raise InvalidInput("key", "正文里的 key 和地址里的不一样，请改成一样的。")
    _as_short_as_described(given)
    values = {name: value for name, value in given.items() if name not in shapes.OURS}
    record = article_of(values, Context.of(Path("正文")))
    if isinstance(record, Fault):
        raise InvalidInput("body", record.message)
    if record.key != key:
        raise InvalidInput("key", "key 首尾不能有空格。")
    return record


def _as_short_as_described(given: dict[str, Any]) -> None:
    """Blanks around a text count here, as they do for a client that reads the description."""
    if isinstance(given.get("title"), str) and len(given["title"]) > MAX_TITLE:
        raise InvalidInput("title", f"title 最长{MAX_TITLE}个字，首尾的空白也算。")
    for name in ("tags", "questions", "audiences"):
        labels = given.get(name)
        if isinstance(labels, list) and any(len(str(label)) > MAX_LABEL for label in labels):
            raise InvalidInput(name, f"{name} 里每项最长{MAX_LABEL}个字，首尾的空白也算。")


@blueprint.get("/articles/<key>/revisions")
@needs("kb.write")
@limiter.limit(limit)
def list_revisions(key: str) -> ResponseReturnValue:
    article = articles.get(reading(), key)
    page, size = _paging()
    found = [r for r in reversed(article.revisions) if viewer().may_see(r.audiences)]
    part = found[(page - 1) * size : page * size]
    return _page(len(found), page, size, [shapes.article(r) for r in part])


@blueprint.get("/categories")
@needs("api.use")
@limiter.limit(limit)
def list_categories() -> ResponseReturnValue:
    """Only categories in which this person finds something, else every one for editors."""
    counts = gate.counts_by_category(reading(), viewer(), now())
    everything = can("kb.write")
    rows = [
        {"path": c.path, "articles": counts.get(c.path, 0)}
        for c in categories.tree(reading())
        if everything or any(p == c.path or p.startswith(c.path + "/") for p in counts)
    ]
    page, size = _paging()
    return _page(len(rows), page, size, rows[(page - 1) * size : page * size])


@blueprint.get("/people")
@needs("people.manage")
@limiter.limit(limit)
def list_people() -> ResponseReturnValue:
    return _query(select(Person).order_by(Person.id), shapes.person)


@blueprint.get("/jobs")
@needs("jobs.manage")
@limiter.limit(limit)
def list_jobs() -> ResponseReturnValue:
    return _query(select(Job).order_by(Job.id.desc()), shapes.job)


@blueprint.get("/audit")
@needs("audit.read")
@limiter.limit(limit)
def list_audit() -> ResponseReturnValue:
    return _query(select(AuditEntry).order_by(AuditEntry.id.desc()), shapes.audit_entry)


def _query(
    query: Select[tuple[Row]], shape: Callable[[Row], dict[str, Any]]
) -> ResponseReturnValue:
    page, size = _paging()
    total = reading().scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = reading().scalars(query.offset((page - 1) * size).limit(size)).unique()
    return _page(total, page, size, [shape(row) for row in rows])


def _page(total: int, page: int, size: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"total": total, "page": page, "limit": size, "items": items}


def _paging() -> tuple[int, int]:
    return _whole("page", 1, 1, DEEPEST), _whole("limit", 50, 1, 200)


def _text(name: str, longest: int) -> str:
    text = request.args.get(name, "")
    if len(text) > longest:
        raise InvalidInput(name, f"{name} 最长{longest}个字。")
    return text


def _whole(name: str, default: int, least: int, most: int) -> int:
    text = request.args.get(name, str(default))
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else least - 1
    if not least <= value <= most:
        raise InvalidInput(name, f"{name} 应为 {least} 到 {most} 的整数。")
    return value


def _flag(name: str) -> bool:
    text = request.args.get(name, "false")
    if text not in ("true", "false"):
        raise InvalidInput(name, f"{name} 应为 true 或 false。")
    return text == "true"


def _kind() -> str:
    kind = request.args.get("kind", "")
    if kind and kind not in KINDS:
        raise InvalidInput("kind", f"kind 可选：{'、'.join(KINDS)}。")
    return kind
