"""The audit trail as people read it: names for ids, words for keys, old and new side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Article, Category, Revision
from kb.records import KINDS

from .access import PERMISSIONS
from .audit_names import ACTIONS, DOINGS, ENTITIES, FIELDS, GIVING, VALUES
from .models import ApiToken, AuditEntry, Job, Person, Role, Team
from .pages import moment


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the trail in words; ``target`` is (kind, key) of its page, if any."""

    entry: AuditEntry
    doing: str
    action: str
    entity: str
    subject: str
    target: tuple[str, str] | None
    changes: Sequence[Change]


Names = Mapping[str, Mapping[str, str]]
"""{kind of thing: {id: its name}}."""

PEOPLE = (
    "person_id",
    "owner_id",
    "created_by",
    "retired_by",
    "author_id",
    "published_by",
    "withdrawn_by",
    "by_id",
    "to_id",
    "assignee_id",
    "closed_by",
    "best_by",
    "hidden_by",
    "proposed_by",
    "added_by",
)
REFERS: Mapping[str, str] = {
    **dict.fromkeys(PEOPLE, "person"),
    "role_id": "role",
    "team_id": "team",
    "article_id": "article",
    "draft_id": "article",
    "other_id": "article",
    "category_id": "category",
    "parent_id": "category",
}
"""The kind of thing a field's number stands for."""

SILENT = ("id", "version", "created_at", "changed_at", "created_by", "author_id", "added_at")
"""Fields that say nothing the entry itself does not say when a thing is made."""
SECRETS = ("password_hash", "token_hash")


def lines(session: Session, entries: Sequence[AuditEntry]) -> list[Line]:
    names = _names(session, entries)
    return [_line(entry, names) for entry in entries]


def _line(entry: AuditEntry, names: Names) -> Line:
    subject, target = _subject(entry, names)
    return Line(
        entry,
        DOINGS.get(entry.doing, entry.doing),
        *_deed(entry),
        subject,
        target,
        [
            _change(entry, field, pair, names)
            for field, pair in entry.values.items()
            if _tells(entry, field, pair)
        ],
    )


def _deed(entry: AuditEntry) -> tuple[str, str]:
    """What was done to what kind of thing."""
    if entry.entity == "person_role" and entry.action in GIVING:
        return GIVING[entry.action], ENTITIES["role"]
    return ACTIONS.get(entry.action, entry.action), ENTITIES.get(entry.entity, entry.entity)


def _tells(entry: AuditEntry, field: str, pair: Sequence[Any]) -> bool:
    if entry.action == "update":
        return True
    if entry.entity == "person_role":  # the subject names both already
        return False
    if field in SECRETS:
        return False
    return field not in SILENT and any(value not in (None, "", [], {}, False) for value in pair)


def _change(entry: AuditEntry, field: str, pair: Sequence[Any], names: Names) -> Change:
    words = FIELDS.get(f"{entry.entity}.{field}") or FIELDS.get(field, field)
    if field in SECRETS:
        return Change(words, "", "已更换")
    return Change(words, _plain(field, pair[0], names), _plain(field, pair[1], names))


# What the entry is about


def _subject(entry: AuditEntry, names: Names) -> tuple[str, tuple[str, str] | None]:
    first, _, second = entry.entity_id.partition(",")
    if entry.entity == "person_role":
        who, role = _name("person", first, names), _name("role", second, names)
        return f"{who}：{role}", _target("person", first, names)
    if entry.entity == "revision":
        return _pointed("article", names["revision"].get(first, first), names)
    if entry.entity in LOADERS:
        return _pointed(entry.entity, first, names)
    return _own_name(entry) or first, None


def _pointed(kind: str, id: str, names: Names) -> tuple[str, tuple[str, str] | None]:
    return _name(kind, id, names), _target(kind, id, names)


def _own_name(entry: AuditEntry) -> str:
    """What a thing that is gone was called, from the entry itself."""
    for field in ("name", "title", "path", "key", "words", "text", "query"):
        old, new = entry.values.get(field, (None, None))
        if new or old:
            return _text(new or old)
    return ""


def _target(kind: str, id: str, names: Names) -> tuple[str, str] | None:
    keys = names.get(f"{kind} key", {})
    return (kind, keys[id]) if id in keys else None


def _name(kind: str, id: str, names: Names) -> str:
    return names[kind].get(id) or f"{ENTITIES.get(kind, kind)} {id}"


# Values


def _plain(field: str, value: Any, names: Names) -> str:
    if value in (None, "", []):
        return ""
    if field in REFERS:
        return _name(REFERS[field], str(value), names)
    if field == "permissions":
        return "、".join(PERMISSIONS.get(p, p) for p in value)
    if (field, value if isinstance(value, str) else "") in VALUES:
        return VALUES[field, value]
    if field == "kind":
        return KINDS.get(value, str(value))
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_text(part) for part in value)
    if isinstance(value, dict):
        return "，".join(f"{name}：{_text(part)}" for name, part in value.items())
    if isinstance(value, str) and len(value) == 25 and value[10:11] == "T":
        try:
            return moment(datetime.fromisoformat(value))
        except ValueError:
            return value
    return str(value)


# Names for ids, a query for each kind of thing


def _names(session: Session, entries: Sequence[AuditEntry]) -> Names:
    wanted: dict[str, set[str]] = {kind: set() for kind in LOADERS}
    for entry in entries:
        for part, kind in zip(entry.entity_id.split(","), _kinds(entry.entity), strict=False):
            wanted[kind].add(part)
        for field, pair in entry.values.items():
            if field in REFERS:
                wanted[REFERS[field]].update(str(value) for value in pair if value is not None)
    names: dict[str, dict[str, str]] = {f"{kind} key": {} for kind in LOADERS}
    for kind, load in LOADERS.items():  # revisions come first: they lead to articles
        ids = [int(id) for id in wanted[kind] if id.isascii() and id.isdigit()]
        found = list(load(session, ids)) if ids else []
        names[kind] = {str(id): name for id, name, _ in found}
        names[f"{kind} key"] = {str(id): key for id, _, key in found if key}
        if kind == "revision":
            wanted["article"].update(names["revision"].values())
    return names


def _kinds(entity: str) -> Sequence[str]:
    if entity == "person_role":
        return ("person", "role")
    return (entity,) if entity in LOADERS else ()


Loaded = Iterable[tuple[int, str, str]]
"""(id, name, key in an address or '')."""


def _revisions(session: Session, ids: Sequence[int]) -> Loaded:
    query = select(Revision.id, Revision.article_id).where(Revision.id.in_(ids))
    return [(id, str(article), "") for id, article in session.execute(query)]


def _articles(session: Session, ids: Sequence[int]) -> Loaded:
    query = (
        select(Article.id, Revision.title, Article.key)
        .join(Revision, Revision.article_id == Article.id)
        .where(Article.id.in_(ids))
        .order_by(Revision.number)  # the newest title is read last and stays
    )
    return [(id, title, key) for id, title, key in session.execute(query)]


def _people(session: Session, ids: Sequence[int]) -> Loaded:
    query = select(Person.id, Person.name, Person.number).where(Person.id.in_(ids))
    return [(id, f"{name}（{number}）", number) for id, name, number in session.execute(query)]


def _named(kind: type[Team | Role]) -> Callable[[Session, Sequence[int]], Loaded]:
    def load(session: Session, ids: Sequence[int]) -> Loaded:
        query = select(kind.id, kind.name).where(kind.id.in_(ids))
        return [(id, name, "") for id, name in session.execute(query)]

    return load


def _categories(session: Session, ids: Sequence[int]) -> Loaded:
    query = select(Category.id, Category.path).where(Category.id.in_(ids))
    return [(id, path, "") for id, path in session.execute(query)]


def _tokens(session: Session, ids: Sequence[int]) -> Loaded:
    query = select(ApiToken.id, ApiToken.name).where(ApiToken.id.in_(ids))
    return [(id, name, "") for id, name in session.execute(query)]


def _jobs(session: Session, ids: Sequence[int]) -> Loaded:
    query = select(Job.id, Job.kind).where(Job.id.in_(ids))
    return [(id, VALUES.get(("kind", kind), kind), "") for id, kind in session.execute(query)]


LOADERS: Mapping[str, Callable[[Session, Sequence[int]], Loaded]] = {
    "revision": _revisions,
    "article": _articles,
    "person": _people,
    "role": _named(Role),
    "team": _named(Team),
    "category": _categories,
    "api_token": _tokens,
    "job": _jobs,
}
