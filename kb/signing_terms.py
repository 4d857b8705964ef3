"""What an editor sets for a text that must be signed: kept in the revision's data. Pure.

``data["signing"]`` holds ``again`` (false: whoever signed the text before need not sign this
change), ``days`` (to sign it in) and ``questions``. What makes no sense there, such as from a
file of another program, counts as not set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .errors import InvalidContent

FIELD = "signing"
MOST_QUESTIONS = 3
MOST_OPTIONS = 6
MOST_DAYS = 365
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Question:
    """One right answer among the options, and the words of the text that give it."""

    ask: str
    options: tuple[str, ...]
    right: int
    where: str


@dataclass(frozen=True, slots=True)
class Terms:
    """``days`` None: the centre's own; 0: no deadline."""

    again: bool = True
    days: int | None = None
    questions: tuple[Question, ...] = ()

    @classmethod
    def of(cls, data: Mapping[str, object]) -> Terms:
        kept = data.get(FIELD)
        if not isinstance(kept, Mapping):
            return cls()
        days, questions = kept.get("days"), kept.get("questions")
        read = [_question(one) for one in questions] if isinstance(questions, list) else []
        return cls(
            again=kept.get("again") is not False,
            days=days if _is_whole(days, MOST_DAYS + 1) else None,
            questions=tuple(one for one in read if one is not None)[:MOST_QUESTIONS],
        )

    def into(self, data: Mapping[str, object]) -> dict[str, object]:
        """The data with these terms in it, or without any where they are the usual ones."""
        others = {name: value for name, value in data.items() if name != FIELD}
        if self == Terms():
            return others
        questions = [
            {"ask": q.ask, "options": list(q.options), "right": q.right, "where": q.where}
            for q in self.questions
        ]
        kept: dict[str, object] = {"again": self.again, "days": self.days, "questions": questions}
        return others | {FIELD: kept}

    def wrong(self, given: Sequence[int | None]) -> list[int]:
        """Which questions (from 0) are not answered rightly."""
        answers = [*given, *[None] * len(self.questions)]
        return [n for n, question in enumerate(self.questions) if answers[n] != question.right]


def _is_whole(value: Any, below: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below


def _question(kept: object) -> Question | None:
    if not isinstance(kept, Mapping):
        return None
    options, right = kept.get("options"), kept.get("right")
    if not isinstance(options, list) or not 2 <= len(options) <= MOST_OPTIONS:
        return None
    if not isinstance(right, int) or not _is_whole(right, len(options)):
        return None
    words = tuple(str(option) for option in options)
    return Question(str(kept.get("ask", "")), words, right, str(kept.get("where", "")))


# As text, one block a question:
#   退票费最低收多少？
#   - 1元
#   * 2元
#   > 最低按2元计收


def written(questions: Sequence[Question]) -> str:
    """The questions as an editor writes them."""
    blocks = []
    for one in questions:
        options = [
            f"{'*' if number == one.right else '-'} {option}"
            for number, option in enumerate(one.options)
        ]
        blocks.append("\n".join([one.ask, *options, f"> {one.where}"]))
    return "\n\n".join(blocks)


def parse(text: str, body: str) -> tuple[Question, ...]:
    """The questions an editor wrote. Raises InvalidContent saying what to write instead."""
    blocks: list[list[str]] = [[]]
    for line in (line.strip() for line in text.splitlines()):
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    questions = tuple(_parsed(n, block, body) for n, block in enumerate(filter(None, blocks), 1))
    if len(questions) > MOST_QUESTIONS:
        raise InvalidContent(
            "quiz", f"最多{MOST_QUESTIONS}道题，现在有{len(questions)}道；题与题之间空一行。"
        )
    return questions


def _parsed(number: int, lines: Sequence[str], body: str) -> Question:
    def refuse(sentence: str) -> InvalidContent:
        return InvalidContent("quiz", f"第{number}题{sentence}")

    made = Question("", (), -1, "")
    for line in lines:
        mark, words = _mark(line[:1]), line[1:].strip()
        if mark == "*" and made.right >= 0:
            raise refuse("有两个“*”：正确的选项只能有一个。")
        if mark == "*":
            made = replace(made, right=len(made.options))
        if mark in ("-", "*"):
            made = replace(made, options=(*made.options, words))
        elif mark == ">":
            made = replace(made, where=words)
        elif made.ask:
            raise refuse(f"的“{line[:20]}”看不懂：选项以“-”或“*”开头，题与题之间空一行。")
        else:
            made = replace(made, ask=line)
    if not made.ask:
        raise refuse("缺少题目：先写一行问题，再写选项。")
    if not 2 <= len(made.options) <= MOST_OPTIONS or not all(made.options):
        raise refuse(f"要有2到{MOST_OPTIONS}个选项，每个一行，以“-”开头。")
    if made.right < 0:
        raise refuse("没有正确答案：在正确的选项前写“*”代替“-”。")
    if any(len(words) > LONGEST for words in (made.ask, made.where, *made.options)):
        raise refuse(f"太长：题目、选项和出处各不超过{LONGEST}个字。")
    if not made.where or made.where not in body:
        raise refuse("缺少出处：用“>”起一行，照抄正文里给出答案的那几个字。")
    return made


def _mark(char: str) -> str:
    """What a line begins with; full-width signs are forgiven."""
    return {"－": "-", "＊": "*", "＞": ">", "》": ">", "•": "-", "—": "-"}.get(char, char)
