"""Questions follow their articles: marked when their sentence changes, unmarked when it is back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb import gate
from kb.errors import InvalidContent
from kb.models import Article, Revision

from .kept import append, parts, question_of
from .questions import Source
from .staleness import MOVED, Text, Verdict, look
from .tables.bank import KEPT, PROPOSED, BankQuestion


@dataclass(frozen=True, slots=True)
class Standing:
    """A question against its article: ``text`` is in force now, ``before`` its source's."""

    verdict: Verdict
    text: Revision | None
    before: Revision | None


def settle(session: Session, at: datetime) -> int:
    """Mark what became out of date and unmark what holds again; returns how many changed.

    Audiences follow the articles as well.
    """
    changed = 0
    for part in parts(_ids(session)):
        rows = _rows(session, part)
        articles = _articles(session, (row.article_key for row in rows))
        for row in rows:
            changed += _follow(row, articles.get(row.article_key), at)
        session.flush()
    return changed


def due(session: Session, at: datetime) -> bool:
    """Whether ``settle`` would change anything; nothing is kept."""
    with session.no_autoflush:
        for part in parts(_ids(session)):
            rows = _rows(session, part)
            articles = _articles(session, (row.article_key for row in rows))
            for row in rows:
                article = articles.get(row.article_key)
                if _wanted(row, article, at) != (row.stale_why, list(row.audiences)):
                    return True
    return False


def follow(session: Session, row: BankQuestion, at: datetime) -> None:
    """The same for one question, whose text was changed."""
    _follow(row, _articles(session, [row.article_key]).get(row.article_key), at)
    session.flush()


def _ids(session: Session) -> Sequence[int]:
    query = select(BankQuestion.id).where(
        BankQuestion.article_key != "", BankQuestion.state.in_((KEPT, PROPOSED))
    )
    return session.scalars(query.order_by(BankQuestion.article_key, BankQuestion.id)).all()


def _rows(session: Session, ids: Sequence[int]) -> Sequence[BankQuestion]:
    query = select(BankQuestion).where(BankQuestion.id.in_(ids)).order_by(BankQuestion.article_key)
    return session.scalars(query.options(selectinload(BankQuestion.versions))).all()


def _articles(session: Session, keys: Iterable[str]) -> Mapping[str, Article]:
    query = select(Article).where(Article.key.in_(set(keys)))
    found = session.scalars(query.options(selectinload(Article.revisions)))
    return {article.key: article for article in found}


def _follow(row: BankQuestion, article: Article | None, at: datetime) -> bool:
    why, audiences = _wanted(row, article, at)
    if (why, audiences) == (row.stale_why, list(row.audiences)):
        return False
    if why != row.stale_why:
        row.stale_at = (row.stale_at or at) if why else None
        row.stale_why = why
    row.audiences = audiences
    return True


def _wanted(row: BankQuestion, article: Article | None, at: datetime) -> tuple[str, list[str]]:
    """(why it is stale or '', who may be asked). What rests on no article of ours stays."""
    if article is None or not article.published:
        return "", list(row.audiences)
    found = against(row, article, at)
    text = found.text or article.published[-1]
    return found.verdict.state if found.verdict.stale else "", list(text.audiences)


def standing(session: Session, row: BankQuestion, at: datetime) -> Standing | None:
    """How the newest version stands; None where it rests on no article of the centre."""
    article = _articles(session, [row.article_key]).get(row.article_key)
    return None if article is None or not article.published else against(row, article, at)


def against(row: BankQuestion, article: Article, at: datetime) -> Standing:
    source = question_of(row.latest).source
    assert source is not None
    text = None if article.retired_at else gate.decide(article.published, at)
    before = next((r for r in article.published if r.number == source.revision), None)
    if text is not None and before is text:
        return Standing(_unmoved(source, text), text, before)
    verdict = look(source, _text(text), _text(before))
    return Standing(verdict, text, before)


def _unmoved(source: Source, text: Revision) -> Verdict:
    """Of the revision it was made from, only the words can be another: somebody typed them."""
    return look(source, _text(text))


def _text(revision: Revision | None) -> Text | None:
    return None if revision is None else Text(revision.title, revision.body)


def still_right(session: Session, row: BankQuestion, person_id: int | None, at: datetime) -> None:
    """Somebody says that the question holds by the new text: its source moves there.

    That is a new version. Raises InvalidContent where there is no sentence to move to.
    """
    found = standing(session, row, at)
    if found is None or not found.verdict.stale:
        row.stale_at, row.stale_why = None, ""
        session.flush()
        return
    if found.text is None or not found.verdict.quote:
        raise InvalidContent("source", "原来的句子已经没有了，请改题或停用。")
    question = question_of(row.latest)
    assert question.source is not None
    verdict = found.verdict
    moved = replace(
        question.source,
        revision=found.text.number,
        start=verdict.start,
        end=verdict.end,
        quote=verdict.quote,
    )
    append(row, replace(question, source=moved), found.text, person_id, at, "文章改了，题目仍然对")
    row.stale_at, row.stale_why = None, ""
    session.flush()


def placed(source: Source, text: Revision) -> Source | None:
    """The source at the words' place in a text; None where they are not in it."""
    verdict = look(source, Text(text.title, text.body))
    if verdict.state not in ("same", MOVED):
        return None
    return replace(source, revision=text.number, start=verdict.start, end=verdict.end)
