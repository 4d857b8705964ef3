"""Aiken: a question on a line, options ``A.`` or ``A)`` on theirs, then ``ANSWER: B``.

It knows single choices and nothing besides: what else a question has is listed on export.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..questions import KINDS, Question
from .report import Report, Written, choice_value, letters, made_key

_OPTION = re.compile(r"\s*([A-Z])\s*[.)．）、]\s*(.+)")
_ANSWER = re.compile(r"\s*ANSWER\s*[:：]\s*(.*)", re.IGNORECASE)
_LETTERS = letters(26)


@dataclass(slots=True)
class _Asked:
    line: int
    stem: list[str] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)


def read(text: str) -> Report:
    """The questions of an Aiken text; one that is broken does not stop the rest."""
    report = Report()
    asked: _Asked | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            if asked is not None:
                _unfinished(asked, report)
            asked = None
            continue
        asked = asked or _Asked(number)
        if answer := _ANSWER.fullmatch(line):
            _finish(asked, answer[1].strip(), number, report)
            asked = None
        elif (option := _OPTION.fullmatch(line)) and asked.stem:
            asked.options.append((option[1], option[2].strip()))
        elif asked.options:
            report.wrong(number, "选项后面应为下一个选项（如 B. …）或 ANSWER: 一行。")
            asked = _Asked(number)
        else:
            asked.stem.append(line.strip())
    if asked is not None:
        _unfinished(asked, report)
    return report


def _unfinished(asked: _Asked, report: Report) -> None:
    if asked.stem or asked.options:
        report.wrong(asked.line, "这道题没有写完：缺少 ANSWER: 一行。")


def _finish(asked: _Asked, answer: str, line: int, report: Report) -> None:
    keys = [key for key, _ in asked.options]
    if not asked.stem or len(keys) < 2:
        report.wrong(asked.line, "ANSWER: 前面应有题干和至少两个选项。")
    elif keys != _LETTERS[: len(keys)]:
        report.wrong(asked.line, f"选项应按 A、B、C 的顺序，现在是 {'、'.join(keys)}。")
    elif re.fullmatch(r"[A-Za-z](?:\s*[,，、 ]\s*[A-Za-z])+", answer):
        report.skip(line, "multiple", "Aiken 只有一个正确选项；这里写了几个，没有导入。")
    elif answer.upper() not in keys:
        report.wrong(line, f"ANSWER 应为 {'、'.join(keys)} 之一，现在是“{answer[:20]}”。")
    else:
        stem = "\n".join(asked.stem)
        options = choice_value(text for _, text in asked.options)
        value = {"kind": "single", "stem": stem, "options": options, "answer": answer.upper()}
        key = made_key("aiken", stem, *(text for _, text in asked.options))
        report.take({**value, "key": key}, asked.line)


# Writing

_LOST = {
    "points": "分值",
    "difficulty": "难度",
    "topics": "知识点",
    "policy": "评分规则",
    "explanation": "解析",
    "source": "出处",
}


def write(questions: list[Question]) -> Written:
    """The single choices among the questions; what Aiken has no place for is listed."""
    written, texts = Written(), []
    for question in questions:
        text = _text(question) if question.kind == "single" else ""
        if not text:
            written.without(question, f"Aiken 只有单选题，没有{KINDS[question.kind]}。")
            continue
        found = read(text).imported
        if len(found) != 1 or _words(found[0]) != _words(question):
            written.without(question, "题干或选项的写法会被 Aiken 读错（换行、像选项的行等）。")
            continue
        _list_losses(question, found[0], written)
        texts.append(text)
    written.count = len(texts)
    written.data = "\n".join(texts).encode()
    return written


def _text(question: Question) -> str:
    if len(question.options) > len(_LETTERS):
        return ""
    pairs = list(zip(_LETTERS, question.options, strict=False))
    answer = next(letter for letter, option in pairs if option.key == question.answer)
    options = "".join(f"{letter}. {option.text}\n" for letter, option in pairs)
    return f"{question.stem}\n{options}ANSWER: {answer}\n"


def _words(question: Question) -> tuple[object, ...]:
    texts = [option.text for option in question.options]
    return question.stem, texts, [option.key for option in question.options].index(question.answer)


def _list_losses(question: Question, found: Question, written: Written) -> None:
    wanted, given = question.as_dict(), found.as_dict()
    for name, label in _LOST.items():
        if wanted.get(name) != given.get(name):
            written.without(question, f"Aiken 没有{label}。", name)
    if [o.key for o in question.options] != [o.key for o in found.options]:
        written.without(question, "Aiken 的选项编号总是 A、B、C。", "options")
    elif question.options != found.options:
        written.without(question, "Aiken 没有选项分值。", "options")
    written.without(question, "Aiken 没有题目编号，再导入时另给一个。", "key")
