"""People: their accounts, passwords, sign-ins and API tokens."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from kb.errors import NotFound

from .access import DEFAULT_ROLES
from .errors import Conflict, InvalidInput, SignInRefused
from .models import ApiToken, Person, PersonRole, Role, SignIn, SignInFailure, Team

MIN_PASSWORD = 10
MAX_PASSWORD = 200
SESSION_LIFE = timedelta(days=14)
SESSION_IDLE = timedelta(hours=12)
SEEN_STEP = timedelta(minutes=1)
"""How exactly ``seen_at`` is kept; a write for every request would be waste."""

FREE_TRIES = 3
LONGEST_DELAY = timedelta(minutes=5)

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """Checking a password of nobody takes as long as checking one of somebody."""
    return _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sign-in comes from, as shown on the list of sessions."""

    address: str = ""
    browser: str = ""


def clean_number(number: str) -> str:
    """An employee number as it is kept: full-width digits and stray spaces are forgiven."""
    return unicodedata.normalize("NFKC", number).strip().upper()


# Accounts


def ensure_default_roles(session: Session) -> None:
    """Add the default roles to a home that has none."""
    if session.scalar(select(Role.id).limit(1)) is None:
        for role in DEFAULT_ROLES:
            session.add(Role(key=role.key, name=role.name, permissions=list(role.permissions)))
        session.flush()


def role_named(session: Session, name: str) -> Role:
    """A role by key (agent) or name (座席). Raises InvalidInput listing what there is."""
    found = session.scalars(select(Role).where((Role.key == name) | (Role.name == name))).first()
    if found is None:
        roles = session.scalars(select(Role).order_by(Role.id))
        known = "、".join(f"{role.key}（{role.name}）" for role in roles)
        raise InvalidInput("role", f"没有“{name}”这个角色，可选：{known}。")
    return found


def find_person(session: Session, number: str) -> Person | None:
    query = select(Person).where(Person.number == clean_number(number))
    return session.scalars(query).one_or_none()


def get_person(session: Session, number: str) -> Person:
    """Raises NotFound."""
    found = find_person(session, number)
    if found is None:
        raise NotFound("人员", number)
    return found


def add_person(
    session: Session,
    number: str,
    name: str,
    password: str,
    *,
    at: datetime,
    roles: Iterable[Role] = (),
    team: str = "",
    grade: str = "",
    must_change_password: bool = True,
    hashed: str = "",
) -> Person:
    """A new account. Raises InvalidInput naming the field that is wrong.

    ``hashed`` is the password's hash, where it has been worked out already.
    """
    number = clean_number(number)
    if not 1 <= len(number) <= 40 or not number.isprintable():
        raise InvalidInput("number", "工号要有1到40个字符。")
    if find_person(session, number):
        raise InvalidInput("number", f"工号“{number}”已经有人在用。")
    check_password(password, number)
    person = Person(
        number=number,
        name=clean_name(name),
        grade=grade.strip()[:20],
        team=ensure_team(session, team),
        password_hash=hashed or hash_password(password),
        must_change_password=must_change_password,
        created_at=at,
    )
    session.add(person)
    set_roles(person, roles)
    session.flush()
    return person


def hash_password(password: str) -> str:
    """What is kept of a password; working it out takes a good part of a second, on purpose."""
    return _hasher.hash(password)


def clean_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise InvalidInput("name", "姓名要有1到60个字。")
    return name


def ensure_team(session: Session, name: str) -> Team | None:
    """The team of that name, made where missing; None for ''."""
    name = name.strip()
    if not name:
        return None
    if len(name) > 60:
        raise InvalidInput("team", "班组名最长60个字。")
    found = session.scalars(select(Team).where(Team.name == name)).one_or_none()
    if found is None:
        found = Team(name=name)
        session.add(found)
    return found


def set_roles(person: Person, roles: Iterable[Role]) -> None:
    """Give exactly these roles."""
    wanted = {role.id: role for role in roles}
    for link in [link for link in person.role_links if link.role_id not in wanted]:
        person.role_links.remove(link)
    held = {link.role_id for link in person.role_links}
    for role in wanted.values():
        if role.id not in held:
            person.role_links.append(PersonRole(role=role, role_id=role.id))


def disable(session: Session, person: Person, at: datetime) -> None:
    """Close an account at once: sign-ins and tokens end with it."""
    person.disabled_at = at
    revoke_sign_ins(session, person, at)
    for token in session.scalars(
        select(ApiToken).where(ApiToken.person_id == person.id, ApiToken.revoked_at.is_(None))
    ):
        token.revoked_at = at


# Passwords


def check_password(password: str, number: str) -> None:
    """Raises InvalidInput where a password is too easy to guess."""
    if len(password) < MIN_PASSWORD:
        raise InvalidInput("password", f"密码至少{MIN_PASSWORD}个字符。")
    if len(password) > MAX_PASSWORD:
        raise InvalidInput("password", f"密码最长{MAX_PASSWORD}个字符。")
    if len(set(password)) < 4 or (number and number.lower() in password.lower()):
        raise InvalidInput("password", "密码太容易猜：不要用工号，也不要重复少数几个字符。")


def set_password(
    session: Session, person: Person, password: str, at: datetime, *, keep: SignIn | None = None
) -> None:
    """Change the password; every other sign-in ends."""
    check_password(password, person.number)
    if verify(person.password_hash, password):
        raise InvalidInput("password", "新密码要和现在的不一样。")
    person.password_hash = hash_password(password)
    person.must_change_password = False
    revoke_sign_ins(session, person, at, keep=keep)


def reset_password(session: Session, person: Person, at: datetime) -> str:
    """Give a new one-time password, to be changed at the next sign-in."""
    password = initial_password()
    person.password_hash = hash_password(password)
    person.must_change_password = True
    revoke_sign_ins(session, person, at)
    return password


def initial_password() -> str:
    """Twelve characters without those that look alike."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(12))


def verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


# Signing in


def delay_left(session: Session, number: str, at: datetime) -> timedelta:
    """How long this number must wait before the next try."""
    failure = session.get(SignInFailure, clean_number(number)[:40])
    if failure is None or failure.count < FREE_TRIES:
        return timedelta(0)
    delay = min(timedelta(seconds=2 ** min(failure.count - FREE_TRIES, 20)), LONGEST_DELAY)
    return max(failure.last_at + delay - at, timedelta(0))


def check_credentials(session: Session, number: str, password: str, at: datetime) -> Person:
    """The person of that number and password. Raises SignInRefused with what to do."""
    left = delay_left(session, number, at)
    if left:
        raise SignInRefused(f"密码连续输错，请等 {max(1, round(left.total_seconds()))} 秒再试。")
    person = find_person(session, number)
    right = verify(person.password_hash if person else _nobody(), password)
    if person is None or not right:
        raise SignInRefused("工号或密码不对，请重新输入。忘记密码请找管理员重置。")
    if person.disabled_at:
        raise SignInRefused("这个账号已停用，请联系管理员。")
    return person


def note_failure(session: Session, number: str, at: datetime) -> None:
    number = clean_number(number)[:40]
    failure = session.get(SignInFailure, number)
    if failure is None:
        session.add(SignInFailure(number=number, count=1, last_at=at))
    else:
        failure.count, failure.last_at = failure.count + 1, at


def sign_in(session: Session, person: Person, origin: Origin, at: datetime) -> str:
    """Open a session and return its token, which is not kept."""
    failure = session.get(SignInFailure, person.number)
    if failure:
        session.delete(failure)
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            person_id=person.id,
            token_hash=hash_token(token),
            created_at=at,
            seen_at=at,
            address=origin.address[:60],
            browser=origin.browser[:300],
        )
    )
    return token


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def current_sign_in(session: Session, token: str, at: datetime) -> SignIn | None:
    """The open session of that token, if it has not ended."""
    found = session.scalars(_by_token(), {"token_hash": hash_token(token)}).one_or_none()
    if found is None or not is_open(found, at) or found.person.disabled_at:
        return None
    return found


@cache
def _by_token() -> Select[SignIn]:
    """Every request asks this: building it anew takes longer than answering it."""
    query = select(SignIn).where(SignIn.token_hash == bindparam("token_hash"))
    return query.options(joinedload(SignIn.person))


def is_open(sign_in: SignIn, at: datetime) -> bool:
    return (
        sign_in.revoked_at is None
        and at - sign_in.created_at < SESSION_LIFE
        and at - sign_in.seen_at < SESSION_IDLE
    )


def open_sign_ins(session: Session, person: Person, at: datetime) -> list[SignIn]:
    query = select(SignIn).where(SignIn.person_id == person.id, SignIn.revoked_at.is_(None))
    return [s for s in session.scalars(query.order_by(SignIn.seen_at.desc())) if is_open(s, at)]


def revoke_sign_ins(
    session: Session, person: Person, at: datetime, *, keep: SignIn | None = None
) -> None:
    query = select(SignIn).where(SignIn.person_id == person.id, SignIn.revoked_at.is_(None))
    for found in session.scalars(query):
        if keep is None or found.id != keep.id:
            found.revoked_at = at


# API tokens


def add_token(session: Session, person: Person, name: str, at: datetime) -> str:
    """A new API token, returned once."""
    if person.disabled_at:
        raise Conflict("这个账号已停用，不能再发令牌。")
    token = "zx_" + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            person_id=person.id, name=name.strip()[:60], token_hash=hash_token(token), created_at=at
        )
    )
    return token


def person_of_token(session: Session, token: str) -> Person | None:
    query = select(ApiToken).where(
        ApiToken.token_hash == hash_token(token), ApiToken.revoked_at.is_(None)
    )
    found = session.scalars(query).one_or_none()
    return None if found is None or found.person.disabled_at else found.person
