"""What is asked of every generated question, checked on the question as it was made.

The key has one place in the base, and no wrong option is stated anywhere in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.text import fold

from ..answers import normal
from ..questions import Number, Question
from .corpus import Corpus, Line, overlap
from .drafts import GAP

NOT = "不符合"
"""Has a stem that asks for the one statement that is false."""

_CLAIMS = re.compile(r"下列[说說]法")
ALIKE = 0.6
"""Lines that share this much say the same of something."""

SAME = 0.9
"""A statement that shares this much with a line, and has its values, says what the line says."""


_SCOPE = re.compile(r"^(?:《[^》]*》)?(?:（[^）]*）)?：?")


def places(corpus: Corpus, question: Question) -> int:
    """How many places of the base state the key: 1 is asked for.

    Other rows of the table that a question is about are no other place.
    """
    own = lines_of(corpus, question)
    keys = _keys(question)
    found = {
        id(near)
        for line in own
        for near in _near(corpus, line, keys)
        if near not in own and (not keys or any(_holds(near.text, key) for key in keys))
    }
    return 1 + len(found)


def true_elsewhere(corpus: Corpus, question: Question) -> list[str]:
    """What the question calls wrong and something in the base states; [] is asked for."""
    own = lines_of(corpus, question)
    if question.kind == "judge":
        return [question.stem] if not question.answer and says(corpus, own, question.stem) else []
    texts = question.texts()
    if question.kind == "single" and NOT in question.stem:
        key = texts[question.answer]
        return [key] if says(corpus, own, key) else []
    if question.kind == "multiple" and GAP not in question.stem:
        if not _CLAIMS.search(question.stem):
            return []  # rows of a table, each with its own cell
        wrong = [text for key, text in texts.items() if key not in question.answer]
        return [text for text in wrong if says(corpus, own, text)]
    if question.kind not in ("single", "multiple"):
        return []
    right = [texts[key] for key in texts if key in question.answer]
    return [
        text for text in texts.values() if text not in right and _stated(corpus, own, right, text)
    ]


def lines_of(corpus: Corpus, question: Question) -> list[Line]:
    """The lines that a question rests on."""
    source = question.source
    if source is None or source.start is None or source.end is None:
        return []
    return [
        line
        for line in corpus.lines.get(source.article, ())
        if source.start < line.sentence.end and line.sentence.start < source.end
    ]


def says(corpus: Corpus, own: Sequence[Line], statement: str) -> bool:
    """Does any line say just this?"""
    words = _SCOPE.sub("", statement).rstrip("。")
    if corpus.says(words):
        return True
    for line in own[:1]:
        changed = Line(line.article, line.sentence, words)
        measures = {each.measure for each in changed.values}
        for near in corpus.alike(changed, SAME):
            values = {each.measure for each in near.values}
            if near not in own and measures <= values and _holds(near.text, words):
                return True
    return False


def _stated(corpus: Corpus, own: Sequence[Line], right: Sequence[str], wrong: str) -> bool:
    """Does a line that says something like this have the wrong option?"""
    return any(
        near not in own and _holds(near.text, wrong)
        for line in own
        for near in _near(corpus, line, right)
    )


def _near(corpus: Corpus, line: Line, keys: Sequence[str]) -> Iterator[Line]:
    """Lines that speak of what the line speaks of.

    A row speaks of its first cells, and so does what has their words and their numbers; a formula
    of what is before its ＝. Rows of the same table speak of other things.
    """
    row = line.sentence.kind == "row"
    words = line.text
    for key in keys if row else ():
        words = words.replace(key, "")
    about = Line(line.article, line.sentence, words)
    measures = {each.measure for each in about.values}
    name = words.partition("＝")[0] if "÷" in words else ""
    for near in corpus.alike(about, ALIKE):
        if near.sentence.kind == "heading" or _of_table(line, near) or name not in near.text:
            continue
        says_less = overlap(about.grams, near.grams) < ALIKE
        if row and (says_less or not measures <= {each.measure for each in near.values}):
            continue
        yield near


def _keys(question: Question) -> list[str]:
    """The texts of the key; [] where the key is the whole statement."""
    if question.kind == "single":
        return [question.texts()[question.answer]]
    if question.kind == "blank":
        return [forms[0] for forms in question.answer]
    if question.kind == "judge" and "”是：" in (told := question.explanation or question.stem):
        return [told.rpartition("”是：")[2].rstrip("。")]
    if isinstance(question.answer, Number):
        return [f"{float(question.answer.value):g}{question.answer.unit}"]
    return []


def _holds(text: str, words: str) -> bool:
    """Are the words in the text, however they are written?"""
    return fold(words).text in fold(text).text or normal(words) in normal(text)


def _of_table(line: Line, near: Line) -> bool:
    """Are both rows of one table, whose cells are the options of each other?"""
    return (
        line.sentence.kind == near.sentence.kind == "row"
        and line.article is near.article
        and line.sentence.columns == near.sentence.columns
    )


def fault(corpus: Corpus, question: Question) -> str:
    """Why a question does not stand; '' if it does."""
    if question.kind in CHECKED and places(corpus, question) > 1:
        return "two_places"
    return "true_option" if true_elsewhere(corpus, question) else ""


CHECKED = frozenset(("single", "judge", "blank", "number"))
"""Kinds with one key; what several lines make up together may be said once more elsewhere."""
