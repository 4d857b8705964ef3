"""Which questions must not stand on one paper: those that ask nearly the same, and those made
from one sentence, where one would give the other away. Pure.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from .duplicates import pairs, said


@lru_cache(maxsize=8)
def kin(texts: frozenset[tuple[str, str]]) -> Mapping[str, str]:
    """{key: the first key of its kin} of all that have any; ``texts`` are (key, JSON).

    Whatever is joined by a chain of likenesses is one kin. Comparing a bank takes long (0.7 s
    for 2 000 questions), and one bank after the other asks for the same: hence remembered, by
    all that it depends on.
    """
    contents = {key: json.loads(text) for key, text in sorted(texts)}
    joined = [*pairs((key, said(content)) for key, content in contents.items())]
    joined += _of_one_sentence(contents)
    head = {key: key for pair in joined for key in pair}

    def find(key: str) -> str:
        while head[key] != key:
            head[key] = head[head[key]]
            key = head[key]
        return key

    for one, other in joined:
        first, last = sorted((find(one), find(other)))
        head[last] = first
    return {key: find(key) for key in head}


def _of_one_sentence(contents: Mapping[str, Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    resting: dict[tuple[object, object], list[str]] = defaultdict(list)
    for key, content in contents.items():
        source = content.get("source")
        if isinstance(source, dict) and source.get("quote"):
            resting[source.get("article"), source["quote"]].append(key)
    for keys in resting.values():
        yield from ((keys[0], other) for other in keys[1:])


def alike(texts: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Groups of two and more that are akin, by their keys."""
    groups: dict[str, list[str]] = defaultdict(list)
    for key, first in kin(frozenset(texts)).items():
        groups[first].append(key)
    return sorted(tuple(sorted(group)) for group in groups.values())
