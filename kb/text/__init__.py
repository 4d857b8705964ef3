"""Chinese text: one pipeline for documents and queries, versioned.

``fold`` gives the form in which texts are compared, ``analyse`` its tokens, ``grams`` its
n-grams; each keeps the way back to the offsets of the text as written.
"""

from __future__ import annotations

from .analysis import Token, analyse, analyse_folded, grams, grams_folded, units, words_folded
from .folding import Folded, fold
from .segment import load
from .terms import NO_TERMS, Terms

PIPELINE = "2"
"""Version of everything in this package that changes a token; part of every index's fingerprint."""

__all__ = [
    "NO_TERMS",
    "PIPELINE",
    "Folded",
    "Terms",
    "Token",
    "analyse",
    "analyse_folded",
    "fold",
    "grams",
    "grams_folded",
    "load",
    "units",
    "words_folded",
]
