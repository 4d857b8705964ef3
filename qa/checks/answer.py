"""``answer``: what the agent answered, against the knowledge base of that moment.

A customer's question is taken to the knowledge base as it stood when it was asked; the values
the agent says in the next ``turns`` turns (3 without it) are held against those of the sentence
that answered then.

| field | means |
| --- | --- |
| ``about`` | phrases: only questions with one of them count; without it every question does |
| ``question`` | asked of the knowledge base instead of the customer's own words |
| ``article`` | key of the article to ask (without it the item's ``article``, else all of them) |
| ``turns`` | how many turns of the agent after the question are listened to |

What comes out: ``agrees``, ``differs``, ``unanswered`` (no value of the standard's units was
said), ``silent`` (the base had no answer), ``open`` (the sentence has no value to compare, so
that somebody must read it), ``unasked``. A difference convicts nobody by itself: it can have no
answer of its own, and goes one of two ways, ``agent`` (说错了) or ``article`` (知识有误).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from kb.answer import ask

from ..fields import Fields
from ..transcripts import Role, Utterance
from .contract import (
    PASS,
    UNSURE,
    Evidence,
    Heard,
    JsonObject,
    Knowledge,
    Seen,
    Standard,
    quoted,
    unsure,
)
from .facts import Value, compare, values
from .phrases import Phrase, Where, Wording, mentions, read_phrases, read_wording
from .required import NO_WORDS

AGREES, DIFFERS, UNANSWERED = "agrees", "differs", "unanswered"
SILENT, OPEN, UNASKED = "silent", "open", "unasked"
OUTCOMES: Mapping[str, str] = {AGREES: PASS} | dict.fromkeys(
    (DIFFERS, UNANSWERED, SILENT, OPEN, UNASKED, UNSURE), ""
)
WORST = (DIFFERS, AGREES, OPEN, UNANSWERED, SILENT)
"""What the whole call comes to: the first of these that any of its questions came to."""

ROUTES: Mapping[str, Mapping[str, str]] = {
    DIFFERS: {"agent": "座席说错了", "article": "知识有误或已过时"},
    SILENT: {"article": "知识里缺这一条"},
}
"""Outcome → the ways a person can send it."""

TURNS = 3
MOST_TURNS = 20
MOST_QUESTIONS = 30
SHORTEST = 4
"""Characters under which words are no question: 喂？, 是吗."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question of the call, and what came of it."""

    outcome: str
    question: int
    asked: str
    at: datetime
    standard: Standard | None
    said: tuple[Evidence, ...]
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    expected: tuple[str, ...]

    def as_json(self) -> JsonObject:
        return {
            "outcome": self.outcome,
            "question": self.question,
            "asked": self.asked,
            "at": self.at.isoformat(),
            "standard": None if self.standard is None else self.standard.as_json(),
            "said": [each.as_json() for each in self.said],
            "right": list(self.right),
            "wrong": list(self.wrong),
            "expected": list(self.expected),
            "routes": dict(ROUTES.get(self.outcome, {})),
        }

    def __str__(self) -> str:
        if self.standard is None:
            return f"“{self.asked}”：当时的知识里没有答案。"
        source = f"《{self.standard.title}》第{self.standard.revision}版"
        expected = "、".join(self.expected)
        if self.outcome == OPEN:
            return f"{source}的答复没有可比的数值，请人来判断。"
        if self.outcome == UNANSWERED:
            return f"没有听到答复里的数值；{source}是{expected}。"
        if self.outcome == AGREES:
            return f"说的{'、'.join(self.right)}与{source}一致。"
        return f"说的是{'、'.join(self.wrong)}，{source}是{expected}；请判断是谁错了。"


@dataclass(frozen=True, slots=True)
class Answer:
    about: tuple[Phrase, ...]
    question: str
    article: str | None
    turns: int
    wording: Wording

    def look(self, heard: Heard) -> Seen:
        if not heard.utterances:
            return unsure(NO_WORDS)
        if heard.knowledge is None or heard.began is None:
            missing = "知识库" if heard.knowledge is None else "通话时间"
            return unsure(f"不知道{missing}，不能核对答复。")
        if all(each.role is None for each in heard.utterances):
            return unsure("转写没有标明谁在说话，分不清谁问谁答。")
        asked = list(self._questions(heard))[:MOST_QUESTIONS]
        if not asked:
            return Seen(UNASKED, "客户没有问到。", settings=self._settings())
        found = [self._compared(heard, heard.knowledge, heard.began, each) for each in asked]
        worst = next(o for o in WORST if any(each.outcome == o for each in found))
        telling = [each for each in found if each.outcome == worst]
        return Seen(
            worst,
            "".join(dict.fromkeys(map(str, telling[:3]))),
            tuple(_evidence(heard, found)),
            Fraction(sum(each.outcome == DIFFERS for each in found)),
            self._settings(),
            {
                "comparisons": [each.as_json() for each in found],
                "routes": dict(ROUTES.get(worst, {})),
            },
        )

    def _questions(self, heard: Heard) -> Iterator[int]:
        if not self.about:
            for index, each in enumerate(heard.utterances):
                if each.role == "customer" and asks(each.text):
                    yield index
            return
        every = tuple(dict.fromkeys(word for phrase in self.about for word in phrase))
        found = mentions(heard, every, Where("customer"), self.wording)
        named = {match.places[-1].utterance for match in found.said}
        for turn in _turns(heard.utterances, "customer"):
            yield from [index for index in turn if index in named][-1:]

    def _compared(
        self, heard: Heard, knowledge: Knowledge, began: datetime, question: int
    ) -> Comparison:
        asked = heard.utterances[question]
        at = began + timedelta(seconds=float(asked.start))
        words = self.question or asked.text
        standard = knowledge.in_force(words, at, self.article)
        replies = _replies(heard.utterances, question, self.turns)
        said = [(index, each) for index in replies for each in values(heard.utterances[index].text)]
        wanted = () if standard is None else values(standard.text)
        theirs = [v for e in heard.utterances if e.role == "customer" for v in values(e.text)]
        held = compare([each for _, each in said], wanted, theirs)
        return Comparison(
            _outcome(standard, wanted, bool(held.right), bool(held.wrong)),
            question,
            words,
            at,
            standard,
            tuple(
                [_said(heard.utterances, *said[n], "与标准一致") for n in held.right]
                + [_said(heard.utterances, *said[n], "与标准不同") for n in held.wrong]
            ),
            _shown(said[n][1] for n in held.right),
            _shown(said[n][1] for n in held.wrong),
            _shown(wanted),
        )

    def _settings(self) -> dict[str, Any]:
        named = {"question": self.question, "article": self.article}
        given = {name: value for name, value in named.items() if value}
        return {"turns": self.turns, "about": [p[0] for p in self.about if p], **given}


def asks(text: str) -> bool:
    """Is it a question, by its words?"""
    question = ask(text)
    return len(question.text) >= SHORTEST and bool(question.wants) and bool(question.pairs)


def _outcome(standard: Standard | None, wanted: tuple[Value, ...], right: bool, wrong: bool) -> str:
    if standard is None:
        return SILENT
    if not wanted:
        return OPEN
    if wrong:
        return DIFFERS
    return AGREES if right else UNANSWERED


def _turns(utterances: Sequence[Utterance], role: Role) -> Iterator[list[int]]:
    """Indices of what one side said in one go, one list a turn."""
    turn: list[int] = []
    for index, each in enumerate(utterances):
        if each.role == role:
            turn.append(index)
        elif turn and each.role is not None:
            yield turn
            turn = []
    if turn:
        yield turn


def _replies(utterances: Sequence[Utterance], question: int, turns: int) -> list[int]:
    """What the agent said in the turns after the question."""
    after = utterances[question].start
    later = (
        [index for index in turn if utterances[index].start >= after]
        for turn in _turns(utterances, "agent")
    )
    found = [turn for turn in later if turn]
    return [index for turn in found[:turns] for index in turn]


def _said(utterances: Sequence[Utterance], index: int, value: Value, note: str) -> Evidence:
    return quoted(utterances, index, value.start, value.end, note)


def _shown(found: Iterable[Value]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.shown for each in found))


def _evidence(heard: Heard, found: list[Comparison]) -> Iterator[Evidence]:
    for each in found:
        text = heard.utterances[each.question].text
        yield quoted(heard.utterances, each.question, 0, len(text), "客户的问题")
        yield from each.said


def read(fields: Fields) -> Answer:
    turns = fields.get("turns")
    if turns is None:
        turns = TURNS
    elif isinstance(turns, bool) or not isinstance(turns, int) or not 1 <= turns <= MOST_TURNS:
        fields.fault(f"turns 应为 1 到 {MOST_TURNS} 的整数。", "turns")
        turns = TURNS
    return Answer(
        read_phrases(fields, "about", needed=False),
        fields.text("question"),
        fields.text("article") or None,
        turns,
        read_wording(fields),
    )
