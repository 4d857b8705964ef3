r"""GIFT, Moodle's text format: ``::title:: stem {=right ~wrong}``.

Read by the rules of Moodle's ``question/format/gift``: a blank line ends a question, ``\`` stands
before ``~ = # { } : \`` that are meant as they are, ``\n`` is a line end, ``// [id:…] [tag:…]``
names the next question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from ..errors import CannotWrite
from ..exact import decimal, exact, share
from ..questions import KINDS, Question
from .extras import applied, write_all
from .markup import from_html
from .report import Report, Written, choice_value, made_key

_SPECIAL = "~=#{}:\\"
_HELD = {f"\\{char}": chr(0xFDD0 + place) for place, char in enumerate(_SPECIAL)} | {
    "\\n": chr(0xFDE0)
}
_GIVEN = {ord(held): escaped[1] for escaped, held in _HELD.items()} | {0xFDE0: "\n"}
_NOT_TEXT = re.compile("[\ufdd0-\ufdef]")
_ESCAPE = re.compile(r"\\[~=#{}:\\n]")

_COMMENT = re.compile(r"\s*//(.*)")
_CATEGORY = re.compile(r"\s*\$CATEGORY:(.*)")
_ID = re.compile(r"\[id:((?:\\\]|[^\]])*)\]")
_TAG = re.compile(r"\[tag:((?:\\\]|[^\]])*)\]")
_OURS = re.compile(r"\s*zhixi (\{.*\})\s*")
_TITLE = re.compile(r"\s*::(.*?)::(.*)", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"\s*%(-?[0-9]+(?:\.[0-9]*)?|-?\.[0-9]+)%")
_PART = re.compile(r"([=~])([^=~]*)")
_ROOTS = re.compile(r"^\s*(?:\$(?:course|cat\d*|system|module)\$/?)?(?:top/)?")
_WILDCARD = re.compile(r"(?<!\\)\*")


class Trouble(Exception):
    """A question that is broken."""


class Skipped(Exception):
    """A question that we cannot hold: (its kind in the format, why)."""


class _Part(NamedTuple):
    right: bool
    weight: Fraction | None
    text: str
    feedback: str


@dataclass(slots=True)
class _Block:
    """The lines of one question, and what the comments before it said."""

    line: int
    lines: list[str] = field(default_factory=list)
    id: str = ""
    tags: list[str] = field(default_factory=list)
    ours: str = ""


def read(text: str) -> Report:
    """The questions of a GIFT text."""
    report = Report()
    for block in _blocks(_NOT_TEXT.sub("\ufffd", text)):
        try:
            value = _question(block, report)
        except Trouble as error:
            report.wrong(block.line, str(error))
        except Skipped as error:
            report.skip(block.line, *error.args)
        else:
            report.take(applied(value, block.ours), block.line)
    return report


def _blocks(text: str) -> Iterator[_Block]:
    category: list[str] = []
    block = _Block(1)
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if comment := _COMMENT.fullmatch(line):
            _listen(block, comment[1])
        elif found := _CATEGORY.fullmatch(line):
            name = _ROOTS.sub("", found[1]).strip()
            category = [name] if name else []
        elif line.strip():
            if not block.lines:
                block.line = number
            block.lines.append(line)
        elif block.lines:
            block.tags = [*category, *block.tags]
            yield block
            block = _Block(number + 1)


def _listen(block: _Block, comment: str) -> None:
    if found := _OURS.fullmatch(comment):
        block.ours = found[1]
        return
    if found := _ID.search(comment):
        block.id = found[1].replace("\\]", "]").strip()
    block.tags += [tag[1].replace("\\]", "]").strip() for tag in _TAG.finditer(comment)]


def _question(block: _Block, report: Report) -> dict[str, Any]:
    text = _ESCAPE.sub(lambda m: _HELD[m[0]], "\n".join(block.lines))
    title = ""
    if found := _TITLE.fullmatch(text):
        title, text = _plain(found[1]), found[2]
    losses: set[str] = set()
    before, answer, after = _braces(text)
    stem = _worded(f"{before.rstrip()} _____ {after.lstrip()}" if after.strip() else before, losses)
    if not stem:
        raise Trouble("这道题没有题干。")
    answer, _, feedback = answer.partition("####")
    key = block.id or title or made_key("gift", stem, answer)
    value: dict[str, Any] = {"key": key[:200].replace("\n", " "), "stem": stem}
    value |= {"topics": block.tags, "explanation": _worded(feedback, losses)}
    value |= _answer(answer.strip(), losses)
    for lost in sorted(losses):
        report.skip(block.line, lost, _LOST[lost])
    return value


_LOST: Mapping[str, str] = MappingProxyType(
    {
        "feedback": "各选项的反馈没有导入，其余已导入。",
        "media": "图片、音频、视频没有导入，只导入了文字。",
        "table": "表格没有导入为表格，只导入了文字。",
        "script": "上标、下标没有保留，请核对题干。",
    }
)


def _braces(text: str) -> tuple[str, str, str]:
    before, opening, rest = text.partition("{")
    if not opening:
        if "}" in text:
            raise Trouble("右花括号 } 前面没有左花括号 {。")
        raise Skipped("description", "没有花括号，是一段说明，不是题目。")
    answer, closing, after = rest.partition("}")
    if not closing:
        raise Trouble("左花括号 { 没有对应的右花括号 }。")
    if "{" in answer or "{" in after or "}" in after:
        raise Trouble("一道题里有多组花括号；要写出花括号本身，请写 \\{ 和 \\}。")
    return before, answer, after


def _worded(text: str, losses: set[str]) -> str:
    """Text without its format prefix; HTML as plain text."""
    found = _FORMAT.match(text)
    words = _plain(text[found.end() :] if found else text)
    if found and found[1] == "html":
        words, lost = from_html(words)
        losses |= lost
    return words.strip()


def _plain(text: str) -> str:
    return text.translate(_GIVEN).strip()


# Answers


def _answer(text: str, losses: set[str]) -> dict[str, Any]:
    if not text:
        return {"kind": "essay", "answer": []}
    if text[0] == "#":
        return _number(text[1:].strip(), losses)
    if "~" in text:
        return _choice(_parts(text, losses), losses)
    verdict = text.partition("#")
    if verdict[0].strip().upper() in _VERDICTS:
        if verdict[2].strip():
            losses.add("feedback")
        return {"kind": "judge", "answer": _VERDICTS[verdict[0].strip().upper()]}
    if "=" in text and "->" in text:
        return _match(_parts(text, losses), losses)
    if text[0] == "=":
        return _short(_parts(text, losses))
    raise Trouble("花括号里的答案看不懂：应以 =、~、# 开头，或写 T、F。")


_VERDICTS = {"T": True, "TRUE": True, "F": False, "FALSE": False}


def _parts(text: str, losses: set[str]) -> list[_Part]:
    found = []
    for mark, rest in _PART.findall(text):
        weight = _WEIGHT.match(rest)
        worth = share(Fraction(weight[1]) / 100) if weight else None
        said, _, feedback = (rest[weight.end() :] if weight else rest).partition("#")
        if feedback.strip():
            losses.add("feedback")
        found.append(_Part(mark == "=", worth, said, feedback))
    return found


def _choice(parts: list[_Part], losses: set[str]) -> dict[str, Any]:
    options = choice_value(_worded(part.text, losses) for part in parts)
    right = [o["key"] for o, part in zip(options, parts, strict=True) if part.right]
    fractions = [part.weight if part.weight is not None else Fraction(part.right) for part in parts]
    for option, fraction in zip(options, fractions, strict=True):
        option["fraction"] = fraction
    if not right:
        good = [o["key"] for o in options if o["fraction"] > 0]
        if not good:
            raise Trouble("没有一个选项得分：多选题的正确选项应写成 ~%50%。")
        return {"kind": "multiple", "options": options, "answer": good, "policy": "fractions"}
    if len(right) > 1:
        raise Skipped("multichoice", "单选题有不止一个正确选项（=），我们的单选题只有一个。")
    if all(part.weight is None for part in parts):
        for option in options:
            del option["fraction"]
        return {"kind": "single", "options": options, "answer": right[0]}
    return {"kind": "single", "options": options, "answer": right[0], "policy": "fractions"}


def _short(parts: list[_Part]) -> dict[str, Any]:
    if any(part.weight not in (None, 1) for part in parts):
        raise Skipped("shortanswer", "有只得部分分的写法，我们的填空题没有。")
    forms = [_plain(part.text) for part in parts]
    if any(_WILDCARD.search(form) for form in forms):
        raise Skipped("shortanswer", "答案里有通配符 *，我们的填空题没有。")
    return {"kind": "blank", "answer": [[form.replace("\\*", "*") for form in forms]]}


def _match(parts: list[_Part], losses: set[str]) -> dict[str, Any]:
    pairs: dict[str, str] = {}
    extra: list[str] = []
    for part in parts:
        left, arrow, right = part.text.partition("->")
        if not arrow or not right.strip():
            raise Trouble("匹配题的每一行应写成 =左项 -> 右项。")
        shown = _worded(left, losses)
        if shown in pairs:
            raise Trouble(f"匹配题的左项“{shown[:20]}”重复。")
        if shown:
            pairs[shown] = _worded(right, losses)
        else:
            extra.append(_worded(right, losses))
    return {"kind": "match", "answer": pairs, "options": choice_value(extra)}


def _number(text: str, losses: set[str]) -> dict[str, Any]:
    body, _, feedback = text.partition("#")
    marks = body.count("=")
    if marks > 1 or "%" in body or "~" in body:
        raise Skipped("numerical", "有几个答案或部分得分的答案，我们的数值题只有一个。")
    if feedback.strip():
        losses.add("feedback")
    body = body.strip().removeprefix("=").strip()
    low, dots, high = body.partition("..")
    if dots:
        least, most = exact(low), exact(high)
        if least is None or most is None or least > most:
            raise Trouble(f"看不懂数值范围“{body[:20]}”，应写成 {{#1..5}}。")
        return _number_value((least + most) / 2, (most - least) / 2)
    value, colon, tolerance = body.partition(":")
    number, allowed = exact(value), exact(tolerance) if colon else Fraction(0)
    if number is None or allowed is None or allowed < 0:
        raise Trouble(f"看不懂数值“{body[:20]}”，应写成 {{#30:2}}。")
    return _number_value(number, allowed)


def _number_value(value: Fraction, tolerance: Fraction) -> dict[str, Any]:
    return {"kind": "number", "answer": {"value": value, "tolerance": tolerance}}


# Writing


def write(questions: list[Question]) -> Written:
    """The questions as a GIFT text."""
    texts, written = write_all(questions, _text, read)
    written.data = "".join(text + "\n\n" for text in texts).encode()
    return written


def _text(question: Question, extra: str) -> str:
    writer = _WRITERS.get(question.kind)
    if writer is None:
        raise CannotWrite(f"GIFT 没有{KINDS[question.kind]}。")
    topics = [topic for topic in question.topics if "\\" not in topic]
    notes = "".join(f" [tag:{topic.replace(']', chr(92) + ']')}]" for topic in topics)
    head = [f"//{notes}"] if notes else []
    if extra:
        head.append(f"// zhixi {extra}")
    feedback = f"\n\t####{_escaped(question.explanation)}" if question.explanation else ""
    body = writer(question)
    lines = f"::{_escape(question.key)}::{_escaped(question.stem)}{{{body}{feedback}"
    return "\n".join([*head, lines + ("\n}" if "\n" in body or feedback else "}")])


def _escape(text: str) -> str:
    return re.sub(r"[~=#{}:\\]", lambda m: "\\" + m[0], text).replace("\n", "\\n")


def _escaped(text: str) -> str:
    """Escaped, and marked as plain where it could be taken for markup."""
    return ("[plain]" if text.startswith("[") else "") + _escape(text)


def _write_choice(question: Question) -> str:
    right = question.answer if question.kind == "multiple" else (question.answer,)
    by_fractions = question.policy == "fractions"
    lines = []
    for option in question.options:
        fraction = option.fraction or Fraction(0)
        if not by_fractions:
            fraction = Fraction(1, len(right)) if option.key in right else Fraction(-1)
        mark = "=" if question.kind == "single" and option.key in right else "~"
        weighted = by_fractions or question.kind == "multiple"
        weight = f"%{decimal(fraction * 100, 5)}%" if weighted else ""
        lines.append(f"\n\t{mark}{weight}{_escaped(option.text)}")
    return "".join(lines)


def _write_judge(question: Question) -> str:
    return "TRUE" if question.answer else "FALSE"


def _write_blank(question: Question) -> str:
    if len(question.answer) > 1:
        raise CannotWrite("GIFT 的填空题只有一个空。")
    forms = question.answer[0]
    return "".join("\n\t=" + _escape(form.replace("*", "\\*")) for form in forms)


def _write_number(question: Question) -> str:
    number = question.answer
    tolerance = f":{decimal(number.tolerance)}" if number.tolerance else ""
    return f"#{decimal(number.value)}{tolerance}"


def _write_match(question: Question) -> str:
    pairs = [*question.answer, *(("", option.text) for option in question.options)]
    return "".join(f"\n\t={_escaped(left)} -> {_escaped(right)}" for left, right in pairs)


def _write_essay(question: Question) -> str:
    return ""


_WRITERS: Mapping[str, Callable[[Question], str]] = MappingProxyType(
    {
        "single": _write_choice,
        "multiple": _write_choice,
        "judge": _write_judge,
        "blank": _write_blank,
        "number": _write_number,
        "match": _write_match,
        "essay": _write_essay,
    }
)
