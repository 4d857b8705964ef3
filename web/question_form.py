"""The editor's form of a question: its fields of a question, and what was typed as JSON.

Every kind has the same form; what a kind does not use is left alone. Long answers are lines:

- blank: a line for each blank, its accepted forms apart by ；
- order: a line for each step, in the right order
- match: 左=右 a line; =右 for a right side that belongs to nothing
- essay: 词｜词=分值 a line
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from werkzeug.datastructures import MultiDict

from exams.exact import decimal
from exams.formats.report import letters
from exams.questions import Question, Source
from exams.reading import MAX_PARTS
from kb.errors import InvalidContent

LEAST_OPTIONS, MOST_OPTIONS = 4, MAX_PARTS
"""Rows of options that the form shows at least, and takes at most."""

CHOICES = ("single", "multiple")
PLAIN = (
    *("kind", "stem", "points", "difficulty", "grade", "policy", "explanation", "topics"),
    *("verdict", "blanks", "value", "tolerance", "unit", "steps", "pairs", "essay"),
    *("article", "quote", "note"),
)
_GUARDED = re.compile(r"\\([；;｜|=＝\\])")

Fields = dict[str, Any]


def empty(kind: str = "single") -> Fields:
    """The form of a question that is not there yet."""
    blank = dict.fromkeys(PLAIN, "")
    return {**blank, "kind": kind, "points": "1", "strict": False, "options": _rows([])}


def fields(question: Question, grade: str = "") -> Fields:
    """The form of a question."""
    source = question.source
    found = empty(question.kind) | {
        "stem": question.stem,
        "points": decimal(question.points),
        "difficulty": question.difficulty,
        "grade": grade,
        "policy": question.policy,
        "explanation": question.explanation,
        "topics": "；".join(question.topics),
        "strict": question.strict,
        "article": source.article if source else "",
        "quote": source.quote if source else "",
    }
    return found | _answer_fields(question)


def _answer_fields(question: Question) -> Fields:
    kind, answer = question.kind, question.answer
    if kind in CHOICES:
        right = {answer} if kind == "single" else set(answer)
        rows = [
            (o.text, o.key in right, "" if o.fraction is None else decimal(o.fraction, 5))
            for o in question.options
        ]
        return {"options": _rows(rows)}
    if kind == "judge":
        return {"verdict": "yes" if answer else "no"}
    if kind == "blank":
        return {"blanks": "\n".join("；".join(map(_guard, forms)) for forms in answer)}
    if kind == "number":
        tolerance = decimal(answer.tolerance) if answer.tolerance else ""
        return {"value": decimal(answer.value), "tolerance": tolerance, "unit": answer.unit}
    if kind == "order":
        texts = question.texts()
        return {"steps": "\n".join(texts[key].replace("\n", " ") for key in answer)}
    if kind == "match":
        extra = [f"={_guard(option.text)}" for option in question.options]
        pairs = [f"{_guard(left)}={_guard(right)}" for left, right in answer]
        return {"pairs": "\n".join(pairs + extra)}
    return {"essay": "\n".join(_point(point) for point in answer)}


def _point(point: Any) -> str:
    return "｜".join(map(_guard, point.words)) + f"={decimal(point.points)}"


def _rows(rows: list[tuple[str, bool, str]]) -> list[dict[str, Any]]:
    """Rows of options with room for one more."""
    size = min(MOST_OPTIONS, max(LEAST_OPTIONS, len(rows) + 1))
    padded = [*rows, *[("", False, "")] * (size - len(rows))]
    return [
        {"key": key, "text": text, "right": right, "fraction": fraction}
        for key, (text, right, fraction) in zip(letters(size), padded, strict=True)
    ]


def typed(form: MultiDict[str, str]) -> Fields:
    """The form as it was sent, to be shown again."""
    found: Fields = {name: form.get(name, "").replace("\r\n", "\n") for name in PLAIN}
    right = set(form.getlist("right"))
    texts = form.getlist("option")
    shares = [*form.getlist("fraction"), *[""] * len(texts)]
    rows = [
        (text.replace("\r\n", "\n"), str(n) in right, shares[n])
        for n, text in enumerate(texts[:MOST_OPTIONS])
    ]
    while rows and not rows[-1][0].strip():
        rows.pop()
    found["options"] = _rows(rows)
    found["strict"] = "strict" in form
    return found


def value(found: Fields, key: str, current: Question | None = None) -> dict[str, Any]:
    """What was typed as the JSON of a question, its source left out.

    Options keep the keys of the question they stood in, where their text is the same.
    """
    kind = found["kind"]
    made: dict[str, Any] = {
        "key": key,
        "kind": kind,
        "stem": found["stem"],
        "points": found["points"].strip() or 1,
        "difficulty": found["difficulty"],
        "explanation": found["explanation"],
        "topics": [
            topic.strip() for topic in re.split(r"[；;\n]", found["topics"]) if topic.strip()
        ],
        "policy": found["policy"] if kind == "multiple" else "",
        "strict": bool(found["strict"]) and kind == "blank",
    }
    maker = _ANSWERS.get(kind)
    return made | (maker(found, current) if maker else {})


def _choice(found: Fields, current: Question | None) -> dict[str, Any]:
    filled = [row for row in found["options"] if row["text"].strip()]
    keys = _keys([row["text"].strip() for row in filled], current)
    options = [
        {"key": key, "text": row["text"], "fraction": row["fraction"].strip() or None}
        for key, row in zip(keys, filled, strict=True)
    ]
    right = [o["key"] for o, row in zip(options, filled, strict=True) if row["right"]]
    answer: Any = right
    if found["kind"] == "single":
        answer = right[0] if len(right) == 1 else None
    return {"options": options, "answer": answer}


def _keys(texts: list[str], current: Question | None) -> list[str]:
    """Keys of options: what was there under its text keeps its key, the rest are letters."""
    known = {}
    if current is not None:
        known = {text.replace("\n", " "): key for key, text in current.texts().items()}
    taken = set(known.values())
    free = iter(key for key in letters(len(texts) + len(taken)) if key not in taken)
    return [known.pop(text.replace("\n", " "), None) or next(free) for text in texts]


def _judge(found: Fields, current: Question | None) -> dict[str, Any]:
    return {"answer": {"yes": True, "no": False}.get(found["verdict"])}


def _blank(found: Fields, current: Question | None) -> dict[str, Any]:
    return {"answer": [_split(line, "；;") for line in _lines(found["blanks"])]}


def _number(found: Fields, current: Question | None) -> dict[str, Any]:
    answer = {"value": found["value"].strip(), "unit": found["unit"].strip()}
    if found["tolerance"].strip():
        answer["tolerance"] = found["tolerance"].strip()
    return {"answer": answer}


def _order(found: Fields, current: Question | None) -> dict[str, Any]:
    """Steps that were there keep their keys; the shown order is not the right one."""
    steps = [line.strip() for line in _lines(found["steps"])]
    keys = _keys(steps, current)
    options = sorted(
        ({"key": key, "text": step} for key, step in zip(keys, steps, strict=True)),
        key=lambda option: option["key"],
    )
    return {"options": options, "answer": keys}


def _match(found: Fields, current: Question | None) -> dict[str, Any]:
    pairs, extra = {}, []
    for line in _lines(found["pairs"]):
        left, *rest = _split(line, "=＝")
        right = rest[0] if len(rest) == 1 else ""
        if left in pairs:
            raise InvalidContent("pairs", f"左项“{left[:20]}”写了两遍。")
        if left:
            pairs[left] = right
        elif right:
            extra.append(right)
    options = [{"key": k, "text": t} for k, t in zip(letters(len(extra)), extra, strict=True)]
    return {"options": options, "answer": pairs}


def _essay(found: Fields, current: Question | None) -> dict[str, Any]:
    points = []
    for line in _lines(found["essay"]):
        words, *worth = _split_once(line)
        points.append({"words": _split(words, "｜|"), "points": worth[0] if worth else 1})
    return {"answer": points}


_ANSWERS = MappingProxyType(
    {
        "single": _choice,
        "multiple": _choice,
        "judge": _judge,
        "blank": _blank,
        "number": _number,
        "order": _order,
        "match": _match,
        "essay": _essay,
    }
)

_ANSWER_FIELD: Mapping[str, str] = MappingProxyType(
    {
        "single": "options",
        "multiple": "options",
        "judge": "verdict",
        "blank": "blanks",
        "number": "value",
        "order": "steps",
        "match": "pairs",
        "essay": "essay",
    }
)


def field_of(where: str, kind: str) -> str:
    """The form's field of a path into the question."""
    head, _, rest = where.partition(".")
    head = head.partition("[")[0]
    if head == "answer":
        if kind == "number" and rest in ("tolerance", "unit"):
            return rest
        return _ANSWER_FIELD.get(kind, "kind")
    if head == "options":
        return _ANSWER_FIELD.get(kind, "options")
    return head if head in PLAIN else "stem"


def same_source(found: Fields, source: Source | None) -> bool:
    """Whether the form names the evidence that the question has already."""
    was = (source.article, source.quote) if source else ("", "")
    return (found["article"].strip(), found["quote"].strip()) == (was[0], was[1].strip())


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _guard(text: str) -> str:
    return re.sub(r"[；;｜|=＝\\]", lambda sign: "\\" + sign[0], text.replace("\n", " "))


def _split(text: str, signs: str) -> list[str]:
    """The pieces between the signs, of which a backslash takes the meaning."""
    pieces = re.split(rf"(?<!\\)[{re.escape(signs)}]", text)
    return [_GUARDED.sub(r"\1", piece).strip() for piece in pieces]


def _split_once(line: str) -> list[str]:
    """(words, worth) at the last bare equals sign; only words where there is none."""
    found = list(re.finditer(r"(?<!\\)[=＝]", line))
    if not found:
        return [line]
    last = found[-1]
    return [line[: last.start()], line[last.end() :].strip()]
