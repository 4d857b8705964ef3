"""Questions from articles, without a language model, each with its evidence.

    made = generate([Article("fee", "退票费", "开车前8天以上退票不收退票费。…", 1)])
    made.questions[0].source.quote

The rules: the key has one place in the base, no wrong
option is true there, and the stem alone finds its article. What does not pass is counted by
reason. The same base gives the same questions on every machine.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kb.index import open_index, rebuild
from kb.index.contract import Document, Scope
from kb.search import search
from kb.vocabulary import EMPTY

from ..questions import Question
from ..reading import read
from . import lists, tables, truth, values
from .corpus import Article, Corpus, Line, sections
from .drafts import GAP, Draft, chance, unfit
from .metrics import measure

MOST = 8
"""Questions of one article: more would ask everything it says."""

Finder = Callable[[str], Sequence[str]]
"""A query → keys of articles, the best first."""


@dataclass(slots=True)
class Generated:
    """Questions and what became of the rest: {reason: how many candidates}."""

    questions: list[Question] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    articles: int = 0

    def metrics(self) -> dict[str, Any]:
        """Figures of what was made; see :mod:`exams.generate.metrics`."""
        return measure(self.questions, self.articles, self.rejected)

    def as_dict(self) -> dict[str, Any]:
        return {
            "questions": [question.as_dict() for question in self.questions],
            "metrics": self.metrics(),
        }


def generate(
    articles: Iterable[Article],
    wanted: Iterable[str] | None = None,
    *,
    find: Finder | None = None,
    after: Callable[[Article], None] = lambda article: None,
) -> Generated:
    """Questions from the articles whose key is ``wanted`` (None = all).

    All ``articles`` are the base: against them keys are checked, from them wrong options come.
    ``find`` searches the base; without one the memory engine does. ``after`` is told of each
    article that is done.
    """
    corpus = Corpus(articles)
    keys = None if wanted is None else frozenset(wanted)
    made = Generated()
    with _finder(corpus.articles, find) as found:
        for article in corpus.articles:
            if keys is None or article.key in keys:
                made.articles += 1
                made.questions += _of_article(corpus, article, found, made.rejected)
                after(article)
    return made


def _of_article(
    corpus: Corpus, article: Article, find: Finder, rejected: Counter[str]
) -> list[Question]:
    questions: list[Question] = []
    for draft in _drafts(corpus, article, rejected):
        if len(questions) >= MOST:
            rejected["enough"] += 1
            continue
        if article.key not in find(draft.stem_words.replace(GAP, " "))[:1]:
            rejected["not_found"] += 1
            continue
        evidence = {
            "article": draft.source.article,
            "revision": draft.source.revision,
            "start": draft.source.start,
            "end": draft.source.end,
            "quote": draft.source.quote,
        }
        questions.append(read({**draft.value, "source": evidence}))
    return questions


def _drafts(corpus: Corpus, article: Article, rejected: Counter[str]) -> Iterator[Draft]:
    """Candidates, the most valuable first; a line is asked about once."""
    used: set[int] = set()
    for draft in _candidates(corpus, article, rejected):
        lines = {id(line) for line in draft.lines}
        if not lines & used:
            used |= lines
            yield draft


def _candidates(corpus: Corpus, article: Article, rejected: Counter[str]) -> Iterator[Draft]:
    runs = [lines for _, lines in sections(corpus, article)]
    for lines in runs:
        yield from _some(lists.ordered(corpus, article, lines))
    for rows in tables.tables(corpus, article):
        yield from tables.asked(article, rows)
    fit = []
    for line in corpus.lines[article.key]:
        if why := unfit(line):
            rejected[why] += 1
        elif corpus.alike(line, values.ALIKE):
            rejected["two_places"] += 1
        else:
            fit.append(line)
    yield from _some(truth.statements(corpus, article, fit))
    valued = [line for line in fit if values.asked_for(line) or lists.series(line.text)]
    for line in valued:
        yield from _some(_of_line(corpus, line))
    rest = [line for line in fit if line not in valued]
    for line in rest:
        yield from _some(lists.term(corpus, line) or truth.judged(corpus, line))
    for lines in runs:
        yield from _some(lists.points(corpus, article, lines))


def _some(draft: Draft | None) -> Iterator[Draft]:
    if draft is not None:
        yield draft


def _of_line(corpus: Corpus, line: Line) -> Draft | None:
    """One question of a line: which kind comes first looks drawn, the first that works is it."""
    if draft := lists.belonging(corpus, line):
        return draft
    asked = values.asked_for(line)
    if not asked:
        return truth.judged(corpus, line)
    each = asked[chance(line.text, "which") % len(asked)]
    turn = chance(line.text, line.article.key, "kind") % 4
    if turn == 3 and (draft := truth.judged(corpus, line)):
        return draft
    draft = values.single(corpus, line, each) if turn != 2 else None
    if draft is not None:
        return draft
    made = values.recall if chance(line.text, "unit") % 2 else values.filled
    return made(line, each)


@contextmanager
def _finder(articles: Sequence[Article], given: Finder | None) -> Iterator[Finder]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        documents = {
            number: Document(number, number, a.key, a.title, a.body, category=a.category)
            for number, a in enumerate(articles, 1)
        }
        rebuild(folder, "memory:", EMPTY, documents.values())
        index = open_index(folder, "memory:", EMPTY)

        def find(query: str) -> list[str]:
            found = search(
                index,
                query,
                Scope(),
                limit=3,
                fetch=lambda ids: {id: documents[id] for id in ids},
                literal=True,
            )
            return [hit.key for hit in found.hits]

        yield find


__all__ = ["Article", "Finder", "Generated", "generate"]
