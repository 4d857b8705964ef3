"""A paper that was sat, question by question, as far as whoever looks may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select

from exams.answered import About, about
from exams.exact import decimal, exact
from exams.grade import empty, verdict
from exams.questions import KINDS, Question
from exams.tables import Attempt, AttemptQuestion, Grading

from .bank_sight import key_words
from .context import reading
from .grounds import Ground, grounds

RIGHT, PARTLY, WRONG, UNANSWERED, WAITING, VOID = (
    *("right", "partly", "wrong"),
    *("unanswered", "waiting", "void"),
)
STATES: Mapping[str, tuple[str, str]] = {
    RIGHT: ("ok", "答对"),
    PARTLY: ("warn", "部分对"),
    WRONG: ("bad", "答错"),
    UNANSWERED: ("off", "未作答"),
    WAITING: ("info", "等待阅卷"),
    VOID: ("off", "本题作废"),
}
"""How a question came out: (kind of mark, word)."""


class Row(Protocol):
    """A question that was asked and its answer: of an attempt, or of practice."""

    @property
    def position(self) -> int: ...
    @property
    def points(self) -> float: ...
    @property
    def order(self) -> Sequence[str]: ...
    @property
    def response(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Line:
    """An option, a blank or a pair: what it is called, what was answered, what is right.

    ``right``: for an option, whether it belongs to the key; for others, whether the answer to it
    was right; None = nobody can say.
    """

    name: str
    said: str
    key: str
    chosen: bool
    right: bool | None


@dataclass(frozen=True, slots=True)
class Seen:
    """One question of a paper with its answer, its key and what settles it.

    ``lines`` of a choice are its options in the order in which they were shown; of a text
    ``said`` and ``key`` say all. ``kind`` is one of ``questions.KINDS``.
    """

    position: int
    about: About
    state: str
    worth: str
    points: str
    why: str
    said: str
    key: str
    lines: Sequence[Line]
    words: Sequence[str]
    ground: Ground | None

    @property
    def question(self) -> Question:
        return self.about.question

    @property
    def kind_name(self) -> str:
        return KINDS[self.about.question.kind]


def paper(attempt: Attempt, grading: Grading | None) -> list[Seen]:
    """Every question of the attempt with its key: only for whoever may see right answers."""
    query = select(AttemptQuestion).where(AttemptQuestion.attempt_id == attempt.id)
    rows = reading().scalars(query.order_by(AttemptQuestion.position)).all()
    named = about(reading(), (row.version_id for row in rows))
    settled = grounds(one.question.source for one in named.values())
    details = grading.details if grading else {}
    return [
        seen_of(row, named[row.version_id], details.get(str(row.position), {}), settled)
        for row in rows
    ]


def seen_of(
    row: Row, named: About, found: Mapping[str, Any], settled: Mapping[Any, Ground]
) -> Seen:
    """One question with its answer; ``found`` is its part of a grading."""
    question = named.question
    earned = exact(found.get("points"))
    return Seen(
        row.position,
        named,
        _state(row.response, found),
        decimal(exact(row.points) or question.points, 2),
        "" if earned is None else decimal(earned, 2),
        str(found.get("why", "")),
        said(question, row.response),
        "" if question.kind in ("single", "multiple", "judge") else _key(question),
        _lines(question, row, found),
        [str(words) for words in found.get("words", ())],
        settled.get(question.source),
    )


def _state(response: Any, found: Mapping[str, Any]) -> str:
    fraction = found.get("fraction")
    if found.get("void"):
        return VOID
    if fraction is None:
        return WAITING
    if fraction >= 1:
        return RIGHT
    if empty(response):
        return UNANSWERED
    return PARTLY if fraction > 0 else WRONG


def said(question: Question, response: Any) -> str:
    """An answer in one line, '' = none."""
    if empty(response):
        return ""
    texts, kind = question.texts(), question.kind
    if kind == "judge":
        given = verdict(response) if isinstance(response, str) else response
        return "对" if given is True else "错" if given is False else str(response)
    if isinstance(response, Mapping):
        return "；".join(f"{left} → {right}" for left, right in response.items())
    if isinstance(response, list | tuple):
        joint = " → " if kind == "order" else "｜" if kind == "blank" else "；"
        return joint.join(
            texts.get(str(part), "" if part is None else str(part)) for part in response
        )
    return texts.get(str(response), str(response))


def _key(question: Question) -> str:
    if question.kind == "order":
        return said(question, question.answer)
    return key_words(question)


def _lines(question: Question, row: Row, found: Mapping[str, Any]) -> Sequence[Line]:
    if question.kind in ("single", "multiple"):
        return list(_options(question, row))
    if question.kind == "judge":
        chosen = said(question, row.response)
        right = "对" if question.answer else "错"
        return [Line(word, "", "", word == chosen, word == right) for word in ("对", "错")]
    if question.kind == "blank":
        return list(_blanks(question, row.response, found.get("per_part")))
    if question.kind == "match":
        return list(_pairs(question, row.response, found.get("per_part")))
    return ()


def _options(question: Question, row: Row) -> Iterable[Line]:
    texts = question.texts()
    keys = [key for key in row.order if key in texts]
    keys += [key for key in texts if key not in keys]
    right = {question.answer} if question.kind == "single" else set(question.answer)
    given = row.response
    chosen = {given} if isinstance(given, str) else set(map(str, given or ()))
    for key in keys:
        yield Line(texts[key], "", "", key in chosen, key in right)


def _blanks(question: Question, response: Any, per_part: Any) -> Iterable[Line]:
    given = [response] if isinstance(response, str) else list(response or ())
    for n, forms in enumerate(question.answer):
        text = str(given[n]) if n < len(given) and given[n] is not None else ""
        part = per_part[n] if isinstance(per_part, list) and n < len(per_part) else None
        yield Line(f"第 {n + 1} 空", text, " 或 ".join(forms), bool(text), _right(part))


def _pairs(question: Question, response: Any, per_part: Any) -> Iterable[Line]:
    given = response if isinstance(response, Mapping) else {}
    parts = per_part if isinstance(per_part, Mapping) else {}
    for left, right in question.answer:
        text = str(given.get(left) or "")
        yield Line(left, text, right, bool(text), _right(parts.get(left)))


def _right(part: Any) -> bool | None:
    return None if part is None else part >= 1


def strengths(seen: Iterable[Seen]) -> list[tuple[str, float, int]]:
    """(topic, share of its points in percent, questions), the weakest first."""
    sums: dict[str, tuple[float, float, int]] = {}
    for one in seen:
        if one.state in (VOID, WAITING):
            continue
        for topic in one.about.topics:
            earned, most, n = sums.get(topic, (0.0, 0.0, 0))
            sums[topic] = (earned + float(one.points or 0), most + float(one.worth), n + 1)
    found = [(name, 100 * e / most, n) for name, (e, most, n) in sums.items() if most]
    return sorted(found, key=lambda one: (one[1], one[0]))
