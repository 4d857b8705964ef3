"""Certificates of passed exams: issued, revoked with a reason, looked up by their number.

    issue(session, exam, [person_id], by=examiner_id, at=now)
    find(session, "ZX2026-00012-00034-7")

Functions flush and never commit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled

from .results import Result, results
from .tables import Attempt, Certificate, Exam

KINDS = ("promotion", "monthly")
"""Kinds of exam that give certificates."""

BEIJING = timezone(timedelta(hours=8))
"""The year of a number is that of the calendar on the wall."""

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Issued:
    """What an issuing did: ``made`` are new or valid again, ``had`` had one, ``not_passed`` have
    not (or not yet) passed. Ids of people but for ``made``."""

    made: tuple[Certificate, ...]
    had: tuple[int, ...]
    not_passed: tuple[int, ...]


def gives(exam: Exam) -> bool:
    """The exam is of a kind that gives certificates."""
    return exam.kind in KINDS


def issue(
    session: Session,
    exam: Exam,
    people: Collection[int] | None,
    *,
    by: int | None,
    at: datetime,
) -> Issued:
    """Certificates for these people, or for everybody who passed; twice is harmless.

    A revoked one becomes valid again under its number if it is asked for by name: the trail
    keeps the revocation. Raises InvalidContent for an exam that gives none.
    """
    if not gives(exam):
        raise InvalidContent("exam", "只有晋级考试和月度考试可以发证书。")
    session.execute(select(Exam.id).where(Exam.id == exam.id).with_for_update())
    passed = {one.person_id: one for one in results(session, exam) if one.passed}
    there = {one.person_id: one for one in of_exam(session, exam)}
    wanted = sorted(passed) if people is None else sorted(set(people))
    made, had = [], []
    for person in wanted:
        kept = there.get(person)
        if person not in passed or (kept is not None and kept.revoked_at and people is None):
            continue
        if kept is not None and kept.revoked_at is None:
            had.append(person)
            continue
        made.append(_issue(session, exam, passed[person], kept, by, at))
    session.flush()
    return Issued(tuple(made), tuple(had), tuple(p for p in wanted if p not in passed))


def _issue(
    session: Session,
    exam: Exam,
    result: Result,
    kept: Certificate | None,
    by: int | None,
    at: datetime,
) -> Certificate:
    if kept is None:
        number = number_of(exam.id, result.person_id, at.astimezone(BEIJING).year)
        kept = Certificate(number=number, exam_id=exam.id, person_id=result.person_id)
        session.add(kept)
    kept.attempt_id = result.attempt_id
    kept.issued_at, kept.issued_by = at, by
    kept.revoked_at, kept.reason = None, ""
    return kept


def revoke(session: Session, certificate: Certificate, reason: str, at: datetime) -> None:
    """Take it back. Raises InvalidContent without a reason, Settled where it is revoked."""
    words = " ".join(reason.split())
    if not words:
        raise InvalidContent("reason", "请写明撤销的原因。")
    if len(words) > LONGEST_REASON:
        raise InvalidContent("reason", f"原因太长，最多 {LONGEST_REASON} 字。")
    held = select(Certificate).where(Certificate.id == certificate.id).with_for_update()
    row = session.scalars(held.execution_options(populate_existing=True)).one()
    if row.revoked_at is not None:
        raise Settled("这张证书已经撤销。")
    row.revoked_at, row.reason = at, words
    session.flush()


# Looking up


def of_exam(session: Session, exam: Exam) -> Sequence[Certificate]:
    query = select(Certificate).where(Certificate.exam_id == exam.id)
    return session.scalars(query.order_by(Certificate.issued_at, Certificate.id)).all()


def of_person(session: Session, person_id: int) -> Sequence[Certificate]:
    """The newest first, revoked ones among them."""
    query = select(Certificate).where(Certificate.person_id == person_id)
    return session.scalars(query.order_by(Certificate.issued_at.desc(), Certificate.id)).all()


def doubtful(session: Session, exam: Exam) -> list[Certificate]:
    """Valid certificates of people who, as marks now stand, have not passed."""
    passed = {one.person_id for one in results(session, exam) if one.passed}
    return [
        one
        for one in of_exam(session, exam)
        if one.revoked_at is None and one.person_id not in passed
    ]


def find(session: Session, number: str) -> Certificate:
    """By its number as somebody typed it. Raises InvalidContent for a number that none can have,
    NotFound for one nobody has."""
    typed = plain(number)
    if not typed:
        raise InvalidContent("number", "请填证书编号，例如 ZX2026-00012-00034-7。")
    if not right(typed):
        raise InvalidContent("number", "这不是证书编号：位数或最后的校验位不对，可能抄错了。")
    found = session.scalars(select(Certificate).where(Certificate.number == typed)).one_or_none()
    if found is None:
        raise NotFound("证书", typed)
    return found


def attempt_of(session: Session, certificate: Certificate) -> Attempt:
    return session.get_one(Attempt, certificate.attempt_id)


# Numbers


def number_of(exam_id: int, person_id: int, year: int) -> str:
    """``ZX2026-00012-00034-7``: year, exam, person, and a digit that catches a slip."""
    body = f"{year:04d}-{exam_id:05d}-{person_id:05d}"
    return f"ZX{body}-{_check(body)}"


def right(number: str) -> bool:
    """The number is one that could have been issued."""
    body, _, last = number.removeprefix("ZX").rpartition("-")
    parts = body.split("-")
    return (
        number.startswith("ZX")
        and len(number) <= 40
        and len(parts) == 3
        and all(part.isascii() and part.isdigit() for part in (*parts, last))
        and last == _check(body)
    )


def plain(number: str) -> str:
    """As it was printed: full-width letters, blanks, dashes of any kind and small letters."""
    text = unicodedata.normalize("NFKC", number[:200]).upper()
    dashes = str.maketrans(dict.fromkeys("–—−―‐‑_－﹣", "-"))
    return "".join(text.translate(dashes).split())


_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def _check(text: str) -> str:
    """Damm's digit: one wrong digit and two that changed places are always noticed.

    Damm, H. M. (2004), Total anti-symmetrische Quasigruppen, dissertation, Marburg.
    """
    state = 0
    for digit in text:
        if digit.isdigit():
            state = _DAMM[state][int(digit)]
    return str(state)
