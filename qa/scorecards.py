"""Scorecards: drafted, checked, activated, frozen; restored, compared, taken out of use.

Functions take a session, who acts (a person's id) and the moment; they flush and never commit.
A draft may hold anything the editor can show, also what no score could be computed of; an
activated version always parses, has no errors and passes its own cases.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.errors import EditConflict, InvalidContent, NotFound, OutOfTurn
from kb.formats.source import slug

from .errors import BadRubric, Fault, NotReady
from .jsonfile import LARGEST
from .rubric import JsonObject, Rubric, fingerprint
from .rubric_cases import Outcome, run
from .rubric_checks import Notice
from .rubric_checks import check as notices_of
from .rubric_compare import Change, compare
from .rubric_read import parse
from .tables import Scorecard, ScorecardVersion
from .tables.scorecards import ACTIVE, DRAFT

MOST_KEY = 60
MOST_TITLE = 200
RESERVED = frozenset({"new", "articles"})
"""Keys that would be read as something else in an address."""
BLANK: Mapping[str, Any] = {
    "title": "",
    "mode": "weighted",
    "sections": [
        {
            "key": "s1",
            "title": "第一部分",
            "items": [
                {
                    "key": "q1",
                    "title": "第一项",
                    "kind": "choice",
                    "options": [
                        {"key": "a", "title": "做到", "points": 10},
                        {"key": "b", "title": "没有做到", "points": 0},
                    ],
                }
            ],
        }
    ],
}
"""What somebody begins with who begins with nothing."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a rubric before it is used. ``rubric`` is None where it cannot be read."""

    rubric: Rubric | None
    faults: tuple[Fault, ...] = ()
    notices: tuple[Notice, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def errors(self) -> tuple[str, ...]:
        """What forbids activation, in words."""
        told = [str(fault) for fault in self.faults]
        return (*told, *(str(notice) for notice in self.notices if notice.error))

    @property
    def ready(self) -> bool:
        return not self.errors


# Looking


def listing(session: Session) -> Sequence[Scorecard]:
    """All of them with their versions, those in use first, by title."""
    query = select(Scorecard).options(selectinload(Scorecard.versions))
    return sorted(
        session.scalars(query), key=lambda card: (card.retired_at is not None, card.title, card.key)
    )


def get(session: Session, key: str) -> Scorecard:
    """Raises NotFound."""
    return _one(session, key, hold=False)


def hold(session: Session, key: str) -> Scorecard:
    """The scorecard, kept from other writers until the end. Raises NotFound."""
    return _one(session, key, hold=True)


def _one(session: Session, key: str, *, hold: bool) -> Scorecard:
    query = select(Scorecard).where(Scorecard.key == key.replace("\0", ""))
    found = session.scalar(query.with_for_update() if hold else query)
    if found is None:
        raise NotFound("评分表", key)
    return found


def version(card: Scorecard, number: int) -> ScorecardVersion:
    """Raises NotFound."""
    for each in card.versions:
        if each.number == number:
            return each
    raise NotFound("评分表版本", f"{card.title}第{number}版")


def active_version(session: Session, card: Scorecard) -> ScorecardVersion | None:
    """The version new reviews are scored on; None where it was never activated or is retired."""
    return None if card.retired_at is not None else card.active


def rubric_of(version: ScorecardVersion) -> Rubric:
    """The rubric of a version. Raises BadRubric, for a draft only."""
    return parse(version.content)


def check(content: Any) -> Checked:
    """All there is to know of a rubric as JSON. Never raises."""
    try:
        rubric = parse(content)
    except BadRubric as error:
        return Checked(None, error.faults)
    return Checked(rubric, (), tuple(notices_of(rubric)), tuple(run(rubric)))


def differences(old: ScorecardVersion, new: ScorecardVersion) -> list[Change]:
    """What changed from one version to another. Raises BadRubric for a draft with faults."""
    return compare(rubric_of(old), rubric_of(new))


# Writing


def create(session: Session, content: JsonObject, by: int | None, at: datetime) -> Scorecard:
    """A new scorecard with its first draft. Raises InvalidContent where it cannot be kept."""
    title = _title(content)
    card = Scorecard(key=_fresh_key(session, title), created_at=at, created_by=by)
    session.add(card)
    _add_draft(card, content, by, at)
    session.flush()
    return card


def restore(
    session: Session,
    card: Scorecard,
    number: int,
    by: int | None,
    at: datetime,
    *,
    saves: int | None = None,
) -> ScorecardVersion:
    """A draft with the content of an older version; ``saves`` is that of a draft it replaces.

    Raises NotFound, and EditConflict where there is another draft.
    """
    content = copy.deepcopy(version(card, number).content)
    if card.draft is not None:
        return save(session, card, content, by, at, saves=-1 if saves is None else saves)
    made = _add_draft(card, content, by, at)
    session.flush()
    return made


def save(
    session: Session,
    card: Scorecard,
    content: JsonObject,
    by: int | None,
    at: datetime,
    *,
    saves: int,
) -> ScorecardVersion:
    """Write the draft over; ``saves`` is the count the writer had before their eyes.

    The same content again changes nothing. Raises EditConflict, InvalidContent, OutOfTurn.
    """
    draft = _draft(card, "保存")
    if draft.saves != saves:
        raise EditConflict(draft.title or card.key)
    title = _title(content)
    if content != draft.content:
        draft.content, draft.title = content, title
        draft.saves, draft.changed_at, draft.author_id = saves + 1, at, by
        session.flush()
    return draft


def activate(
    session: Session,
    card: Scorecard,
    by: int | None,
    at: datetime,
    *,
    saves: int,
    note: str = "",
) -> ScorecardVersion:
    """New reviews are scored on the draft from now on; it is never changed again.

    Raises NotReady with what is wrong, EditConflict, OutOfTurn.
    """
    draft = _draft(card, "启用")
    if card.retired_at is not None:
        raise OutOfTurn("停用", "启用新版，请先恢复使用")
    if draft.saves != saves:
        raise EditConflict(draft.title or card.key)
    found = check(draft.content)
    if found.rubric is None or not found.ready:
        raise NotReady(draft.title or card.key, found.errors)
    draft.content, draft.fingerprint = found.rubric.as_json(), fingerprint(found.rubric)
    draft.state, draft.note = ACTIVE, note
    draft.activated_at, draft.activated_by = at, by
    session.flush()
    return draft


def discard(session: Session, card: Scorecard, *, saves: int) -> None:
    """Throw the draft away; with it the scorecard, if it never had another version."""
    draft = _draft(card, "放弃")
    if draft.saves != saves:
        raise EditConflict(draft.title or card.key)
    if len(card.versions) == 1:
        session.delete(card)
    else:
        card.versions.remove(draft)
    session.flush()


def retire(session: Session, card: Scorecard, by: int | None, at: datetime) -> None:
    """No new review is scored on it; those begun go on."""
    if card.retired_at is not None:
        raise OutOfTurn("停用", "再停用一次")
    card.retired_at, card.retired_by = at, by
    session.flush()


def revive(session: Session, card: Scorecard) -> None:
    if card.retired_at is None:
        raise OutOfTurn("在用", "恢复")
    card.retired_at = card.retired_by = None
    session.flush()


def export(version: ScorecardVersion) -> bytes:
    """The rubric as a file that people can read, and that comes back the same."""
    return (json.dumps(version.content, ensure_ascii=False, indent=2) + "\n").encode()


def _draft(card: Scorecard, action: str) -> ScorecardVersion:
    if card.draft is None:
        raise OutOfTurn("没有草稿", action)
    return card.draft


def _add_draft(
    card: Scorecard, content: JsonObject, by: int | None, at: datetime
) -> ScorecardVersion:
    made = ScorecardVersion(
        number=max((each.number for each in card.versions), default=0) + 1,
        state=DRAFT,
        title=_title(content),
        content=content,
        saves=1,
        author_id=by,
        created_at=at,
        changed_at=at,
    )
    card.versions.append(made)
    return made


def _title(content: JsonObject) -> str:
    """The title of a rubric that can be kept. Raises InvalidContent."""
    try:
        kept = json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:  # half of a surrogate pair, NaN
        raise InvalidContent("content", "评分表里有无法保存的字符或数字，请删去后再试。") from None
    if b"\\u0000" in kept:
        raise InvalidContent("content", "评分表里有无法保存的字符（NUL），请删去后再试。")
    if len(kept) > LARGEST:
        raise InvalidContent("content", "评分表太大，请拆成几张。")
    title = content.get("title")
    title = title.strip() if isinstance(title, str) else ""
    if len(title) > MOST_TITLE:
        raise InvalidContent("title", f"名称有 {len(title)} 个字，最多 {MOST_TITLE} 个。")
    return title


def _fresh_key(session: Session, title: str) -> str:
    wanted = (slug(title) or "scorecard")[: MOST_KEY - 5].strip("-")
    taken = set(session.scalars(select(Scorecard.key).where(Scorecard.key.startswith(wanted))))
    if wanted not in taken | RESERVED:
        return wanted
    return next(made for n in range(2, 10**4) if (made := f"{wanted}-{n}") not in taken)
