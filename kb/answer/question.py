"""A question as the choice of a sentence reads it."""

from __future__ import annotations

from dataclasses import dataclass

from ..text import fold, grams_folded, units
from .evidence import ASKING, FOCUS, KINDS, TOPIC

_COMMON = frozenset(
    "的了是在有和与及为被由于之其此这那个一不也都而以从到对将又并或所者上下中我你他她它们就还要会可能去来着过"
    "地得时"
)
"""Characters found in most sentences; alone they tell nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """``text`` is folded. ``pairs`` and ``characters`` are those of what is asked about; a
    Latin word or number counts as one character.

    ``wants``: kinds of answer asked for. ``focus`` and ``topic``: the nouns right after and
    right before the question word.
    """

    text: str
    pairs: frozenset[str]
    characters: frozenset[str]
    wants: tuple[str, ...]
    focus: tuple[str, ...]
    topic: tuple[str, ...]


def ask(query: str) -> Question:
    """Read a question."""
    text = fold(query).text.strip()
    about = ASKING.sub("|", text)
    return Question(
        text=text,
        pairs=frozenset(grams_folded(about)),
        characters=frozenset(units(about)) - _COMMON,
        wants=_wants(text),
        focus=tuple(match[1] for match in FOCUS.finditer(text)),
        topic=tuple(match[1] for match in TOPIC.finditer(text)),
    )


def _wants(text: str) -> tuple[str, ...]:
    wants = {name for name, kind in KINDS.items() if kind.asked.search(text)}
    if "why" in wants:
        wants.discard("what")
    if wants & {"money", "long"}:
        wants.discard("number")
    return tuple(name for name in KINDS if name in wants)
