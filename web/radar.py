"""What to look at before publishing: gathers what ``kb.radar`` compares a text with.

The articles that may speak of the same are those the search finds for its title and for its
sentences with numbers; all through the gate, for the person who is about to publish. Addresses
outside are only listed: nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, gate, radar
from kb.models import Article, Revision
from kb.radar import Finding, Link, Other, Resting
from kb.records import Record

from . import audit_notes
from .context import now, reading, services, viewer

BY_TITLE = 12
BY_SENTENCE = 6
MOST_SENTENCES = 12
"""Searches are most of the time this takes: see ``BY_SENTENCE`` results for each of these."""
LONGEST_QUESTION = 60

Source = Callable[[Session, str, Sequence[str]], Sequence[Resting]]
"""(session, key of the article, its sentences that are to go) → the questions made from them."""

QUESTION_SOURCES: tuple[Source, ...] = ()
"""Who knows of questions that rest on an article's sentences. The knowledge base knows of none;
a bank of questions adds its function here. It reads with the session it is given, answers for
published articles only, and is called whenever the findings are shown."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, and the addresses outside, which nobody has opened."""

    findings: Sequence[Finding]
    outside: Sequence[Link]
    compared: int

    @property
    def lines(self) -> list[str]:
        return [finding.line() for finding in self.findings]


def look(
    text: Record, before: Record | None = None, sources: Sequence[Source] = QUESTION_SOURCES
) -> Seen:
    """What to look at before ``text`` is published in the place of ``before``."""
    others = _others(text, before)
    links = radar.links(text.body)
    findings = [
        *radar.contradictions(text, others, before),
        *radar.duplicates(text, others),
        *_dead(links),
        *_questions(text, before, sources),
    ]
    return Seen(findings[: radar.MOST], [link for link in links if not link.key], len(others))


def of(article: Article, revision: Revision) -> Seen:
    """The same for a stored text, against the one it takes the place of."""
    published = [r for r in article.published if r.number < revision.number]
    held = None if article.retired_at else gate.decide(published, now())
    return look(revision.record(), held.record() if held else None)


def before_publishing(key: str, text: Record | None = None) -> Seen | None:
    """The same for the draft of an article, or for the ``text`` that is about to be saved.

    Asked before the database is held for writing. None when there is nothing to publish.
    """
    article = articles.find(reading(), key.replace("\0", ""))
    if article is None or (text is None and article.draft is None):
        return None
    held = None if article.retired_at else gate.decide(article.published, now())
    record = text or article.latest.record()
    return look(record, held.record() if held else None)


def note(writes: Session, revision: Revision, seen: Seen | None) -> None:
    """Keep in the trail that this was published with findings open; nothing if there were none."""
    if seen is not None and seen.findings:
        audit_notes.note(writes, "revision", revision.id, {"findings": ("", seen.lines)})


def said(seen: Seen | None) -> str:
    """What to add to the sentence that says that it is published."""
    if seen is None or not seen.findings:
        return ""
    return f"发布时有 {len(seen.findings)} 处提醒没有处理，已记入操作记录。"


def _others(text: Record, before: Record | None) -> list[Other]:
    old = {claim.plain for claim in radar.claims(before.body)} if before else set()
    asked = [claim.text for claim in radar.claims(text.body) if claim.plain not in old]
    keys = dict.fromkeys(_found(text.title, BY_TITLE))
    for sentence in asked[:MOST_SENTENCES]:
        keys.update(dict.fromkeys(_found(sentence[:LONGEST_QUESTION], BY_SENTENCE)))
    keys.pop(text.key, None)
    ids = reading().scalars(select(Article.id).where(Article.key.in_(list(keys)))).all()
    held = gate.in_force_of(reading(), viewer(), now(), ids)
    return [Other(r.article.key, r.title, r.body) for r in held.values()]


def _found(question: str, limit: int) -> list[str]:
    library = services().library
    found = library.search(question, viewer=viewer(), limit=limit, session=reading(), literal=True)
    return [hit.key for hit in found.hits]


def _dead(links: Sequence[Link]) -> list[Finding]:
    found = []
    for link in links:
        why = _why(link.key) if link.key else ""
        if why:
            found.append(radar.dead(link, why))
    return found


def _why(key: str) -> str:
    """Why an article cannot be opened, as far as this person may know; '' when it can."""
    article = articles.find(reading(), key.replace("\0", ""))
    if article is None or not viewer().may_see(article.latest.audiences):
        return "不存在（或您不能看）"
    if article.retired_at is not None:
        return "已停用"
    held = gate.decide(article.revisions, now())
    if held is None:
        return "现在没有生效的内容"
    return "" if viewer().may_see(held.audiences) else "不存在（或您不能看）"


def _questions(text: Record, before: Record | None, sources: Sequence[Source]) -> list[Finding]:
    gone = radar.gone(before, text) if before else []
    if not gone:
        return []
    return [
        radar.rests(question)
        for source in sources
        for question in source(reading(), text.key, gone)
    ]
