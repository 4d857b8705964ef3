"""Questions that ask nearly the same. Pure: texts in, (key, similarity) out.

Compared is what a question asks and its right answer, folded, by ``kb.duplicates``: two about one
fact share most of their characters, however they are punctuated or written. Wrong options are
left out: questions about the rows of one table share all of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kb.duplicates import SIZE, Sketch, near, similarity
from kb.text import fold

LEAST = 0.6
"""Similarity from which two questions are shown together: stems are short, and those of one
article share its words without asking the same."""

SKETCHED = 2_000
"""Characters of a text that are compared."""

_KEPT = re.compile(r"[^\w]|_")


_SCOPE = re.compile(r"^《[^》]*》(?:（[^）]*）)?：?")
"""By which generated stems say of which article they speak."""


def said(content: Mapping[str, Any]) -> str:
    """What the JSON of a question asks, and its right answer."""
    texts = {option["key"]: option["text"] for option in content.get("options", ())}
    answers = (texts.get(part, part) for part in _strings(content.get("answer")))
    return "\n".join((_SCOPE.sub("", content["stem"]), *answers))


def _strings(value: object) -> Iterator[str]:
    """Every text and number of a JSON value."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key)
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    elif value is not None:
        yield str(value)


def sketch(text: str) -> Sketch:
    """A text prepared for comparing; one that is folded already is left as it is."""
    letters = _KEPT.sub("", fold(text[:SKETCHED]).text)
    return Sketch(frozenset(letters[i : i + SIZE] for i in range(max(1, len(letters) - SIZE + 1))))


def like(
    text: str, others: Iterable[tuple[str, str]], *, least: float = LEAST, limit: int = 5
) -> list[tuple[str, float]]:
    """The likest of (key, text), likest first."""
    sketched = ((key, sketch(other)) for key, other in others)
    return near(sketch(text), sketched, least=least, limit=limit)


def pairs(texts: Iterable[tuple[str, str]], *, least: float = LEAST) -> list[tuple[str, str]]:
    """Every two that are nearly the same, by their keys, each pair once and sorted.

    Only texts that share a run of characters are compared.
    """
    sketches = {key: sketch(text) for key, text in texts}
    holders: dict[str, list[str]] = defaultdict(list)
    for key, made in sketches.items():
        for run in made.shingles:
            holders[run].append(key)
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for keys in holders.values():
        if len(keys) > COMMON:
            continue
        for n, one in enumerate(keys):
            for other in keys[n + 1 :]:
                shared[min(one, other), max(one, other)] += 1
    return sorted(
        pair
        for pair, count in shared.items()
        if count >= ENOUGH and similarity(sketches[pair[0]], sketches[pair[1]]) >= least
    )


COMMON = 200
"""A run of characters that more questions have says nothing about any two of them."""
ENOUGH = 3
"""Rarer runs that two texts share before they are compared whole."""
