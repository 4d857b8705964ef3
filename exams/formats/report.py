"""What an import found and what an export left behind."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kb.formats.source import MAX_FILE as MAX_FILE
from kb.formats.source import MIB as MIB

from ..errors import BadQuestion, Unreadable
from ..questions import Question
from ..reading import MAX_NAME, read

MAX_QUESTIONS = 20_000
"""Questions of one file."""

MAX_LISTED = 1_000
"""Things skipped or wrong that are listed; a file with more is no file of questions."""

Place = int | str
"""Where in a file: a line (1-based), or the name of an item."""


@dataclass(slots=True)
class Report:
    """The result of reading a file.

    ``skipped``: what the format has and we do not, left out knowingly; ``errors``: what is
    broken. A question may be imported and have something of it skipped.
    """

    imported: list[Question] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)
    _named: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))

    def take(self, value: dict[str, Any], place: Place) -> Question | None:
        """Keep the question that a value states, or say what is wrong with it.

        A key that another question of the file has is made distinct: none is lost.
        """
        if len(self.imported) >= MAX_QUESTIONS:
            raise Unreadable(f"题目超过 {MAX_QUESTIONS} 道，请拆成几个文件。")
        try:
            question = read({**value, "key": self._free(str(value["key"]))})
        except BadQuestion as error:
            self.wrong(place, str(error))
            return None
        self._keys.add(question.key)
        self.imported.append(question)
        return question

    def has(self, key: str) -> bool:
        """Is there a question of that key already?"""
        return key in self._keys

    def _free(self, key: str) -> str:
        found = key
        while found in self._keys:
            self._named[key] += 1
            found = f"{key[: MAX_NAME - 8]}-{self._named[key]}"
        return found

    def skip(self, place: Place, kind: str, reason: str) -> None:
        """Something was left out knowingly."""
        if len(self.skipped) < MAX_LISTED:
            self.skipped.append({**_at(place), "kind": kind, "reason": reason})

    def wrong(self, place: Place | None, message: str) -> None:
        """Something is broken; None = the file as a whole."""
        if len(self.errors) < MAX_LISTED:
            self.errors.append({**_at(place), "message": message[:500]})

    def as_dict(self) -> dict[str, Any]:
        return {
            "imported": [question.as_dict() for question in self.imported],
            "skipped": self.skipped,
            "errors": self.errors,
        }


def _at(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {"line": None}
    return {"line" if isinstance(place, int) else "item": place}


@dataclass(slots=True)
class Written:
    """A file made of questions, and what it could not hold.

    ``left_out``: {"key", "field"?, "reason"}: with a field only that is missing, without one the
    whole question is.
    """

    data: bytes = b""
    count: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)

    def without(self, question: Question, reason: str, name: str = "") -> None:
        named = {"field": name} if name else {}
        self.left_out.append({"key": question.key, **named, "reason": reason})


def made_key(format: str, *parts: str) -> str:
    """A key for a question whose file gives none: the same words, the same key."""
    mark = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:10]
    return f"{format}-{mark}"


def letters(size: int) -> list[str]:
    """A, B, … Z, AA, AB, …: keys of options whose file gives none."""
    return [_letter(number) for number in range(size)]


def _letter(number: int) -> str:
    text = ""
    while True:
        number, rest = divmod(number, 26)
        text = chr(ord("A") + rest) + text
        if number == 0:
            return text
        number -= 1


def choice_value(
    texts: Iterable[str], fractions: Iterable[Any] | None = None
) -> list[dict[str, Any]]:
    """Options with letters as their keys."""
    shown = list(texts)
    shares = [None] * len(shown) if fractions is None else list(fractions)
    return [
        {"key": key, "text": text, "fraction": share}
        for key, text, share in zip(letters(len(shown)), shown, shares, strict=True)
    ]
