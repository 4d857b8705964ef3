"""How a check names phrases, and where in the call it looks for them.

| field | means |
| --- | --- |
| ``phrases`` | a list; a list within it holds other wordings of one phrase |
| ``by`` | ``agent`` (without it), ``customer`` or ``anyone`` |
| ``first`` / ``last`` | only the first or last so many seconds of the call |
| ``synonyms`` | true: also with the words the knowledge base takes for the same |
| ``negated`` | true: 不能保证 counts as 保证 too |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from typing import Any

from kb.text import fold
from kb.vocabulary import Vocabulary

from ..exact import plain
from ..fields import LONGEST, Fields
from .contract import Evidence, Heard, JsonObject
from .matching import FILLERS, JOINED, Match, compact, matches

MOST_PHRASES = 100
MOST_WORDINGS = 50
"""Of one phrase; and as many more by synonyms of each."""

NAMED, SHOWN = 5, 30
"""Phrases named in a sentence, and characters of each."""

BY = {"agent": "座席", "customer": "客户", "anyone": "任何一方"}

Phrase = tuple[str, ...]
"""One phrase in its wordings."""


def read_phrases(
    fields: Fields, name: str = "phrases", *, needed: bool = True
) -> tuple[Phrase, ...]:
    """The phrases of a field, faults kept."""
    value = fields.get(name)
    if value is None and not needed:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value:
        fields.fault(f'{name} 应为用语的列表，如 ["您好", ["再见", "祝您生活愉快"]]。', name)
        return ()
    if len(value) > MOST_PHRASES:
        fields.fault(f"{name} 有 {len(value)} 条，最多 {MOST_PHRASES} 条。", name)
        return ()
    return tuple(_phrase(fields, name, each, number) for number, each in enumerate(value, 1))


def _phrase(fields: Fields, name: str, value: Any, number: int) -> Phrase:
    wordings = value if isinstance(value, list) else [value]
    if not wordings or len(wordings) > MOST_WORDINGS:
        fields.fault(f"{name} 第{number}条应有 1 到 {MOST_WORDINGS} 种说法。", name)
        return ()
    for each in wordings:
        if not isinstance(each, str) or len(each) > LONGEST or not compact(each).text:
            fields.fault(f"{name} 第{number}条应为文字，至少有一个字或数字。", name)
            return ()
    return tuple(each.strip() for each in wordings)


def read_seconds(
    fields: Fields, name: str, *, usual: Fraction | None = None, needed: bool = False
) -> Fraction | None:
    """A length of time that is more than nothing."""
    value = fields.number(name, needed=needed)
    if value is not None and value <= 0:
        fields.fault(f"{name} 应大于 0（秒）。", name)
    return usual if value is None else value


@dataclass(frozen=True, slots=True)
class Where:
    """By whom, and within which seconds. A phrase must be wholly within."""

    by: str = "agent"
    first: Fraction | None = None
    last: Fraction | None = None

    def __str__(self) -> str:
        when = f"前{plain(self.first)}秒内" if self.first is not None else ""
        when = f"最后{plain(self.last)}秒内" if self.last is not None else when
        return f"{BY[self.by]}{when}"

    def wanted(self, heard: Heard, *, roleless: bool = False) -> list[int]:
        """Indices of the utterances to look in; of those that do not say by whom on request."""
        start, end = self.span(heard)
        return [
            index
            for index, each in enumerate(heard.utterances)
            if each.end >= start and each.start <= end and self._is_by(each.role, roleless)
        ]

    def _is_by(self, role: str | None, roleless: bool) -> bool:
        if self.by == "anyone":
            return not roleless
        return role is None if roleless else role == self.by

    def span(self, heard: Heard) -> tuple[Fraction, Fraction]:
        whole = heard.whole
        start = whole.start if self.last is None else max(whole.start, whole.end - self.last)
        end = max(whole.end, *(e.end for e in heard.utterances), whole.start)  # may outrun it
        return start, end if self.first is None else whole.start + self.first

    def holds(self, match: Match, heard: Heard) -> bool:
        start, end = self.span(heard)
        return start <= match.at and match.until <= end

    def as_json(self) -> JsonObject:
        bounds = {"first": self.first, "last": self.last}
        return {"by": self.by} | {n: plain(v) for n, v in bounds.items() if v is not None}


def read_where(fields: Fields) -> Where:
    by = fields.one_of("by", BY) or "agent"
    first, last = read_seconds(fields, "first"), read_seconds(fields, "last")
    if first is not None and last is not None:
        fields.fault("first 和 last 只能写一个。", "first")
    return Where(by, first, last)


@dataclass(frozen=True, slots=True)
class Wording:
    """How phrases are compared."""

    synonyms: bool = False
    negated: bool = False

    def of(self, phrase: Phrase, vocabulary: Vocabulary) -> Phrase:
        """The phrase with every wording that counts."""
        if not self.synonyms:
            return phrase
        more = (islice(_reworded(each, vocabulary), MOST_WORDINGS) for each in phrase)
        return tuple(dict.fromkeys(chain(phrase, *more)))

    def as_json(self) -> JsonObject:
        return {
            "synonyms": self.synonyms,
            "negated": self.negated,
            "fillers": list(FILLERS),
            "joined": plain(JOINED),
        }


def read_wording(fields: Fields) -> Wording:
    return Wording(fields.flag("synonyms"), fields.flag("negated"))


def _reworded(phrase: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The phrase with each of its words that have synonyms put in their words."""
    folded = fold(phrase).text
    for word, start, end in vocabulary.matcher.find(folded):
        for other in vocabulary.others.get(word, ()):
            yield folded[:start] + other + folded[end:]


@dataclass(frozen=True, slots=True)
class Mentions:
    """Mentions of a phrase: said, said by nobody knows whom, and denied ones that do not count."""

    said: tuple[Match, ...]
    possible: tuple[Match, ...]
    denied: tuple[Match, ...]

    @property
    def shown(self) -> tuple[Evidence, ...]:
        """Every one as evidence."""
        return (
            *places(self.said),
            *places(self.possible, "没有标明是谁说的"),
            *places(self.denied, "是否定的说法，不算"),
        )


def mentions(heard: Heard, phrase: Phrase, where: Where, wording: Wording) -> Mentions:
    """Where a phrase was said."""
    words = wording.of(phrase, heard.vocabulary)
    said = _within(heard, where, matches(heard.utterances, where.wanted(heard), words))
    others = where.wanted(heard, roleless=True)
    possible = _within(heard, where, matches(heard.utterances, others, words))
    counted = [match for match in said if wording.negated or not match.negated]
    return Mentions(
        tuple(counted),
        tuple(match for match in possible if wording.negated or not match.negated),
        tuple(match for match in said if match not in counted),
    )


def _within(heard: Heard, where: Where, found: Sequence[Match]) -> list[Match]:
    return [match for match in found if where.holds(match, heard)]


def places(found: Iterable[Match], note: str = "") -> Iterator[Evidence]:
    """The matches as evidence."""
    for match in found:
        for each in match.places:
            if not note:
                yield each
            else:
                yield Evidence(
                    each.at, each.until, each.utterance, each.start, each.end, each.words, note
                )


def told(phrases: Iterable[Phrase]) -> str:
    """The phrases in words: “您好”、“再见”; of many the first."""
    named = [f"“{phrase[0][:SHOWN]}”" for phrase in phrases if phrase]
    more = f"等 {len(named)} 条" if len(named) > NAMED else ""
    return "、".join(named[:NAMED]) + more
