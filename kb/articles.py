"""Writing articles: draft, publish, retire. Sessions come in; nothing here commits."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from . import approvals, categories, flows
from .errors import EditConflict, InvalidContent, NotFound, NothingToPublish
from .models import DRAFT, PUBLISHED, Article, Retirement, Revision
from .records import CONTROLS, KINDS, Record

MAX_KEY = 200
MAX_TITLE = 300
MAX_BODY = 200_000
MAX_LABELS = 50
MAX_LABEL = 200

Outcome = Literal["created", "revised", "unchanged"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Who writes, and when: what every change to an article carries."""

    by: int | None
    at: datetime


def find(session: Session, key: str) -> Article | None:
    """The article of that key with its revisions, whatever its state."""
    query = select(Article).where(Article.key == key).options(selectinload(Article.revisions))
    return session.scalars(query).one_or_none()


def get(session: Session, key: str) -> Article:
    """As ``find``; raises NotFound."""
    found = find(session, key)
    if found is None:
        raise NotFound("文章", key)
    return found


def hold(session: Session, key: str) -> Article:
    """The article with its revisions, kept from other writers until the transaction ends.

    Raises NotFound. What is compared with it (a draft's version) then stays true.
    """
    session.execute(select(Article.id).where(Article.key == key).with_for_update())
    query = select(Article).where(Article.key == key).options(selectinload(Article.revisions))
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("文章", key)
    return found


def clean(record: Record) -> Record:
    """The record as it may be kept. Raises InvalidContent naming the field that is wrong."""
    record = _as_flow(record)
    title, body = " ".join(record.title.split()), newlines(record.body)
    _check_key(record.key.strip())
    if any("\ud800" <= char <= "\udfff" for char in title + body):
        raise InvalidContent("body", "文字里有不成对的代理字符（乱码），请改正。")
    if not title:
        raise InvalidContent("title", "请填写标题。")
    if len(title) > MAX_TITLE:
        raise InvalidContent("title", f"标题最长{MAX_TITLE}个字，现在有{len(title)}个字。")
    if not body.strip():
        raise InvalidContent("body", "请填写正文。")
    if len(body) > MAX_BODY:
        raise InvalidContent("body", f"正文最长{MAX_BODY}个字，请拆成几篇。")
    if "\0" in title + body:
        raise InvalidContent("body", "文字里有不能保存的控制字符（NUL），请删去。")
    if record.kind not in KINDS:
        raise InvalidContent("kind", f"没有“{record.kind}”这种类型，可选：{'、'.join(KINDS)}。")
    if (
        record.effective_from
        and record.effective_to
        and record.effective_to <= record.effective_from
    ):
        raise InvalidContent("effective_to", "失效时间要晚于生效时间。")
    return replace(
        record,
        key=record.key.strip(),
        title=title,
        body=body,
        category=categories.clean_path(record.category),
        tags=_labels("tags", "标签", record.tags),
        questions=_labels("questions", "相似问", record.questions),
        audiences=_labels("audiences", "适用对象", record.audiences),
    )


def _as_flow(record: Record) -> Record:
    """Of a script that is a flow, the flow decides: the body is what it says."""
    if flows.FIELD not in record.data:
        return record
    flow = flows.parse(record.data[flows.FIELD])
    if record.kind != "script":
        raise InvalidContent("kind", "话术流程的类型只能是“话术”。")
    data = {**record.data, flows.FIELD: flows.dump(flow)}
    return replace(record, body=flows.outline(flow), data=data)


def _check_flow(session: Session, draft: Revision) -> None:
    """Raises InvalidContent where an agent could get lost in the flow."""
    flow = flows.of(draft.data)
    if flow is None:
        return
    existing = existing_keys(session, flows.linked(flow))
    faults = [found.sentence for found in flows.check(flow, existing) if found.fault]
    if faults:
        more = f"……还有 {len(faults) - 3} 处。" if len(faults) > 3 else ""
        raise InvalidContent(flows.FIELD, f"流程还不能发布：{''.join(faults[:3])}{more}")


def existing_keys(session: Session, keys: Sequence[str]) -> frozenset[str]:
    """Those of the keys whose article is in use and has been published, whoever may see it."""
    published = Article.revisions.any(Revision.state == PUBLISHED)
    query = select(Article.key).where(
        Article.key.in_(keys), Article.retired_at.is_(None), published
    )
    return frozenset(session.scalars(query)) if keys else frozenset()


def _check_key(key: str) -> None:
    if not key:
        raise InvalidContent("key", "请填写编号。")
    if len(key) > MAX_KEY:
        raise InvalidContent("key", f"编号最长{MAX_KEY}个字，现在有{len(key)}个字。")
    controls = any(unicodedata.category(char) in CONTROLS for char in key)
    if "/" in key or "\\" in key or key in (".", "..") or controls:
        raise InvalidContent("key", "编号里不能有斜杠和控制字符，请换成字母、数字、汉字和连字符。")


def newlines(text: str) -> str:
    """Every line ends in LF, in whatever form it came."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _labels(field: str, name: str, labels: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(label.strip() for label in labels if label.strip()))
    if len(kept) > MAX_LABELS:
        raise InvalidContent(field, f"{name}最多{MAX_LABELS}个，现在有{len(kept)}个。")
    if any(len(label) > MAX_LABEL for label in kept):
        raise InvalidContent(field, f"每个{name}最长{MAX_LABEL}个字。")
    return kept


def create(session: Session, record: Record, edit: Edit, *, note: str = "") -> Revision:
    """A new article with its first draft. Raises InvalidContent when the key is taken."""
    record = clean(record)
    if find(session, record.key):
        raise InvalidContent("key", f"编号“{record.key}”已经有文章在用，请换一个。")
    return _begin(session, record, edit, note)


def _begin(session: Session, record: Record, edit: Edit, note: str = "") -> Revision:
    article = Article(key=record.key, owner_id=edit.by, created_at=edit.at, created_by=edit.by)
    session.add(article)
    return _draft(session, article, 1, record, edit, note)


def save(
    session: Session,
    article: Article,
    record: Record,
    edit: Edit,
    *,
    version: int | None = None,
    note: str = "",
) -> Revision:
    """Write the draft, starting one when there is none.

    ``version`` is what the editor had on the screen: the draft's version, or 0 when there
    was no draft. Raises EditConflict when that is not what is there now. None overwrites.
    """
    record = clean(replace(record, key=article.key))
    draft = article.draft
    if version is not None and version != (draft.version if draft else 0):
        raise EditConflict(article.key)
    if draft is None:
        return _draft(session, article, article.latest.number + 1, record, edit, note)
    for name, value in _content(session, record).items():
        setattr(draft, name, value)
    draft.note, draft.author_id, draft.changed_at = note, edit.by, edit.at
    draft.writers = sorted({*approvals.writers(draft), *_known(edit.by)})
    draft.version += 1
    session.flush()
    return draft


def publish(
    session: Session,
    article: Article,
    edit: Edit,
    *,
    at: datetime | None = None,
    kind: approvals.Kind = "direct",
    reason: str = "",
) -> Revision:
    """Publish the draft, or bring a retired article back into use.

    ``at``: a later moment before which nobody sees it. What nobody approved as it stands is
    recorded as vouched for by whoever publishes, in the way of ``kind``. Raises
    NothingToPublish when there is neither a draft nor a retirement to undo.
    """
    draft = article.draft
    if draft is None and article.retired_at is None:
        raise NothingToPublish(article.key)
    if at is not None and article.retired_at is not None:
        raise InvalidContent("at", "已停用的文章不能定时发布，请先恢复使用。")
    _revive(article, edit)
    if draft is not None:
        _check_flow(session, draft)
        approvals.vouch(draft, kind, edit.by, edit.at, reason)
        draft.state = PUBLISHED
        draft.published_at, draft.published_by = at or edit.at, edit.by
        draft.scheduled_at = edit.at if at else None
    session.flush()
    return article.latest


def _revive(article: Article, edit: Edit) -> None:
    if article.retired_at is not None:
        article.retired_at = article.retired_by = None
        for stretch in article.retirements:
            if stretch.revived_at is None:
                stretch.revived_at, stretch.revived_by = edit.at, edit.by


def retire(session: Session, article: Article, edit: Edit) -> None:
    """Take the article out of use; its revisions stay. Harmless when it is out already."""
    if article.retired_at is None:
        article.retired_at, article.retired_by = edit.at, edit.by
        article.retirements.append(Retirement(retired_at=edit.at, retired_by=edit.by))
        session.flush()


def republish(
    session: Session, article: Article, old: Revision, number: int, edit: Edit, note: str
) -> Revision:
    """An older text once more, published under a number of its own; a draft is left alone."""
    fresh = _revision(session, article, number, clean(old.record()), edit, note)
    fresh.state, fresh.published_at, fresh.published_by = PUBLISHED, edit.at, edit.by
    approvals.vouch(fresh, "direct", edit.by, edit.at, note)
    session.add(fresh)
    session.flush()
    return fresh


def discard(session: Session, article: Article) -> None:
    """Throw the draft away; an article that never had another text goes with it."""
    draft = article.draft
    if draft is None:
        return
    if len(article.revisions) == 1:
        session.delete(article)
    else:
        article.revisions.remove(draft)
    session.flush()


def put(session: Session, record: Record, edit: Edit, *, publish_it: bool = False) -> Outcome:
    """Take an imported record: the same key again is a new revision only where it differs.

    ``publish_it``: who may publish and brings a file vouches for all of it; nobody is asked to
    review it, and it is recorded so.
    """
    record = clean(record)
    article = find(session, record.key)
    if article is not None:
        article = hold(session, record.key)
    if article is None:
        _begin(session, record, edit)  # who comes second meets the key itself, as a conflict
        article = get(session, record.key)
        outcome: Outcome = "created"
    elif article.latest.record() != record:
        save(session, article, record, edit)
        outcome = "revised"
    elif publish_it and (article.draft or article.retired_at):
        outcome = "revised"
    else:
        return "unchanged"
    if publish_it:
        publish(session, article, edit, kind="import")
    return outcome


def _known(person: int | None) -> list[int]:
    return [] if person is None else [person]


def _draft(
    session: Session, article: Article, number: int, record: Record, edit: Edit, note: str
) -> Revision:
    draft = _revision(session, article, number, record, edit, note)
    session.add(draft)
    session.flush()
    return draft


def _revision(
    session: Session, article: Article, number: int, record: Record, edit: Edit, note: str
) -> Revision:
    content = _content(session, record)
    return Revision(
        article=article,
        number=number,
        state=DRAFT,
        version=1,
        note=note,
        author_id=edit.by,
        writers=_known(edit.by),
        created_at=edit.at,
        changed_at=edit.at,
        **content,
    )


def _content(session: Session, record: Record) -> dict[str, Any]:
    """The columns a record fills; its category is made where missing."""
    return {
        "title": record.title,
        "body": record.body,
        "kind": record.kind,
        "category": categories.ensure(session, record.category),
        "tags": list(record.tags),
        "questions": list(record.questions),
        "audiences": list(record.audiences),
        "effective_from": record.effective_from,
        "effective_to": record.effective_to,
        "must_sign": record.must_sign,
        "data": dict(record.data),
    }
