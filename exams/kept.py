"""The bank over its tables: questions under lasting keys, kept in versions.

    bank = Kept(session, at, person_id)
    take(bank, formats.read(data, "题库.xlsx"))
    bank.added, bank.revised, bank.unchanged

Topics of a question that names none are those of the article it rests on; the article's
audiences say who may be asked it. Functions flush and never commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb import gate
from kb.database import dump_json
from kb.errors import NotFound
from kb.models import Article, Revision
from kb.text import fold

from .questions import Question
from .reading import read
from .tables.bank import KEPT, PROPOSED, BankQuestion, QuestionTopic, QuestionVersion

PART = 500
"""Databases bind only so many values in one statement."""

ASKABLE = (KEPT, PROPOSED)
"""States of what the bank holds; the others are only remembered."""

T = TypeVar("T")


def parts(items: Iterable[T], size: int = PART) -> Iterator[list[T]]:
    """Lists of up to ``size``."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


@dataclass(slots=True)
class Kept:
    """The bank as ``exams.bank.Bank`` wants it, in one unit of work.

    ``state`` is that of questions that are new. After ``keep`` the lists hold the keys of what
    was new, became a new version, or was there already as it is.
    """

    session: Session
    at: datetime
    person_id: int | None = None
    state: str = KEPT
    note: str = ""
    added: list[str] = field(default_factory=list)
    revised: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def keep(self, questions: Sequence[Question]) -> None:
        """Add the questions; one whose key is there becomes a new version, if it is another."""
        for part in parts(questions):
            there = of_keys(self.session, (question.key for question in part))
            texts = sources(self.session, part, self.at)
            for question in part:
                self._keep(question, there, texts)
            self.session.flush()

    def _keep(
        self,
        question: Question,
        there: dict[str, BankQuestion],
        texts: Mapping[str, Revision],
    ) -> None:
        text = texts.get(question.source.article) if question.source else None
        asked = _with_topics(question, text)
        row = there.get(asked.key)
        if row is None:
            row = BankQuestion(
                key=asked.key, state=self.state, created_at=self.at, created_by=self.person_id
            )
            there[asked.key] = row
            self.session.add(row)
            self.added.append(asked.key)
        elif row.latest.content == asked.as_dict():
            self.unchanged.append(asked.key)
            return
        else:
            self.revised.append(asked.key)
        append(row, asked, text, self.person_id, self.at, self.note)

    def all(self, states: Sequence[str] = ASKABLE) -> Iterator[Question]:
        """Every question in use or proposed, as it now is, in the order of the keys."""
        for row in listed(self.session, states):
            yield question_of(row.latest)

    def counts(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in ("added", "revised", "unchanged")}


def listed(session: Session, states: Sequence[str] = ASKABLE) -> Sequence[BankQuestion]:
    """Questions with their versions, in the order of the keys."""
    query = (
        select(BankQuestion)
        .where(BankQuestion.state.in_(states))
        .options(selectinload(BankQuestion.versions))
        .order_by(BankQuestion.key)
    )
    return session.scalars(query).all()


def get(session: Session, key: str) -> BankQuestion:
    """Raises NotFound."""
    found = of_keys(session, [key]).get(key)
    if found is None:
        raise NotFound("试题", key)
    return found


def of_keys(session: Session, keys: Iterable[str]) -> dict[str, BankQuestion]:
    """{key: the question with its versions} of those that are there."""
    found: dict[str, BankQuestion] = {}
    for part in parts(dict.fromkeys(keys)):
        query = select(BankQuestion).where(BankQuestion.key.in_(part))
        rows = session.scalars(query.options(selectinload(BankQuestion.versions)))
        found |= {row.key: row for row in rows}
    return found


def question_of(version: QuestionVersion) -> Question:
    """What a version says."""
    return read(version.content)


def mark(row: BankQuestion) -> str:
    """What an editor was shown, in a few letters: another mark, another question."""
    newest = row.latest
    said = dump_json([newest.number, newest.content, row.grade])
    return f"{newest.number}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def revise(
    session: Session,
    row: BankQuestion,
    question: Question,
    person_id: int | None,
    at: datetime,
    note: str = "",
) -> bool:
    """Keep another text; says whether it is another.

    A version that nobody was asked is rewritten, else there is a new one; what the generator
    proposed stays beside what a person made of it. The key stays.
    """
    text = sources(session, [question], at).get(question.source.article if question.source else "")
    asked = _with_topics(replace(question, key=row.key), text)
    newest = row.latest
    if newest.content == asked.as_dict():
        return False
    generated = row.state == PROPOSED and newest.author_id is None
    if newest.used_at is None and not generated:
        newest.content, newest.at, newest.author_id = asked.as_dict(), at, person_id
        newest.note = note or newest.note
        _repeat(row, asked, text)
    else:
        append(row, asked, text, person_id, at, note)
    session.flush()
    return True


def create(
    session: Session,
    question: Question,
    person_id: int | None,
    at: datetime,
    *,
    grade: str = "",
    state: str = KEPT,
) -> BankQuestion:
    """A question of somebody's own; its key must be free."""
    text = sources(session, [question], at).get(question.source.article if question.source else "")
    row = BankQuestion(
        key=question.key, state=state, grade=grade, created_at=at, created_by=person_id
    )
    session.add(row)
    append(row, _with_topics(question, text), text, person_id, at)
    session.flush()
    return row


def append(
    row: BankQuestion,
    question: Question,
    text: Revision | None,
    person_id: int | None,
    at: datetime,
    note: str = "",
) -> QuestionVersion:
    """A new version; ``text`` is the article it rests on, None where there is none."""
    made = QuestionVersion(
        number=len(row.versions) + 1,
        content=question.as_dict(),
        note=note,
        author_id=person_id,
        at=at,
    )
    row.versions.append(made)
    _repeat(row, question, text)
    return made


def _repeat(row: BankQuestion, question: Question, text: Revision | None) -> None:
    """What the newest version says, where the bank is searched."""
    row.kind, row.difficulty = question.kind, question.difficulty
    row.folded = fold("\n".join((question.stem, *question.texts().values()))).text
    row.article_key = question.source.article if question.source else ""
    row.audiences = list(text.audiences) if text else []
    named = {topic.topic: topic for topic in row.topics}
    row.topics = [named.get(topic) or QuestionTopic(topic=topic) for topic in question.topics]


def _with_topics(question: Question, text: Revision | None) -> Question:
    if question.topics or text is None or text.category is None:
        return question
    return replace(question, topics=(text.category.path,))


def sources(session: Session, questions: Iterable[Question], at: datetime) -> dict[str, Revision]:
    """{key of an article: its text in force, else the last that was}, as far as there is one."""
    keys = dict.fromkeys(q.source.article for q in questions if q.source)
    found: dict[str, Revision] = {}
    for part in parts(keys):
        query = select(Article).where(Article.key.in_(part))
        for article in session.scalars(query.options(selectinload(Article.revisions))):
            published: Sequence[Any] = article.published
            if published:
                found[article.key] = gate.decide(published, at) or published[-1]
    return found
