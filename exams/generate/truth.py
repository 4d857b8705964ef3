"""True or false: the sentence as it stands, or with exactly one thing changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .corpus import Article, Corpus, Line, overlap, source
from .drafts import Draft, Turns, chance, choice, scope, shuffled, titled, value, worded
from .names import changed as changed_name
from .opposites import opposites
from .spans import changed as changed_span
from .values import asked_for, fact_of, false_by_value

_SAME = 0.9
_ENOUGH = 4
"""Statements that could be false, for four of them to be asked about together."""

_LONGEST = 60


def judged(corpus: Corpus, line: Line, turns: Turns) -> Draft | None:
    """A statement to judge: half of them true, word for word, and half false by one change.

    True ones too have something that could have been changed: else its absence gives them away.
    """
    words = falsified(corpus, line)
    if words is None:
        return None
    if turns.next("truth", 2):
        return _draft(line, line.text, True)
    return _draft(line, words, False)


def falsified(corpus: Corpus, line: Line) -> str | None:
    """The sentence with one thing changed that makes it false, if there is such a thing."""
    if id(line) not in corpus.falsified:
        words = next((w for w in _changed(corpus, line) if not _stated(corpus, line, w)), None)
        corpus.falsified[id(line)] = line, words  # the line is held, so that its id stays its own
    return corpus.falsified[id(line)][1]


def statements(
    corpus: Corpus, article: Article, lines: Sequence[Line], turns: Turns
) -> Draft | None:
    """Which of four statements of one article hold, or which one does not? From five on."""
    pairs = [
        (line, words)
        for line in lines
        if len(line.text) <= _LONGEST and (words := falsified(corpus, line))
    ]
    if len(pairs) < _ENOUGH:
        return None
    chosen = shuffled(pairs, article.key, "statements")[:4]
    single = turns.next("statements", 2) == 0
    size = 3 if single else 2 + turns.next("true", 2)
    said = [line.text if n < size else words for n, (line, words) in enumerate(chosen)]
    told = [_bare_scope(line) + text + "。" for (line, _), text in zip(chosen, said, strict=True)]
    stem = titled(article, ())
    if single:
        stem += worded(article, "下列说法哪一项不符合规定？")
        options = choice(turns.placed(told[3], told[:3]))
        answer: str | list[str] = next(o["key"] for o in options if o["text"] == told[3])
    else:
        stem += worded(article, "下列说法哪些符合规定？")
        options = choice([told[n] for n in shuffled(range(4), article.key, "shown")])
        answer = [o["key"] for o in options if o["text"] in told[:size]]
    made = value(
        "single" if single else "multiple",
        article,
        "".join(said),
        stem,
        options=options,
        answer=answer,
    )
    if not single:
        made["policy"] = "partial"
    made["difficulty"] = "medium"
    origin = worded(article, "原文：")
    made["explanation"] = "\n".join(f"{origin}{line.text}。" for line, _ in chosen[size:])
    used = tuple(line for line, _ in chosen)
    spans = sorted((line.sentence.start, line.sentence.end) for line in used)
    evidence = source(article, spans[0][0], spans[-1][1])
    return Draft(made, evidence, article, stem, used)


def _bare_scope(line: Line) -> str:
    """The section and what leads into the sentence, without the article's title."""
    return scope(line).partition("》")[2].lstrip("：")


def _draft(line: Line, words: str, answer: bool) -> Draft:
    stem = scope(line) + words + "。"
    made = value("judge", line.article, line.text, stem, answer=answer)
    if not answer:
        made["explanation"] = worded(line.article, "原文：") + f"{line.text}。"
    fact = next((fact_of(each) for each in asked_for(line)), "")
    return Draft(made, line.source, line.article, stem, (line,), fact)


def _changed(corpus: Corpus, line: Line) -> Iterator[str]:
    """The sentence changed by a value, else by a word of its rule or by a name, in turn."""
    yield from _by_value(corpus, line)
    ways = (_by_rule, _by_name)
    first = chance(line.text, "way") % 2
    for way in (*ways[first:], *ways[:first]):
        yield from way(corpus, line)


def _by_value(corpus: Corpus, line: Line) -> Iterator[str]:
    for each in asked_for(line):
        if words := false_by_value(corpus, line, each):
            yield words
    if words := changed_span(corpus, line, chance(line.text, "span")):
        yield words


def _by_rule(corpus: Corpus, line: Line) -> Iterator[str]:
    yield from opposites(line.text, line.article.traditional)


def _by_name(corpus: Corpus, line: Line) -> Iterator[str]:
    if words := changed_name(corpus, line):
        yield words


def _stated(corpus: Corpus, line: Line, words: str) -> bool:
    """Does any line say just this?"""
    if corpus.says(words):
        return True
    changed = Line(line.article, line.sentence, words)
    measures = {each.measure for each in changed.values}
    return any(
        overlap(near.grams, changed.grams) >= _SAME
        and measures <= {each.measure for each in near.values}
        for near in corpus.alike(changed, _SAME)
        if near is not line and near.text != line.text
    )
