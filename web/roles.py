"""Kinds of roles, what each may do, and the teams people belong to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from . import people
from .access import PERMISSIONS
from .audiences import addressed
from .errors import Conflict, InvalidInput
from .models import Person, PersonRole, Role, Team

Grants = frozenset[tuple[int, str]]
"""Pairs of (role id, permission): the ticks of the matrix."""


def all_roles(session: Session) -> list[Role]:
    return list(session.scalars(select(Role).order_by(Role.id)))


def holders(session: Session) -> Mapping[int, int]:
    """{role id: people in use who hold it}."""
    query = (
        select(PersonRole.role_id, func.count())
        .join(Person, Person.id == PersonRole.person_id)
        .where(Person.disabled_at.is_(None))
        .group_by(PersonRole.role_id)
    )
    return dict(session.execute(query).all())


# What each role may do


def grants(roles: Iterable[Role]) -> Grants:
    return frozenset((r.id, p) for r in roles for p in r.permissions if p in PERMISSIONS)


def stamp(roles: Iterable[Role]) -> str:
    """Says whether the matrix was changed since it was shown."""
    seen = repr([(role.id, sorted(role.permissions)) for role in roles])
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def save_grants(session: Session, wanted: Grants, seen: str) -> int:
    """Make the matrix exactly this; returns how many roles changed. Raises Conflict."""
    people.lock(session)
    roles = all_roles(session)
    if stamp(roles) != seen:
        raise Conflict("角色权限刚被别人改过，下面是最新的内容；请核对后重新修改。")
    changed = 0
    for role in roles:
        permissions = [p for p in PERMISSIONS if (role.id, p) in wanted]
        if set(permissions) != set(role.permissions):
            role.permissions = permissions
            changed += 1
    people.require_keepers(session)
    return changed


# Kinds of roles


def add_role(session: Session, name: str) -> Role:
    """A role that may do nothing yet. Raises InvalidInput."""
    role = Role(key=f"role-{secrets.token_hex(4)}", name=_free(session, Role, name), permissions=[])
    session.add(role)
    session.flush()
    return role


def remove_role(session: Session, role: Role, at: datetime) -> None:
    """Raises Conflict while somebody holds the role or an article is addressed to it."""
    people.lock(session)
    held = _count(session, select(PersonRole).where(PersonRole.role_id == role.id))
    if held:
        raise Conflict(f"还有 {held} 人是“{role.name}”（含已停用的），请先给他们换角色，再删除。")
    _require_unaddressed(session, role, at)
    session.delete(role)
    people.require_keepers(session)


# Teams


def all_teams(session: Session) -> list[Team]:
    return list(session.scalars(select(Team).order_by(Team.name)))


def members(session: Session) -> Mapping[int, int]:
    """{team id: people in use}."""
    query = (
        select(Person.team_id, func.count())
        .where(Person.disabled_at.is_(None), Person.team_id.is_not(None))
        .group_by(Person.team_id)
    )
    return {team_id: count for team_id, count in session.execute(query) if team_id is not None}


def add_team(session: Session, name: str) -> Team:
    """Raises InvalidInput."""
    team = Team(name=_free(session, Team, name))
    session.add(team)
    session.flush()
    return team


def remove_team(session: Session, team: Team, at: datetime) -> None:
    """Raises Conflict while somebody belongs to the team or an article is addressed to it."""
    held = _count(session, select(Person).where(Person.team_id == team.id))
    if held:
        raise Conflict(f"“{team.name}”还有 {held} 人（含已停用的），请先把他们调到别的班组。")
    _require_unaddressed(session, team, at)
    session.delete(team)


# Names of both


def rename(
    session: Session, thing: Role | Team, name: str, at: datetime, *, even_so: bool = False
) -> None:
    """Raises InvalidInput; Conflict when articles name the old one, unless ``even_so``."""
    name = clean_name(name)
    if name == thing.name:
        return
    affected = addressed(session, [thing.name], at)
    if affected and not even_so:
        raise Conflict(
            f"有 {affected} 篇文章写明只给“{thing.name}”看；改名后他们就看不到这些文章，"
            "要逐篇改适用对象。"
        )
    thing.name = _free(session, type(thing), name, thing.id)
    session.flush()


def names_of(thing: Role | Team) -> list[str]:
    """By what an article may be addressed to it: a role goes by its key too."""
    return [thing.name, thing.key] if isinstance(thing, Role) else [thing.name]


def clean_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 40 or not name.isprintable():
        raise InvalidInput("name", "名称要有1到40个字。")
    return name


def _free(session: Session, kind: type[Role | Team], name: str, own: int | None = None) -> str:
    people.lock(session)
    name = clean_name(name)
    taken: Any = session.scalars(select(kind).where(kind.name == name)).one_or_none()
    if taken is not None and taken.id != own:
        raise InvalidInput("name", f"已经有“{name}”了，请换一个名称。")
    return name


def _require_unaddressed(session: Session, thing: Role | Team, at: datetime) -> None:
    affected = addressed(session, names_of(thing), at)
    if affected:
        raise Conflict(
            f"还有 {affected} 篇文章写明只给“{thing.name}”看，请先改这些文章的适用对象，再删除。"
        )


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0
