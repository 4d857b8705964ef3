"""Traces of the person who is asking, from within a request."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import cast

from flask import g, request, session
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from kb import markdown
from kb.models import Revision
from kb.search import Results

from ..answers import said, said_at
from ..context import now, person, services, work
from ..errors import InvalidInput
from . import words
from .recorder import Sight, Who, append
from .tables import COPIED, OPENED, SHOWN
from .words import ANSWER, ARTICLE, Place

LONGEST_CALL = 64
LONGEST_SELECTION = 20_000
_CALL = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEPT = "call"

log = logging.getLogger("zhixi.evidence")


# The call


def current_call() -> str:
    """The call the person named and has not cleared; of the API, the parameter ``call``."""
    if request.blueprint == "api":
        return checked_call(request.args.get("call", ""))
    return cast(str, session.get(_KEPT, ""))


def set_call(text: str) -> str:
    """Keep the call until it is cleared; '' clears it. Raises InvalidInput."""
    call = checked_call(text)
    if call:
        session[_KEPT] = call
    else:
        session.pop(_KEPT, None)
    return call


def checked_call(text: str) -> str:
    """Letters, digits, hyphens and underscores, at most 64; full-width ones become half-width."""
    call = _half_width(text.strip())
    if call and not _CALL.fullmatch(call):
        raise InvalidInput(
            "call", f"通话编号只能用字母、数字、连字符和下划线，最长{LONGEST_CALL}个字。"
        )
    return call


def _half_width(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)


def _who() -> Who:
    sign_in = g.get("sign_in")
    origin = "api" if request.blueprint == "api" else "desk"
    return Who(person().id, sign_in.id if sign_in else None, current_call(), origin)


# What was on the screen


def answers_shown(results: Results) -> None:
    """The first answer of these results stands on the screen; without one, nothing does."""
    first = results.hits[0] if results.hits else None
    answer = first.answer if first else None
    if first is None or answer is None:
        services().evidence.show(person().id, ANSWER, None)
        return
    shown = said(answer.text, answer.condition, answer.columns)
    text = words.answer(first.title, first.revision, shown)
    place = Place(ANSWER, answer.start, answer.end, answer.condition or "")
    sight = Sight(now(), SHOWN, _who(), first.key, first.revision, place, words.sha(text))
    services().evidence.show(person().id, ANSWER, sight)


def article_shown(revision: Revision, span: tuple[int, int] | None, html: str) -> None:
    """An article stands beside the results, not opened on purpose."""
    services().evidence.show(person().id, ARTICLE, _article(SHOWN, revision, span, html))


def article_opened(
    writes: Session, revision: Revision, span: tuple[int, int] | None, html: str
) -> None:
    """An article was opened: tied in this unit of work, with what led to it."""
    append(writes, _with_shown(_article(OPENED, revision, span, html)))


def opened_through_api(revision: Revision) -> None:
    """Another program shows the article to the person in a call."""
    sight = _article(OPENED, revision, None, markdown.render(revision.body))
    _tie(_with_shown(sight))


def article_opened_later(revision: Revision, span: tuple[int, int] | None, html: str) -> None:
    """The same, where the database cannot be written just now."""
    services().evidence.later([_article(OPENED, revision, span, html)])


def copied(revision: Revision, place: Place) -> None:
    """Words of a revision were copied: tied at once, or as soon as the database allows."""
    text = words.again(revision, place)
    key, number = revision.article.key, revision.number
    sight = Sight(now(), COPIED, _who(), key, number, place, words.sha(text))
    _tie(_with_shown(sight))


def _tie(sights: Sequence[Sight]) -> None:
    try:
        with work("evidence.note") as writes:
            append(writes, sights)
    except (IntegrityError, OperationalError) as error:
        log.warning("evidence waits to be written", exc_info=error)
        services().evidence.later(sights)


def _article(act: str, revision: Revision, span: tuple[int, int] | None, html: str) -> Sight:
    marked = said_at(revision.body, *span).text if span else ""
    text = words.article(revision.title, revision.number, marked, html)
    place = Place(ARTICLE, *(span or (None, None)))
    key = revision.article.key
    return Sight(now(), act, _who(), key, revision.number, place, words.sha(text))


def _with_shown(sight: Sight) -> Sequence[Sight]:
    """What the person had on the screen, then what they did. An article that stood beside the
    results and was then opened is one and the same."""
    before = services().evidence.taken(sight.who.person_id)
    kept = [s for s in before if sight.act != OPENED or s.shown_sha != sight.shown_sha]
    return [*kept, sight]
