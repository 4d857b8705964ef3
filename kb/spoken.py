"""How people say things on the telephone, and how rules write them: ``spoken.txt``.

It serves any centre; the words of one centre are synonyms in its own vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from .text import Terms, fold


@cache
def table() -> Mapping[str, tuple[str, ...]]:
    """Folded spoken words → what rules write instead."""
    lines = files(__package__).joinpath("spoken.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines if line.strip() and not line.startswith("#"))
    return {fold(row[0]).text: tuple(row[1:]) for row in rows}


@cache
def matcher() -> Terms:
    """Finds the spoken words in folded text."""
    return Terms(table())
