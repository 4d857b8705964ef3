"""The centre's dictionary, synonyms and pinned answers, as editors keep them.

Terms shape the index; a change of them needs a rebuild. Synonyms and pins act at the next
search. ``stamp`` changes with every edit, so that each process knows when to read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from .columns import Moment
from .errors import InvalidContent, NotFound
from .models import Article, Base
from .text import fold
from .vocabulary import Vocabulary

MAX_TERM = 40
MAX_GROUP = 20

Row = TypeVar("Row", bound=Base)


class Term(Base):
    """A word that must never be cut, such as 候补购票 or 12306 App."""

    __tablename__ = "term"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(MAX_TERM), unique=True)
    added_at: Mapped[datetime] = mapped_column(Moment)


class SynonymGroup(Base):
    """Words that mean the same to a caller."""

    __tablename__ = "synonym_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[list[str]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(Moment)


class Pin(Base):
    """For exactly this question, this article comes first (if the gate lets it pass)."""

    __tablename__ = "pin"

    id: Mapped[int] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(String(200), unique=True)
    article_id: Mapped[int] = mapped_column(ForeignKey(Article.id))
    added_at: Mapped[datetime] = mapped_column(Moment)

    article: Mapped[Article] = relationship()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All of it as one frozen value. ``pins``: folded query → article id."""

    stamp: str
    vocabulary: Vocabulary
    pins: Mapping[str, int]


def stamp(session: Session) -> str:
    """Changes whenever a term, a group or a pin is added, changed or removed."""
    marks: list[Any] = []
    for model, moment in (
        (Term, Term.added_at),
        (SynonymGroup, SynonymGroup.changed_at),
        (Pin, Pin.added_at),
    ):
        row = session.execute(select(func.count(model.id), func.max(model.id), func.max(moment)))
        marks += row.one()
    return "|".join(str(mark) for mark in marks)


def load(session: Session) -> Lexicon:
    """Read it from the database."""
    groups = session.scalars(select(SynonymGroup).order_by(SynonymGroup.id))
    return Lexicon(
        stamp=stamp(session),
        vocabulary=Vocabulary(
            terms=frozenset(session.scalars(select(Term.text))),
            synonyms=tuple(frozenset(group.words) for group in groups),
        ),
        pins={pin_key(pin.query): pin.article_id for pin in session.scalars(select(Pin))},
    )


def pin_key(query: str) -> str:
    """How a question is compared with a pin: folded, without spaces and end marks."""
    return "".join(fold(query).text.split()).rstrip("?!。.,;:")


# Terms


def add_term(session: Session, text: str, at: datetime) -> Term | None:
    """Add a term; None when it is there already. Raises InvalidContent."""
    text = _word("term", text)
    known = {fold(t).text for t in session.scalars(select(Term.text))}
    if fold(text).text in known:
        return None
    term = Term(text=text, added_at=at)
    session.add(term)
    session.flush()
    return term


def remove_term(session: Session, term_id: int) -> None:
    session.delete(_get(session, Term, term_id, "词条"))


# Synonyms


def parse_words(text: str) -> tuple[str, ...]:
    """``退款 = 退费，退钱`` → its words; every usual separator is understood."""
    for mark in "=＝、，；;|\t\n/":
        text = text.replace(mark, ",")
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def put_group(
    session: Session, words: Iterable[str], at: datetime, group_id: int | None = None
) -> SynonymGroup:
    """A new group, or other words for an old one. Raises InvalidContent."""
    kept = tuple(dict.fromkeys(_word("words", word) for word in words))
    if len({fold(word).text for word in kept}) < 2:
        raise InvalidContent("words", "一组同义词至少要有两个不同的词，用逗号或等号隔开。")
    if len(kept) > MAX_GROUP:
        raise InvalidContent("words", f"一组同义词最多{MAX_GROUP}个，请分成几组。")
    taken = _taken(session, kept, group_id)
    if taken:
        raise InvalidContent("words", f"“{taken}”已经在另一组同义词里，请到那一组修改。")
    if group_id is None:
        group = SynonymGroup(words=list(kept), changed_at=at)
        session.add(group)
    else:
        group = _get(session, SynonymGroup, group_id, "同义词组")
        group.words, group.changed_at = list(kept), at
    session.flush()
    return group


def _taken(session: Session, words: Iterable[str], group_id: int | None) -> str | None:
    wanted = {fold(word).text: word for word in words}
    for group in session.scalars(select(SynonymGroup)):
        if group.id != group_id:
            for word in group.words:
                if fold(word).text in wanted:
                    return wanted[fold(word).text]
    return None


def remove_group(session: Session, group_id: int) -> None:
    session.delete(_get(session, SynonymGroup, group_id, "同义词组"))


# Pins


def put_pin(session: Session, query: str, article: Article, at: datetime) -> Pin:
    """Pin an article to a question, in the place of an older pin. Raises InvalidContent."""
    query = query.strip()
    if not pin_key(query) or len(query) > 200:
        raise InvalidContent("query", "请填写来电人的问法，最长200个字。")
    for pin in session.scalars(select(Pin)):
        if pin_key(pin.query) == pin_key(query):
            pin.query, pin.article, pin.added_at = query, article, at
            break
    else:
        pin = Pin(query=query, article=article, added_at=at)
        session.add(pin)
    session.flush()
    return pin


def remove_pin(session: Session, pin_id: int) -> None:
    session.delete(_get(session, Pin, pin_id, "置顶"))


def _word(field: str, text: str) -> str:
    text = " ".join(text.split())
    if not fold(text).text.strip():
        raise InvalidContent(field, "请填写词语。")
    if len(text) > MAX_TERM:
        raise InvalidContent(field, f"一个词最长{MAX_TERM}个字。")
    return text


def _get(session: Session, model: type[Row], id: int, what: str) -> Row:
    found = session.get(model, id)
    if found is None:
        raise NotFound(what, str(id))
    return found
