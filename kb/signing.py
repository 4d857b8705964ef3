"""Who must sign which text, by when, and signing it (签收).

A text is to be signed by everybody for whom it is in force (through the gate) and whom it
addresses: everyone, or one of their roles or teams. Whoever sees it only because they may
read everything is not asked. What is owed is decided anew at every moment: somebody who came
later or changed team owes what holds for them now, with the full time from then; signatures
that were given stay; a disabled person owes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, contains_eager

from . import gate, markdown
from .articles import Edit
from .columns import Moment
from .errors import InvalidContent, KbError, NotFound
from .gate import Viewer
from .models import PUBLISHED, Policy, Revision
from .receipts import Signature, SigningReminder, SigningTry
from .signing_terms import MOST_DAYS, Terms

NEVER, OVERDUE, ALWAYS = range(3)
"""When search is held back from somebody who has not signed."""

DAYS, HOLD = "sign.days", "sign.hold"
DEFAULT_DAYS = 7


class StaleText(KbError):
    """What was on the screen is not the text that would be signed."""

    def __init__(self, key: str) -> None:
        super().__init__("您读的时候这篇规章换了新的一版，请看过新的内容再签收。")
        self.key = key


@dataclass(frozen=True, slots=True)
class Rules:
    """The centre's own: ``days`` to sign (0 = no deadline), ``hold`` as above."""

    days: int = DEFAULT_DAYS
    hold: int = NEVER


def rules(session: Session) -> Rules:
    query = select(Policy.name, Policy.value).where(Policy.name.in_((DAYS, HOLD)))
    kept = {name: value for name, value in session.execute(query)}  # noqa: C416
    return Rules(kept.get(DAYS, DEFAULT_DAYS), kept.get(HOLD, NEVER))


def set_rules(session: Session, wanted: Rules) -> None:
    """Raises InvalidContent."""
    if not 0 <= wanted.days <= MOST_DAYS:
        raise InvalidContent("days", f"期限请填 0 到 {MOST_DAYS} 的整数，0 表示没有期限。")
    if wanted.hold not in (NEVER, OVERDUE, ALWAYS):
        raise InvalidContent("hold", "请在三种做法里选一种。")
    for name, value in ((DAYS, wanted.days), (HOLD, wanted.hold)):
        kept = session.get(Policy, name)
        if kept is None:
            session.add(Policy(name=name, value=value))
        elif kept.value != value:
            kept.value = value
    session.flush()


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may have to sign. ``viewer`` has their role and team names, never all;
    ``since`` is when they came to be where they are: no deadline counts from before."""

    person_id: int
    viewer: Viewer
    since: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """A text a person has to sign, or has signed: then ``signature`` says when."""

    revision: Revision
    due: datetime | None
    signature: Signature | None

    def is_overdue(self, at: datetime) -> bool:
        return self.signature is None and self.due is not None and self.due <= at


def text_hash(revision: Revision) -> str:
    """SHA-256, in hex, of the title and the text as it is rendered."""
    shown = f"{revision.title}\n{markdown.render(revision.body)}"
    return hashlib.sha256(shown.encode()).hexdigest()


def demanded(session: Session, at: datetime) -> Sequence[Revision]:
    """Every text in force at ``at`` that is to be signed by somebody, newest first."""
    found = session.scalars(_demanded(), {"at": at}).all()
    return sorted(found, key=lambda r: (r.published_at or at, r.id), reverse=True)


@lru_cache(maxsize=1)
def _demanded() -> Select[Revision]:
    """Built once: every pulse asks it. Unordered: ordered by SQLite, it would read all texts."""
    holds = gate.holds(bindparam("at", type_=Moment))
    query = select(Revision).join(Revision.article).options(contains_eager(Revision.article))
    return query.where(Revision.must_sign, holds)


@lru_cache(maxsize=1)
def _demanded_ids() -> Select[int]:
    return _demanded().with_only_columns(Revision.id, maintain_column_froms=True)


def stamp(session: Session, at: datetime) -> str:
    """Changes whenever somebody's duties may: a text comes or goes, a reminder is sent."""
    ids = ",".join(map(str, sorted(session.scalars(_demanded_ids(), {"at": at}))))
    return f"{ids};{session.scalar(select(func.max(SigningReminder.id)))}"


def begun(revision: Revision) -> datetime:
    """When the text came into force."""
    moments = [m for m in (revision.published_at, revision.effective_from) if m is not None]
    return max(moments, default=revision.created_at)


def due(revision: Revision, since: datetime, days: int) -> datetime | None:
    """By when; ``days`` is the centre's own."""
    own = Terms.of(revision.data).days
    length = days if own is None else own
    return max(begun(revision), since) + timedelta(days=length) if length else None


def duties(session: Session, reader: Reader, at: datetime) -> list[Duty]:
    """All that this person has to sign or has signed of what holds now; unsigned ones first."""
    texts = [r for r in demanded(session, at) if reader.viewer.may_see(r.audiences)]
    found = rolls(session, texts, [reader])
    mine = [found[text.id][reader.person_id] for text in texts]
    return sorted(mine, key=lambda d: (d.signature is not None, d.due is None, d.due or at))


def owed(session: Session, reader: Reader, at: datetime) -> list[Duty]:
    """What this person has still to sign, the most pressing first."""
    return [duty for duty in duties(session, reader, at) if duty.signature is None]


def is_held(session: Session, reader: Reader, at: datetime) -> bool:
    """Whether search is held back until the person has signed."""
    hold = rules(session).hold
    if hold == NEVER:
        return False
    return any(hold == ALWAYS or duty.is_overdue(at) for duty in owed(session, reader, at))


def rolls(
    session: Session, texts: Sequence[Revision], readers: Iterable[Reader]
) -> dict[int, dict[int, Duty]]:
    """{revision id: {person id: duty}} of those whom each text addresses."""
    if not texts:
        return {}
    days = rules(session).days
    counting = _counting(session, texts)
    readers = list(readers)
    query = (
        select(Signature)
        .join(Signature.revision)
        .options(contains_eager(Signature.revision))
        .where(Signature.article_id.in_([text.article_id for text in texts]))
        .order_by(Revision.number)
    )
    if len(readers) == 1:
        query = query.where(Signature.person_id == readers[0].person_id)
    signed: dict[tuple[int, int], list[Signature]] = {}
    for signature in session.scalars(query):
        signed.setdefault((signature.article_id, signature.person_id), []).append(signature)
    return {
        text.id: {
            reader.person_id: Duty(
                text,
                due(text, reader.since, days),
                next(
                    (
                        s
                        for s in reversed(signed.get((text.article_id, reader.person_id), []))
                        if counting[text.id] <= s.revision.number <= text.number
                    ),
                    None,
                ),
            )
            for reader in readers
            if reader.viewer.may_see(text.audiences)
        }
        for text in texts
    }


def _counting(session: Session, texts: Sequence[Revision]) -> dict[int, int]:
    """{revision id: from which number on a signature counts for it}: back to the last change
    that matters."""
    small = [text for text in texts if not Terms.of(text.data).again]
    found = {text.id: text.number for text in texts}
    if not small:
        return found
    query = select(Revision.article_id, Revision.number, Revision.data).where(
        Revision.article_id.in_([text.article_id for text in small]),
        Revision.must_sign,
        Revision.state == PUBLISHED,
    )
    earlier: dict[int, list[tuple[int, bool]]] = {}
    for article_id, number, data in session.execute(query.order_by(Revision.number.desc())):
        earlier.setdefault(article_id, []).append((number, Terms.of(data).again))
    for text in small:
        chain = [pair for pair in earlier[text.article_id] if pair[0] <= text.number]
        mattered = (number for number, again in chain if again)
        found[text.id] = next(mattered, chain[-1][0])
    return found


def last_signed(session: Session, person_id: int, revision: Revision) -> Signature | None:
    """What this person signed last of earlier texts of the article."""
    query = (
        select(Signature)
        .join(Signature.revision)
        .options(contains_eager(Signature.revision))
        .where(
            Signature.person_id == person_id,
            Signature.article_id == revision.article_id,
            Revision.number < revision.number,
        )
        .order_by(Revision.number.desc())
    )
    return session.scalars(query.limit(1)).first()


def to_sign(session: Session, reader: Reader, at: datetime, key: str) -> Revision:
    """The text of that article which this person has to sign. Raises NotFound."""
    found = gate.in_force(session, reader.viewer, at, key)
    if not found.must_sign:
        raise NotFound("要签收的文章", key)
    return found


def sign(
    session: Session,
    reader: Reader,
    key: str,
    shown: str,
    given: Sequence[int | None],
    at: datetime,
) -> list[int]:
    """Sign the text whose hash ``shown`` was on the screen; the wrong answers (from 0) to its
    questions, or [] once it is signed. Every try at questions is kept. Harmless when signed.

    Raises NotFound, StaleText.
    """
    revision = to_sign(session, reader, at, key)
    digest = text_hash(revision)
    if shown != digest:
        raise StaleText(key)
    mine = (Signature.person_id == reader.person_id, Signature.revision_id == revision.id)
    if session.scalar(select(Signature.id).where(*mine)) is not None:
        return []
    terms = Terms.of(revision.data)
    wrong = terms.wrong(given)
    if terms.questions:
        session.add(
            SigningTry(
                person_id=reader.person_id,
                revision_id=revision.id,
                at=at,
                given=list(given),
                passed=not wrong,
            )
        )
    if not wrong:
        session.add(
            Signature(
                person_id=reader.person_id,
                article_id=revision.article_id,
                revision_id=revision.id,
                text_hash=digest,
                signed_at=at,
            )
        )
    session.flush()
    return wrong


def signed_by(session: Session, person_id: int, limit: int = 200) -> Sequence[Signature]:
    """What a person has ever signed, newest first."""
    query = select(Signature).where(Signature.person_id == person_id)
    return session.scalars(query.order_by(Signature.id.desc()).limit(limit)).all()


def tries(session: Session, revision_id: int) -> dict[int, int]:
    """{person id: how often they answered the questions}"""
    query = select(SigningTry.person_id, func.count()).where(SigningTry.revision_id == revision_id)
    return {id: n for id, n in session.execute(query.group_by(SigningTry.person_id))}  # noqa: C416


def remind(
    session: Session, revision: Revision, person_ids: Sequence[int], edit: Edit
) -> SigningReminder:
    """Note that these people were reminded; it reaches them at their next page or pulse."""
    sent = SigningReminder(
        article_id=revision.article_id,
        revision_id=revision.id,
        person_ids=list(person_ids),
        created_at=edit.at,
        created_by=edit.by,
    )
    session.add(sent)
    session.flush()
    return sent


def reminders(session: Session, revision_ids: Sequence[int]) -> Sequence[SigningReminder]:
    """Reminders for these texts, newest first."""
    query = select(SigningReminder).where(SigningReminder.revision_id.in_(revision_ids))
    return session.scalars(query.order_by(SigningReminder.id.desc())).all()
