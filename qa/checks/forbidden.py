"""``forbidden``: phrases that must not be said. Counts how often they were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from ..fields import Fields
from .contract import FAIL, PASS, UNSURE, Heard, Seen, unsure
from .matching import Match
from .phrases import (
    Phrase,
    Where,
    Wording,
    mentions,
    read_phrases,
    read_where,
    read_wording,
    told,
)
from .required import NO_WORDS


@dataclass(frozen=True, slots=True)
class Forbidden:
    phrases: tuple[Phrase, ...]
    where: Where
    wording: Wording

    def look(self, heard: Heard) -> Seen:
        if not heard.utterances:
            return unsure(NO_WORDS)
        every: Phrase = tuple(dict.fromkeys(word for phrase in self.phrases for word in phrase))
        found = mentions(heard, every, self.where, self.wording)
        if found.said:
            outcome, reason = FAIL, f"{self.where}说了{_said(found.said)}。"
        elif found.possible:
            outcome, reason = UNSURE, f"转写没有标明{_said(found.possible)}是谁说的。"
        else:
            outcome, reason = PASS, f"{self.where}没有说{told(self.phrases)}。"
        return Seen(
            outcome,
            reason,
            found.shown,
            Fraction(len(found.said)),
            self.where.as_json() | self.wording.as_json(),
        )


def _said(found: Iterable[Match]) -> str:
    return told((phrase,) for phrase in dict.fromkeys(match.phrase for match in found))


def read(fields: Fields) -> Forbidden:
    return Forbidden(read_phrases(fields), read_where(fields), read_wording(fields))
