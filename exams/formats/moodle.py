"""Moodle XML: ``<quiz>`` of ``<question type="…">``."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ..errors import CannotWrite, Unreadable
from ..exact import decimal, exact, share
from ..questions import Question
from .extras import applied, write_all
from .markup import from_html
from .report import Report, Written, choice_value, made_key
from .xml import add, add_extras, elements, extras_of, parse, text_of

_ROOTS = re.compile(r"^\s*(?:\$(?:course|cat\d*|system|module)\$/?)?(?:top/?)?")
_WILDCARD = re.compile(r"(?<!\\)\*")

_LOST: Mapping[str, str] = MappingProxyType(
    {
        "feedback": "各选项的反馈没有导入，其余已导入。",
        "hint": "提示（hint）没有导入，其余已导入。",
        "graderinfo": "给评分人的说明没有导入，其余已导入。",
        "media": "图片、音频、视频没有导入，只导入了文字。",
        "table": "表格没有导入为表格，只导入了文字。",
        "script": "上标、下标没有保留，请核对题干。",
    }
)


class _Skipped(Exception):
    """A question that we cannot hold; the text says why."""


class _Broken(Exception):
    """A question that lacks something; the text says what."""


def read(text: str) -> Report:
    """The questions of a Moodle XML text. Raises Unreadable for what is none."""
    root = parse(text)
    if root.tag != "quiz":
        raise Unreadable("不是 Moodle XML：最外层应为 <quiz>。")
    report = Report()
    topics: list[str] = []
    number = 0
    for element in elements(root, "question"):
        kind = element.get("type", "")
        if kind == "category":
            name = _ROOTS.sub("", text_of(element, "category/text")).strip()
            topics = [name] if name else []
            continue
        number += 1
        _take(element, kind, topics, report, number)
    return report


def _take(element: ET.Element, kind: str, topics: list[str], report: Report, number: int) -> None:
    name = " ".join(text_of(element, "name/text").split())
    place = f"第{number}题" + (f" {name[:40]}" if name else "")
    reader = _READERS.get(kind)
    if reader is None:
        why = "我们没有这种题型，没有导入。" if kind in _FOREIGN else "不认识这种题型，没有导入。"
        report.skip(place, kind or "?", why)
        return
    losses: set[str] = set()
    try:
        value = _common(element, name, topics, losses) | reader(element, losses)
    except _Skipped as error:
        report.skip(place, kind, str(error))
    except _Broken as error:
        report.wrong(place, str(error))
    else:
        if report.take(applied(value, extras_of(element)), place):
            for lost in sorted(losses):
                report.skip(place, lost, _LOST[lost])


_FOREIGN = frozenset(
    (
        *("description", "cloze", "calculated", "calculatedmulti", "calculatedsimple"),
        *("ddimageortext", "ddmarker", "ddwtos", "gapselect", "random", "randomsamatch", "stack"),
    )
)


def _common(element: ET.Element, name: str, topics: list[str], losses: set[str]) -> dict[str, Any]:
    stem = _worded(element.find("questiontext"), losses)
    key = " ".join(text_of(element, "idnumber").split()) or name or made_key("moodle", stem)
    tags = [" ".join(text_of(tag).split()) for tag in element.iterfind("tags/tag")]
    grade = (
        exact(text_of(element, "defaultgrade")) if element.find("defaultgrade") is not None else 1
    )
    if element.find("hint") is not None and any(text_of(h) for h in elements(element, "hint")):
        losses.add("hint")
    if any(text_of(each).strip() for each in element.iterfind(".//feedback")):
        losses.add("feedback")
    return {
        "key": key[:200],
        "stem": stem,
        "points": grade,
        "topics": [*topics, *filter(None, tags)],
        "explanation": _worded(element.find("generalfeedback"), losses),
    }


def _worded(element: ET.Element | None, losses: set[str]) -> str:
    """The words of an element that has a ``format`` and a ``<text>``."""
    if element is None:
        return ""
    text = text_of(element, "text")
    if element.find("file") is not None:
        losses.add("media")
    if element.get("format", "html") in ("plain_text", "markdown", "moodle_auto_format"):
        return text.strip()
    words, lost = from_html(text)
    losses |= lost
    return words


# Reading, one function a type


def _answers(element: ET.Element, losses: set[str]) -> list[tuple[Fraction, str]]:
    """(fraction, words) of each answer."""
    found = []
    for answer in elements(element, "answer"):
        percent = exact(answer.get("fraction", ""))
        if percent is None:
            raise _Broken("有一个答案的 fraction 不是数字。")
        fraction = share(percent / 100)
        assert fraction is not None
        found.append((fraction, _worded(answer, losses)))
    return found


def _choice(element: ET.Element, losses: set[str]) -> dict[str, Any]:
    found = _answers(element, losses)
    options = choice_value((text for _, text in found), (fraction for fraction, _ in found))
    good = [option["key"] for option in options if option["fraction"] > 0]
    if not good:
        raise _Broken("没有一个选项得分。")
    if text_of(element, "single").strip().lower() not in ("true", "1", ""):
        return {"kind": "multiple", "options": options, "answer": good, "policy": "fractions"}
    right = [option["key"] for option in options if option["fraction"] == 1]
    if len(right) != 1:
        raise _Skipped(f"单选题有 {len(right)} 个满分选项，我们的单选题恰有一个。")
    value = {"kind": "single", "options": options, "answer": right[0]}
    if {option["fraction"] for option in options} == {0, 1}:
        for option in options:
            del option["fraction"]
        return value
    return {**value, "policy": "fractions"}


def _true_false(element: ET.Element, losses: set[str]) -> dict[str, Any]:
    right = {text.strip().lower() for fraction, text in _answers(element, losses) if fraction == 1}
    if right not in ({"true"}, {"false"}):
        raise _Broken("判断题应恰有一个满分答案，写作 true 或 false。")
    return {"kind": "judge", "answer": right == {"true"}}


def _short(element: ET.Element, losses: set[str]) -> dict[str, Any]:
    plain = [(fraction, text_of(a, "text").strip()) for (fraction, _), a in zip(
        _answers(element, set()), elements(element, "answer"), strict=True)]  # fmt: skip
    forms = [text for fraction, text in plain if fraction == 1]
    if any(0 < fraction < 1 for fraction, _ in plain):
        raise _Skipped("有只得部分分的写法，我们的填空题没有。")
    if any(_WILDCARD.search(text) for text in forms):
        raise _Skipped("答案里有通配符 *，我们的填空题没有。")
    if any(fraction <= 0 and text.strip("*") for fraction, text in plain):
        losses.add("feedback")
    strict = text_of(element, "usecase").strip() == "1"
    answer = [[form.replace("\\*", "*") for form in forms]]
    return {"kind": "blank", "answer": answer} | ({"strict": True} if strict else {})


def _numerical(element: ET.Element, losses: set[str]) -> dict[str, Any]:
    full = [a for a in elements(element, "answer") if exact(a.get("fraction", "")) == 100]
    part = [f for f, text in _answers(element, set()) if 0 < f < 1]
    units = [text_of(unit, "unit_name").strip() for unit in element.iterfind("units/unit")]
    if len(full) != 1 or part:
        raise _Skipped("有几个答案或部分得分的答案，我们的数值题只有一个。")
    if len(units) > 1:
        raise _Skipped("有几个可用的单位，我们的数值题只有一个。")
    answer: dict[str, Any] = {"value": exact(text_of(full[0], "text"))}
    if answer["value"] is None:
        raise _Broken(f"数值题的答案“{text_of(full[0], 'text')[:20]}”不是数字。")
    if (tolerance := text_of(full[0], "tolerance").strip()) and exact(tolerance) != 0:
        answer["tolerance"] = exact(tolerance) or tolerance
    return {"kind": "number", "answer": answer | ({"unit": units[0]} if units else {})}


def _matching(element: ET.Element, losses: set[str]) -> dict[str, Any]:
    pairs: dict[str, str] = {}
    extra = []
    for part in elements(element, "subquestion"):
        left, right = _worded(part, losses), text_of(part, "answer/text").strip()
        if left in pairs:
            raise _Broken(f"匹配题的左项“{left[:20]}”重复。")
        if left:
            pairs[left] = right
        elif right:
            extra.append(right)
    return {"kind": "match", "answer": pairs, "options": choice_value(extra)}


def _ordering(element: ET.Element, losses: set[str]) -> dict[str, Any]:
    """The answers stand in the right order; they are shown in it nowhere but here."""
    options = choice_value(_worded(answer, losses) for answer in elements(element, "answer"))
    return {"kind": "order", "options": options, "answer": [option["key"] for option in options]}


def _essay(element: ET.Element, losses: set[str]) -> dict[str, Any]:
    if text_of(element, "graderinfo/text").strip() and not extras_of(element):
        losses.add("graderinfo")
    return {"kind": "essay", "answer": []}


_READERS: Mapping[str, Callable[[ET.Element, set[str]], dict[str, Any]]] = MappingProxyType(
    {
        "multichoice": _choice,
        "truefalse": _true_false,
        "shortanswer": _short,
        "numerical": _numerical,
        "matching": _matching,
        "ordering": _ordering,
        "essay": _essay,
    }
)


# Writing


def write(questions: list[Question]) -> Written:
    """The questions as one ``<quiz>``."""
    texts, written = write_all(questions, _text, lambda text: read(f"<quiz>{text}</quiz>"))
    body = "\n".join(texts)
    written.data = f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{body}\n</quiz>\n'.encode()
    return written


def _text(question: Question, extra: str) -> str:
    if question.kind == "blank" and len(question.answer) > 1:
        raise CannotWrite("Moodle 的简短回答题只有一个空。")
    kind, writer = _WRITERS[question.kind]
    root = ET.Element("question", {"type": kind})
    add_extras(root, extra)
    _add_text(root, "name", question.key)
    _add_text(root, "questiontext", question.stem, format="plain_text")
    _add_text(root, "generalfeedback", question.explanation, format="plain_text")
    add(root, "defaultgrade", decimal(question.points))
    add(root, "penalty", "0")
    add(root, "hidden", "0")
    add(root, "idnumber", question.key)
    writer(root, question)
    tags = add(root, "tags")
    for topic in question.topics:
        _add_text(tags, "tag", topic)
    return ET.tostring(root, encoding="unicode")


def _add_text(parent: ET.Element, tag: str, text: str, /, **attributes: str) -> ET.Element:
    child = add(parent, tag, None, **attributes)
    add(child, "text", text)
    return child


def _add_answer(parent: ET.Element, text: str, fraction: Fraction) -> ET.Element:
    percent = decimal(fraction * 100, 5)
    return _add_text(parent, "answer", text, fraction=percent, format="plain_text")


def _write_choice(root: ET.Element, question: Question) -> None:
    single = question.kind == "single"
    right: Iterable[str] = (question.answer,) if single else question.answer
    wrong = Fraction(0) if single else Fraction(-1)
    worth = Fraction(1, len(list(right)))
    add(root, "single", "true" if single else "false")
    add(root, "shuffleanswers", "true")
    add(root, "answernumbering", "ABCD")
    for option in question.options:
        fraction = option.fraction or Fraction(0)
        if question.policy != "fractions":
            fraction = worth if option.key in right else wrong
        _add_answer(root, option.text, fraction)


def _write_judge(root: ET.Element, question: Question) -> None:
    for verdict in (True, False):
        text = "true" if verdict else "false"
        _add_answer(root, text, Fraction(verdict == question.answer))


def _write_blank(root: ET.Element, question: Question) -> None:
    add(root, "usecase", "1" if question.strict else "0")
    for form in question.answer[0]:
        _add_answer(root, form.replace("*", "\\*"), Fraction(1))


def _write_number(root: ET.Element, question: Question) -> None:
    answer = _add_answer(root, decimal(question.answer.value), Fraction(1))
    add(answer, "tolerance", decimal(question.answer.tolerance))
    if question.answer.unit:
        unit = add(add(root, "units"), "unit")
        add(unit, "multiplier", "1")
        add(unit, "unit_name", question.answer.unit)


def _write_match(root: ET.Element, question: Question) -> None:
    add(root, "shuffleanswers", "true")
    for left, right in (*question.answer, *(("", option.text) for option in question.options)):
        part = _add_text(root, "subquestion", left, format="plain_text")
        _add_text(part, "answer", right)


def _write_order(root: ET.Element, question: Question) -> None:
    texts = question.texts()
    add(root, "layouttype", "VERTICAL")
    add(root, "selecttype", "ALL")
    add(root, "gradingtype", "ALL_OR_NOTHING")
    for place, key in enumerate(question.answer, 1):
        text = texts[key]
        _add_text(root, "answer", text, fraction=str(place), format="plain_text")


def _write_essay(root: ET.Element, question: Question) -> None:
    add(root, "responseformat", "plain")
    points = (f"{'、'.join(point.words)}：{decimal(point.points)}" for point in question.answer)
    _add_text(root, "graderinfo", "\n".join(points), format="plain_text")


_WRITERS: Mapping[str, tuple[str, Callable[[ET.Element, Question], None]]] = MappingProxyType(
    {
        "single": ("multichoice", _write_choice),
        "multiple": ("multichoice", _write_choice),
        "judge": ("truefalse", _write_judge),
        "blank": ("shortanswer", _write_blank),
        "number": ("numerical", _write_number),
        "match": ("matching", _write_match),
        "order": ("ordering", _write_order),
        "essay": ("essay", _write_essay),
    }
)
