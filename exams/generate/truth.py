"""True or false: the sentence as it stands, or with exactly one thing changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .corpus import Article, Corpus, Line, overlap, source
from .drafts import Draft, chance, scope, shuffled, titled, value
from .values import asked_for, false_by_value

_SWAPS = (
    ("不得", "可以"),
    ("不能", "可以"),
    ("不可以", "可以"),
    ("不需要", "需要"),
    ("不收", "要收"),
    ("必须", "不必"),
    ("应当", "不必"),
    ("可以", "不可以"),
    ("只能", "不必"),
)
"""What turns a rule into its opposite; longer words first, so that 不可以 is not 可以."""

_ASKS = re.compile(r"能不能|可不可以|可以.{0,2}不|是否|要不要|不得不|不能不")
_SAME = 0.9


def judged(corpus: Corpus, line: Line) -> Draft | None:
    """A statement to judge: half of them true, word for word, and half false by one change.

    True ones too have something that could have been changed: else its absence gives them away.
    """
    words = falsified(corpus, line)
    if words is None:
        return None
    if chance(line.text, line.article.key, "truth") % 2:
        return _draft(line, line.text, True)
    return _draft(line, words, False)


def falsified(corpus: Corpus, line: Line) -> str | None:
    """The sentence with one thing changed that makes it false, if there is such a thing."""
    return next((w for w in _changed(corpus, line) if not _stated(corpus, line, w)), None)


def statements(corpus: Corpus, article: Article, lines: Sequence[Line]) -> Draft | None:
    """Which of four statements of one article hold? Two or three do, the rest are changed."""
    pairs = [(line, words) for line in lines if (words := falsified(corpus, line))]
    if len(pairs) < 4:
        return None
    chosen = shuffled(pairs, article.key, "statements")[:4]
    size = 2 + chance(article.key, "true") % 2
    said = [line.text if n < size else words for n, (line, words) in enumerate(chosen)]
    order = shuffled(range(4), article.key, "shown")
    options = [
        {"key": key, "text": f"{scope(chosen[n][0]).partition('》')[2].lstrip('：')}{said[n]}。"}
        for key, n in zip("ABCD", order, strict=True)
    ]
    answer = [key for key, n in zip("ABCD", order, strict=True) if n < size]
    stem = f"{titled(article, ())}下列说法哪些符合规定？"
    made = value(
        "multiple", article, "".join(said), stem, options=options, answer=answer, policy="partial"
    )
    made["explanation"] = "\n".join(f"原文：{line.text}。" for line, _ in chosen[size:])
    used = tuple(line for line, _ in chosen)
    spans = sorted((line.sentence.start, line.sentence.end) for line in used)
    evidence = source(article, spans[0][0], spans[-1][1])
    return Draft(made, evidence, article, stem, used)


def _draft(line: Line, words: str, answer: bool) -> Draft:
    stem = scope(line) + words + "。"
    made = value("judge", line.article, line.text, stem, answer=answer)
    if not answer:
        made["explanation"] = f"原文：{line.text}。"
    return Draft(made, line.source, line.article, stem, (line,))


def _changed(corpus: Corpus, line: Line) -> Iterator[str]:
    for each in asked_for(line):
        if words := false_by_value(corpus, line, each):
            yield words
    yield from _opposites(line.text)


def _opposites(text: str) -> Iterator[str]:
    """The text with one rule word turned round; only where there is one such word."""
    found = [(word, other) for word, other in _SWAPS if word in text]
    if not found or _ASKS.search(text):
        return
    word, other = found[0]
    begin = text.index(word)
    others = [w for w, _ in found if w not in word]
    if text.count(word) == 1 and not others:
        yield text[:begin] + other + text[begin + len(word) :]


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
