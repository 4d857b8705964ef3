"""The list of people, and what an administrator changes about one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from . import accounts
from .access import permissions_of
from .audit_notes import note
from .errors import Conflict, NotPermitted
from .models import Person, PersonRole, Role, SignIn

PAGE = 50
KEEPERS: Mapping[str, str] = {"people.manage": "管理人员", "roles.manage": "管理角色权限"}
"""What somebody must always be able to do, or nobody could ever get in to repair it."""

STATES: Mapping[str, str] = {
    "active": "在用",
    "fresh": "没换初始密码",
    "disabled": "已停用",
    "all": "全部",
}
ORDERS: Mapping[str, InstrumentedAttribute[Any]] = {
    "number": Person.number,
    "name": Person.name,
    "created": Person.created_at,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is asked for; '' and None mean no narrowing."""

    text: str = ""
    team: int | None = None
    role: int | None = None
    state: str = "active"
    sort: str = "number"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of people; ``total`` counts all that match, ``counts`` those of each state."""

    people: Sequence[Person]
    total: int
    pages: int
    counts: Mapping[str, int]
    last_seen: Mapping[int, datetime]


def listing(session: Session, wanted: Wanted) -> Listing:
    narrowed = select(Person).where(_matches(wanted))
    counts = {state: _count(session, narrowed.where(_in_state(state))) for state in STATES}
    total = counts[wanted.state]
    column = ORDERS[wanted.sort.removeprefix("-")]
    order = column.desc() if wanted.sort.startswith("-") else column
    query = narrowed.where(_in_state(wanted.state)).order_by(order, Person.id)
    people = session.scalars(query.limit(PAGE).offset((wanted.page - 1) * PAGE)).all()
    return Listing(
        people, total, max(1, -(-total // PAGE)), counts, last_seen(session, [p.id for p in people])
    )


def _matches(wanted: Wanted) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [true()]
    if wanted.text:
        number = accounts.clean_number(wanted.text)
        parts.append(
            or_(
                Person.name.contains(wanted.text, autoescape=True),
                Person.number.contains(number, autoescape=True),
            )
        )
    if wanted.team == 0:
        parts.append(Person.team_id.is_(None))
    elif wanted.team is not None:
        parts.append(Person.team_id == wanted.team)
    if wanted.role is not None:
        parts.append(Person.role_links.any(PersonRole.role_id == wanted.role))
    return and_(*parts)


def _in_state(state: str) -> ColumnElement[bool]:
    if state == "all":
        return true()
    if state == "disabled":
        return Person.disabled_at.is_not(None)
    if state == "fresh":
        return and_(Person.disabled_at.is_(None), Person.must_change_password.is_(True))
    return Person.disabled_at.is_(None)


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def last_seen(session: Session, ids: Iterable[int]) -> Mapping[int, datetime]:
    """When each of these people last used the site."""
    query = (
        select(SignIn.person_id, func.max(SignIn.seen_at))
        .where(SignIn.person_id.in_(list(ids)))
        .group_by(SignIn.person_id)
    )
    return dict(session.execute(query).all())


# Changing somebody


@dataclass(frozen=True, slots=True)
class Details:
    """What an administrator sets of a person. ``roles`` are ids."""

    name: str
    team: str
    grade: str
    roles: frozenset[int]

    @classmethod
    def of(cls, person: Person) -> Details:
        team = person.team.name if person.team else ""
        return cls(person.name, team, person.grade, frozenset(role.id for role in person.roles))

    def stamp(self) -> str:
        """Says whether somebody else changed the person since the form was shown."""
        seen = repr((self.name, self.team, self.grade, sorted(self.roles)))
        return hashlib.sha256(seen.encode()).hexdigest()[:16]


def edit(
    session: Session, actor: Person, person: Person, wanted: Details, stamp: str, at: datetime
) -> None:
    """Raises Conflict, NotPermitted or InvalidInput; then nothing is changed."""
    lock(session)
    session.refresh(person)
    if Details.of(person).stamp() != stamp:
        raise Conflict("这个人的资料刚被别人改过，下面是最新的内容；请核对后重新修改。")
    may_handle(actor, person)
    roles = roles_by_id(session, wanted.roles)
    changed = [r for r in {*roles, *person.roles} if (r in roles) != (r in person.roles)]
    may_hand_on(actor, changed)
    person.name = accounts.clean_name(wanted.name)
    person.grade = wanted.grade.strip()[:20]
    team = accounts.ensure_team(session, wanted.team)
    if changed or team is not person.team:
        person.placed_at = at
    person.team = team
    accounts.set_roles(person, roles)
    require_keepers(session)


def disable(session: Session, actor: Person, person: Person, at: datetime) -> None:
    """Raises Conflict or NotPermitted; then nothing is changed."""
    lock(session)
    if person.id == actor.id:
        raise Conflict("不能停用自己的账号；要离岗请由另一位管理员停用。")
    may_handle(actor, person)
    if person.disabled_at is None:
        accounts.disable(session, person, at)
    require_keepers(session)


def enable(actor: Person, person: Person, at: datetime) -> None:
    may_handle(actor, person)
    if person.disabled_at is not None:
        person.disabled_at, person.placed_at = None, at


def reset_password(session: Session, actor: Person, person: Person, at: datetime) -> str:
    """A one-time password for somebody else, shown once."""
    if person.id == actor.id:
        raise Conflict("自己的密码请在“我的账号”里修改。")
    may_handle(actor, person)
    if person.disabled_at is not None:
        raise Conflict("这个账号已停用，请先恢复使用，再重置密码。")
    return accounts.reset_password(session, person, at)


def revoke_sign_in(session: Session, actor: Person, sign_in: SignIn, at: datetime) -> None:
    may_handle(actor, sign_in.person)
    if sign_in.revoked_at is None:
        sign_in.revoked_at = at
        note(session, "sign_in", sign_in.id, {"person_id": (sign_in.person_id, None)})


def roles_by_id(session: Session, ids: Iterable[int]) -> list[Role]:
    return list(session.scalars(select(Role).where(Role.id.in_(list(ids))).order_by(Role.id)))


# What keeps the doors from closing behind the last who can open them


def lock(session: Session) -> None:
    """Let one such change at a time pass, so that two together cannot remove the last holders."""
    session.execute(select(Role.id).order_by(Role.id).with_for_update())


def require_keepers(session: Session) -> None:
    """Raises Conflict when nobody in use would be left to manage people or roles."""
    session.flush()
    for permission, words in KEEPERS.items():
        able = [role.id for role in session.scalars(select(Role)) if permission in role.permissions]
        holders = select(Person.id).where(
            Person.disabled_at.is_(None), Person.role_links.any(PersonRole.role_id.in_(able))
        )
        if session.scalar(holders.limit(1)) is None:
            raise Conflict(f"这样改以后就没有人能{words}了；请先让另一位在用的人员拥有这项权限。")


def may_hand_on(actor: Person, roles: Iterable[Role]) -> None:
    """Only who may manage roles gives or takes a role that may; else anyone could rise to it."""
    if "roles.manage" in permissions_of(actor):
        return
    for role in roles:
        if "roles.manage" in role.permissions:
            raise NotPermitted(
                f"角色“{role.name}”可以管理角色权限，只有同样有这项权限的人才能给予或收回。"
            )


def may_handle(actor: Person, person: Person) -> None:
    """An account that manages roles is only touched by one that does."""
    if "roles.manage" in permissions_of(person) and "roles.manage" not in permissions_of(actor):
        raise NotPermitted("这个账号可以管理角色权限，只有同样有这项权限的人才能改动它。")
