"""What automatic checks share: what a call looks like to them, and what they find in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Protocol

from kb.vocabulary import EMPTY, Vocabulary

from ..exact import plain
from ..fields import Fields
from ..spans import Span
from ..transcripts import Utterance

JsonObject = dict[str, Any]

PASS, FAIL, UNSURE = "pass", "fail", "unsure"


@dataclass(frozen=True, slots=True)
class Standard:
    """The sentence that answered a question at a moment: verbatim ``body[start:end]``."""

    article: str
    title: str
    revision: int
    text: str
    start: int
    end: int

    def as_json(self) -> JsonObject:
        return {name: getattr(self, name) for name in self.__slots__}


class Knowledge(Protocol):
    """The knowledge base as the checks ask it. See :mod:`qa.knowledge` for the real one."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The centre's synonyms."""
        ...

    def in_force(self, question: str, at: datetime, article: str | None = None) -> Standard | None:
        """The answer in force at a moment, of one article where its key is given; None = silent."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """A call as far as it is known.

    ``utterances`` in the order of time, ``duration`` in seconds, ``figures`` as CONTRACTS.md has
    them with their settings, ``began`` the moment of second 0, ``facts`` numbers and names that
    came with the call (satisfaction, queue). What is None or empty is not known.
    """

    utterances: Sequence[Utterance] = ()
    duration: Fraction | None = None
    figures: Mapping[str, Any] | None = None
    began: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    knowledge: Knowledge | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        return EMPTY if self.knowledge is None else self.knowledge.vocabulary

    @property
    def whole(self) -> Span:
        """The call from second 0; as long as what was said, where the duration is not known."""
        said = max((each.end for each in self.utterances), default=Fraction(0))
        return Span(Fraction(0), said if self.duration is None else self.duration)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the call, in seconds.

    With an ``utterance`` (index) also its characters: ``words`` is ``text[start:end]`` of it.
    ``note`` says what it shows, where that is not plain.
    """

    at: Fraction
    until: Fraction
    utterance: int | None = None
    start: int = 0
    end: int = 0
    words: str = ""
    note: str = ""

    def as_json(self) -> JsonObject:
        made: JsonObject = {"at": plain(self.at), "until": plain(self.until)}
        if self.utterance is not None:
            made |= {"utterance": self.utterance, "start": self.start, "end": self.end}
            made["words"] = self.words
        return made | ({"note": self.note} if self.note else {})


def quoted(
    utterances: Sequence[Utterance], index: int, start: int, end: int, note: str = ""
) -> Evidence:
    """Characters of an utterance, with the seconds they were about said at."""
    said = utterances[index]
    a_character = (said.end - said.start) / max(1, len(said.text))
    return Evidence(
        said.start + a_character * start,
        said.start + a_character * end,
        index,
        start,
        end,
        said.text[start:end],
        note,
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check saw: an ``outcome`` of its kind, the number it counted, and why."""

    outcome: str
    reason: str
    evidence: tuple[Evidence, ...] = ()
    value: Fraction | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


class Look(Protocol):
    """A check as read from a rubric: a frozen value that looks at a call. Pure; never raises."""

    def look(self, heard: Heard) -> Seen: ...


PASS_FAIL: Mapping[str, str] = {PASS: PASS, FAIL: FAIL, UNSURE: ""}
"""Outcome → which answer it gets where the check names none: the best option, the failing one
or none at all."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of check: its Chinese ``title``, how its fields are read, what can come out.

    ``counts``: it gives a number too, so that an item with ranges can carry it.
    ``for_people``: outcomes that are only ever shown; no answer may be set for them.
    """

    title: str
    read: Callable[[Fields], Look]
    outcomes: Mapping[str, str] = field(default_factory=lambda: PASS_FAIL)
    counts: bool = True
    for_people: frozenset[str] = frozenset()


def unsure(reason: str, **more: Any) -> Seen:
    """The check cannot tell."""
    return Seen(UNSURE, reason, **more)


def seconds(value: Fraction) -> str:
    """``12.5秒``, for sentences."""
    return f"{round(float(value), 1):g}秒"
