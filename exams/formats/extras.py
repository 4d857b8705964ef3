"""What a format has no place for, kept beside the question where only we look.

A file is written, read again by its own reader, and compared. What differs and is no more than
a note (points, topics, the evidence, keys of options …) goes along as one JSON object, in a
comment or a processing instruction, which other programs pass over. What still differs then
cannot be carried, and is listed: so an export never claims more than an import gives back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ..errors import BadQuestion, CannotWrite
from ..questions import Question
from ..reading import loads, read
from .report import Report, Written

NOTES = ("key", "points", "difficulty", "topics", "policy", "explanation", "source", "strict")

_GAPS = re.compile(r"_{2,}|\s+")

Write = Callable[[Question, str], str]
"""(question, its extras as JSON or '') → its text; raises CannotWrite."""

Read = Callable[[str], Report]


def carried(question: Question, write: Write, read_back: Read) -> str:
    """The question's text, from which the format's reader makes the same question.

    Raises CannotWrite where none can be made.
    """
    text = write(question, "")
    first = read_back(text)
    native = _only(first)
    if native == question and not first.skipped:
        return text
    if native is not None and (extra := _between(question, native)) is not None:
        text = write(question, json.dumps(extra, ensure_ascii=False))
        again = read_back(text)
        if _only(again) == question and not again.skipped:
            return text
    raise CannotWrite("这种格式写不下这道题的内容。")


def write_all(
    questions: list[Question], write: Write, read_back: Read
) -> tuple[list[str], Written]:
    """Texts of all questions that can be carried; the others are listed."""
    texts, written = [], Written()
    for question in questions:
        try:
            texts.append(carried(question, write, read_back))
        except CannotWrite as error:
            written.without(question, str(error))
    written.count = len(texts)
    return texts, written


def _only(report: Report) -> Question | None:
    return report.imported[0] if len(report.imported) == 1 and not report.errors else None


def _between(full: Question, native: Question) -> dict[str, Any] | None:
    """What ``native`` lacks to be ``full``; None where it is more than notes."""
    if full.kind != native.kind:
        return None
    wanted, given = full.as_dict(), native.as_dict()
    extra = {name: wanted.get(name) for name in NOTES if wanted.get(name) != given.get(name)}
    if _same_but_gaps(full.stem, native.stem):
        extra["stem"] = full.stem
    if full.kind == "number" and full.answer.unit != native.answer.unit:
        extra["unit"] = full.answer.unit
    if full.kind == "essay" and full.answer != native.answer:
        extra["answer"] = wanted["answer"]
    if full.options != native.options:
        options = _options(full, native)
        if options is None:
            return None
        extra["options"] = options
    if full.policy == "fractions":
        extra["right"] = [full.answer] if full.kind == "single" else full.answer
    return extra


def _same_but_gaps(text: str, other: str) -> bool:
    return text != other and _squeezed(text) == _squeezed(other)


def _squeezed(text: str) -> str:
    return _GAPS.sub(" ", text)


def _options(full: Question, native: Question) -> list[dict[str, Any]] | None:
    """For each option: its key, its fraction, and which of the native ones has its text."""
    texts = [option.text for option in native.options]
    left = [_squeezed(text) for text in texts]
    found = []
    for option in full.as_dict().get("options", []):
        text = option.pop("text")
        if _squeezed(text) not in left:
            return None
        place = left.index(_squeezed(text))
        left[place] = ""
        spaced = {} if text == texts[place] else {"text": text}
        found.append({**option, **spaced, "from": place})
    return None if any(left) else found


def applied(value: dict[str, Any], text: str) -> dict[str, Any]:
    """A value read from a file with the extras of ``text`` ('' = none).

    Extras that are not ours, or do not fit, are passed over: the file itself speaks.
    """
    if not text:
        return value
    try:
        extra = loads(text)
        tried = _merged(value, extra) if isinstance(extra, dict) else value
        read(tried)
    except (BadQuestion, KeyError, IndexError, TypeError):
        return value
    return tried


def _merged(value: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    merged = value | {name: extra[name] for name in NOTES if name in extra}
    if isinstance(extra.get("stem"), str) and _same_but_gaps(extra["stem"], value["stem"].strip()):
        merged["stem"] = extra["stem"]
    if "unit" in extra and value["kind"] == "number":
        merged["answer"] = {**value["answer"], "unit": extra["unit"]}
    if "answer" in extra and value["kind"] == "essay":
        merged["answer"] = extra["answer"]
    if "options" in extra and len(extra["options"]) == len(value.get("options", [])):
        merged |= _renamed(value, extra["options"])
    if merged.get("policy") == "fractions" and isinstance(extra.get("right"), list):
        merged["answer"] = extra["right"][0] if value["kind"] == "single" else extra["right"]
    return merged


def _renamed(value: dict[str, Any], options: list[dict[str, Any]]) -> dict[str, Any]:
    native = value["options"]
    keys = {native[option["from"]]["key"]: option["key"] for option in options}
    if len(keys) != len(native):
        raise KeyError("from")
    shown = []
    for option in options:
        text = native[option["from"]]["text"]
        if _same_but_gaps(str(option.get("text", "")), text.strip()):
            text = option["text"]
        share = {"fraction": option["fraction"]} if "fraction" in option else {}
        shown.append({"key": option["key"], "text": text, **share})
    answer = value["answer"]
    if value["kind"] == "single":
        answer = keys[answer]
    elif value["kind"] in ("multiple", "order"):
        answer = [keys[key] for key in answer]
    return {"options": shown, "answer": answer}
