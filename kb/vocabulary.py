"""The centre's own words: terms that are one word here, and groups that mean the same.

A vocabulary is a frozen value that is passed in. Its terms shape the index (and its
fingerprint); its synonyms act when a question is asked, so a change of them shows at once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from .text import Terms, fold


@dataclass(frozen=True)
class Vocabulary:
    """``terms`` are kept whole; each group of ``synonyms`` holds words that mean the same."""

    terms: frozenset[str] = frozenset()
    synonyms: tuple[frozenset[str], ...] = ()

    @cached_property
    def matcher(self) -> Terms:
        """Finds the terms, and the words of the synonyms, in folded text."""
        return Terms(self.terms | {word for group in self.synonyms for word in group})

    @cached_property
    def document_matcher(self) -> Terms:
        """Finds the terms alone: what documents are indexed with."""
        return Terms(self.terms)

    @cached_property
    def others(self) -> dict[str, tuple[str, ...]]:
        """Folded word → the other words of its groups, as written."""
        found: dict[str, dict[str, None]] = {}
        for group in self.synonyms:
            for word in sorted(group):
                key = fold(word).text.strip()
                others = found.setdefault(key, {})
                others.update((w, None) for w in sorted(group) if fold(w).text.strip() != key)
        return {word: tuple(others) for word, others in found.items()}

    @cached_property
    def fingerprint(self) -> str:
        """Changes exactly when the terms do: the index must then be rebuilt."""
        return hashlib.sha256("\n".join(self.document_matcher.terms).encode()).hexdigest()[:16]


EMPTY = Vocabulary()
