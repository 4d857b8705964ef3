"""``required``: phrases that must be said.

``need``: ``all`` (without it), ``any``, or how many of them. Counts how many were said.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..fields import Fields
from .contract import FAIL, PASS, Heard, Seen, unsure
from .phrases import (
    Mentions,
    Phrase,
    Where,
    Wording,
    mentions,
    read_phrases,
    read_where,
    read_wording,
    told,
)

NO_WORDS = "没有转写，听不到说了什么。"


@dataclass(frozen=True, slots=True)
class Required:
    phrases: tuple[Phrase, ...]
    need: int
    where: Where
    wording: Wording

    def look(self, heard: Heard) -> Seen:
        if not heard.utterances:
            return unsure(NO_WORDS)
        found = {each: mentions(heard, each, self.where, self.wording) for each in self.phrases}
        said = [each for each, mentioned in found.items() if mentioned.said]
        maybe = [each for each, mentioned in found.items() if mentioned.possible]
        missing = [each for each in self.phrases if each not in said]
        outcome, reason = PASS, f"{self.where}说了{told(said)}。"
        if len(said) < self.need:
            outcome, reason = FAIL, f"{self.where}没有说{told(missing)}。"
            if len({*said, *maybe}) >= self.need:
                return unsure(
                    f"转写没有标明{told(maybe)}是谁说的。", **self._more(found, len(said))
                )
        return Seen(outcome, reason, **self._more(found, len(said)))

    def _more(self, found: dict[Phrase, Mentions], said: int) -> dict[str, Any]:
        return {
            "evidence": tuple(each for mentioned in found.values() for each in mentioned.shown),
            "value": Fraction(said),
            "settings": {"need": self.need, **self.where.as_json(), **self.wording.as_json()},
        }


def read(fields: Fields) -> Required:
    phrases = tuple(dict.fromkeys(read_phrases(fields)))
    return Required(phrases, read_need(fields, phrases), read_where(fields), read_wording(fields))


def read_need(fields: Fields, phrases: tuple[Phrase, ...]) -> int:
    """How many of the phrases are wanted."""
    value = fields.get("need")
    if value in (None, "all"):
        return len(phrases)
    if value == "any":
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= len(phrases):
        fields.fault(f"need 应为 all、any 或 1 到 {len(phrases)} 的整数。", "need")
        return len(phrases)
    return value
