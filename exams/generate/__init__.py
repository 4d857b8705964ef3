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

from kb.duplicates import Sketch, similarity
from kb.index import open_index, rebuild
from kb.index.contract import Document, Scope
from kb.search import search
from kb.vocabulary import EMPTY

from ..duplicates import LEAST, said, sketch
from ..questions import Question
from ..reading import read
from . import formulas, lists, names, spans, tables, truth, values
from .checks import CHECKED, fault, places, true_elsewhere
from .corpus import Article, Corpus, Line, parts, sections
from .drafts import GAP, TOLD, Draft, Turns, chance, unfit
from .metrics import measure

MOST = 8
"""Questions of one article: more would ask everything it says."""

_STATEMENTS = 2
"""How often statements of one article are asked about together."""

Finder = Callable[[str], Sequence[str]]
"""A query → keys of articles, the best first."""


@dataclass(slots=True)
class Generated:
    """Questions and what became of the rest.

    ``rejected``: {reason: how many candidates}; ``without``: {key of an article that gave none:
    the reason that most of its sentences fell for}. For each question that was looked at
    thoroughly: ``places`` that state its key, wrong options ``true_elsewhere``, the place of its
    article among what its stem finds (``ranks``), and among what the stem finds that does not
    name it (``untitled``).
    """

    questions: list[Question] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    without: dict[str, str] = field(default_factory=dict)
    articles: int = 0
    places: list[int] = field(default_factory=list)
    true_elsewhere: list[int] = field(default_factory=list)
    ranks: list[int | None] = field(default_factory=list)
    untitled: list[int | None] = field(default_factory=list)

    def metrics(self) -> dict[str, Any]:
        """Figures of what was made; see :mod:`exams.generate.metrics`."""
        return measure(self)

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
    thorough: bool = False,
) -> Generated:
    """Questions from the articles whose key is ``wanted`` (None = all).

    All ``articles`` are the base: against them keys are checked, from them wrong options come.
    ``find`` searches the base; without one the memory engine does. ``after`` is told of each
    article that is done. ``thorough``: every check is made once more, for the figures.
    """
    corpus = Corpus(articles)
    keys = None if wanted is None else frozenset(wanted)
    made = Generated()
    with _finder(corpus.articles, find, 3 if thorough else 1) as found:
        for article in corpus.articles:
            if keys is None or article.key in keys:
                made.articles += 1
                _ask(corpus, article, found, made)
                after(article)
        if thorough:
            _look(corpus, made, found)
    return made


def _ask(corpus: Corpus, article: Article, find: Finder, made: Generated) -> None:
    """The questions of one article, or why there is none."""
    fallen: Counter[str] = Counter()
    questions = list(_of_article(corpus, article, find, fallen))
    made.questions += questions
    made.rejected += fallen
    if not questions:
        made.without[article.key] = max(fallen, key=lambda why: fallen[why], default="no_fact")


def _look(corpus: Corpus, made: Generated, find: Finder) -> None:
    """The checks once more, each by itself and on the questions as they are."""
    titles = {article.key: f"《{article.title}》" for article in corpus.articles}
    for question in made.questions:
        assert question.source is not None
        key = question.source.article
        if question.kind in CHECKED:
            made.places.append(places(corpus, question))
        made.true_elsewhere.append(len(true_elsewhere(corpus, question)))
        words = "\n".join((question.stem, *question.texts().values())).replace(GAP, " ")
        stem = words if question.kind in ("order", "match") else question.stem.replace(GAP, " ")
        made.ranks.append(_rank(key, find(stem)))
        made.untitled.append(_rank(key, find(stem.replace(titles[key], ""))))


def _of_article(
    corpus: Corpus, article: Article, find: Finder, fallen: Counter[str]
) -> Iterator[Question]:
    taken = _Taken()
    for draft in _candidates(corpus, article, taken, fallen):
        question = read({**draft.value, "source": _evidence(draft)})
        like = sketch(said(question.as_dict()))
        if why := taken.refused(draft, like) or fault(corpus, question):
            fallen[why] += 1
            continue
        if _rank(article.key, find(draft.stem_words.replace(GAP, " "))) != 1:
            fallen["not_found"] += 1
            continue
        taken.add(draft, like)
        yield question


@dataclass(slots=True)
class _Taken:
    """What an article was asked about already: lines, facts and how it was said."""

    lines: set[int] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    said: list[Sketch] = field(default_factory=list)

    def refused(self, draft: Draft, like: Sketch) -> str:
        """Why this is no new question; '' if it is one."""
        if len(self.said) >= MOST:
            return "enough"
        if self.touches(*draft.lines):
            return "same_line"
        if draft.fact and draft.fact in self.facts:
            return "same_fact"
        if any(similarity(like, other) >= LEAST for other in self.said):
            return "near_duplicate"
        return ""

    def touches(self, *lines: Line) -> bool:
        return any(id(line) in self.lines for line in lines)

    def add(self, draft: Draft, like: Sketch) -> None:
        self.lines.update(id(line) for line in draft.lines)
        self.facts.add(draft.fact)
        self.said.append(like)


def _evidence(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft.source, name) for name in draft.source.__slots__}


def _rank(key: str, found: Sequence[str]) -> int | None:
    """The place of an article among what was found, from 1; None = not among it."""
    return found.index(key) + 1 if key in found else None


def _candidates(
    corpus: Corpus, article: Article, taken: _Taken, fallen: Counter[str]
) -> Iterator[Draft]:
    """Drafts, the most telling kinds first. What was taken meanwhile is not asked again."""
    turns = Turns(article)
    runs = [lines for _, lines in sections(corpus, article)]
    for lines in runs:
        yield from _some(lists.ordered(corpus, article, lines))
    for table in (*tables.tables(corpus, article), *tables.lists(runs)):
        if not taken.touches(*table.lines):
            yield from tables.asked(article, table, turns)
    for lines in runs:
        if not taken.touches(*lines):
            yield from _some(lists.points(corpus, article, lines))
    fit = []
    told = [line for line in corpus.lines[article.key] if line.sentence.kind in TOLD]
    for line in told:
        why = "two_places" if corpus.alike(line, values.ALIKE) else ""
        if not why and (draft := formulas.asked(corpus, line, turns)):
            yield draft
            continue
        if why:
            fallen[why] += 1
        elif not taken.touches(line):
            for part in parts(line):
                if why := unfit(part):
                    fallen[why] += 1
                else:
                    fit.append(part)
    for _ in range(_STATEMENTS):
        rest = [line for line in fit if not taken.touches(line) and not _valued(line)]
        yield from _some(truth.statements(corpus, article, rest, turns))
    for line in sorted(fit, key=lambda line: not _valued(line)):
        if taken.touches(line):
            continue
        if draft := _of_line(corpus, line, turns):
            yield draft
        else:
            fallen["no_fact"] += 1


def _valued(line: Line) -> bool:
    return bool(values.asked_for(line) or lists.series(line.text) or spans.spans(line))


def _some(draft: Draft | None) -> Iterator[Draft]:
    if draft is not None:
        yield draft


def _of_line(corpus: Corpus, line: Line, turns: Turns) -> Draft | None:
    """One question of a line: which kind comes first takes turns, the first that works is it."""
    if draft := lists.belonging(corpus, line):
        return draft
    ways: list[Callable[[], Draft | None]] = [
        lambda: _of_value(corpus, line, turns),
        lambda: names.single(corpus, line, turns),
        lambda: spans.single(corpus, line, turns),
    ]
    turn = turns.next("way", len(ways) + 1)
    ways = [*ways[turn:], *ways[:turn]]
    # A statement can be made of most lines: it comes first only where its turn is.
    ways.insert(0 if turn == len(ways) else len(ways), lambda: truth.judged(corpus, line, turns))
    for way in ways:
        if draft := way():
            return draft
    return lists.term(corpus, line)


def _of_value(corpus: Corpus, line: Line, turns: Turns) -> Draft | None:
    """A value to choose, to recall as a number or to fill in."""
    asked = values.asked_for(line)
    if not asked:
        return None
    each = asked[chance(line.text, "which") % len(asked)]
    if turns.next("value", 2) and (draft := values.single(corpus, line, each, turns)):
        return draft
    made = values.recall if chance(line.text, "unit") % 2 else values.filled
    return made(line, each)


@contextmanager
def _finder(articles: Sequence[Article], given: Finder | None, limit: int) -> Iterator[Finder]:
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
                limit=limit,
                fetch=lambda ids: {id: documents[id] for id in ids},
                literal=True,
            )
            return [hit.key for hit in found.hits]

        yield find


__all__ = ["Article", "Finder", "Generated", "generate"]
