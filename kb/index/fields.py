"""The fields of the index: what of a document goes where, and what it weighs.

Every weight of the engines' own score is in ``FIELDS``; those of the finer order among the best
candidates are in ``kb.ranking``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from ..text import Terms, fold, grams_folded, units, words_folded
from ..text.sound import initials, sounds
from .contract import Document

SCHEMA = "4"
"""Version of the fields; part of every index's fingerprint."""


@dataclass(frozen=True, slots=True)
class Field:
    """``terms``: which terms of a query are looked up here."""

    terms: str
    weight: float


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        # What an article is about stands in its title. Titles are short, so single
        # characters do for what segmentation splits differently.
        "title": Field("words", 0.6),
        "title_units": Field("units", 0.6),
        # The other ways to ask are written by editors in callers' words: as good as a title.
        "asked": Field("words", 0.8),
        "asked_units": Field("units", 1.2),
        # A heading says what a section answers; its words count in the body already.
        "heading": Field("words", 0.4),
        # Tags, the category and the values of its own fields place an article; many share them.
        "label": Field("words", 0.3),
        # The text itself: words for meaning, pairs of characters for what words miss. The
        # pairs are those of title and questions too, so that a phrase has one place to look.
        "body": Field("words", 0.7),
        "text_grams": Field("grams", 1.0),
        # Single characters, each counted once: how much of the question a text covers at all,
        # for callers who use other words than the rule. So nothing stored cannot be found.
        "text_units": Field("units", 1.3),
        # Titles and other ways to ask as they sound, asked only for letters that are no word.
        "sounds": Field("sounds", 1.0),
        "initials": Field("initials", 1.0),
    }
)

FIELDS_OF: Mapping[str, tuple[tuple[str, float], ...]] = MappingProxyType(
    {
        sort: tuple((name, field.weight) for name, field in FIELDS.items() if field.terms == sort)
        for sort in {field.terms for field in FIELDS.values()}
    }
)
"""Sort of terms → the names and weights of the fields they are looked up in."""

_EMPHASIS = re.compile(r"[*`~]+")
_BREAK = re.compile(r"(?<=[\u3400-\u9fff])[ \t]*\n[ \t]*(?=[\u3400-\u9fff])")
"""A line's end within a paragraph: Chinese text goes on without a space."""

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+)$", re.MULTILINE)


def terms_of(document: Document, terms: Terms) -> dict[str, list[str]]:
    """The terms of each field of ``document``, with repetitions."""
    title = fold(document.title).text
    asked = fold("\n".join(document.questions)).text
    body = _BREAK.sub("", _EMPHASIS.sub("", fold(document.body).text))
    named = (*document.tags, *document.codes, *document.category.split("/"))
    label = fold("\n".join(named)).text
    if document.attached:  # found by the same fields; no answer is ever taken from there
        files = (f"{name}\n{text}" for name, text in document.attached)
        body = f"{body}\n" + fold("\n".join(files)).text
    whole = f"{title}\n{asked}\n{body}"

    return {
        "title": words_folded(title, terms),
        "title_units": units(title),
        "asked": words_folded(asked, terms),
        "asked_units": units(asked),
        "heading": list(_often("\n".join(_HEADING.findall(body)), terms)),
        "label": list(_often(label, terms)),
        "body": words_folded(body, terms),
        "text_grams": grams_folded(whole),
        "sounds": sounds(f"{title}\n{asked}"),
        "initials": initials(f"{title}\n{asked}"),
        "text_units": list(dict.fromkeys(units(whole))),
    }


@lru_cache(maxsize=4096)
def _often(text: str, terms: Terms) -> tuple[str, ...]:
    """The words of a text that many articles share: a centre's headings, tags and categories."""
    return tuple(words_folded(text, terms))
