"""Marking: a question and a response to a fraction of its points.

Pure and exact; one function a kind, one dictionary. A multiple choice never pays for ticking
everything, and nothing pays for leaving everything blank.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NoReturn

from .answers import normal, same, value_in
from .errors import BadResponse
from .exact import exact, plain
from .questions import KINDS, Number, Point, Question
from .reading import tidy

ZERO, HALF, ONE = Fraction(0), Fraction(1, 2), Fraction(1)


@dataclass(frozen=True, slots=True)
class Grade:
    """What a response earned.

    ``fraction`` of the points, 0…1; None = a person must mark it. ``per_part``: the fraction of
    each blank (list), pair or place (by key). ``suggested``: what the words of an essay speak
    for. ``why``: one Chinese sentence; it never names the key.
    """

    fraction: Fraction | None
    why: str
    per_part: tuple[Fraction, ...] | Mapping[str, Fraction] | None = None
    suggested: Fraction | None = None

    @property
    def needs_marking(self) -> bool:
        return self.fraction is None

    def as_dict(self, points: Fraction = ONE) -> dict[str, Any]:
        """As JSON, for a question worth ``points``."""
        found: dict[str, Any] = {
            "fraction": None if self.fraction is None else plain(self.fraction),
            "points": None if self.fraction is None else plain(self.fraction * points),
            "needs_marking": self.needs_marking,
            "why": self.why,
        }
        if isinstance(self.per_part, Mapping):
            found["per_part"] = {key: plain(part) for key, part in self.per_part.items()}
        elif self.per_part is not None:
            found["per_part"] = [plain(part) for part in self.per_part]
        if self.suggested is not None:
            found["suggested"] = {
                "fraction": plain(self.suggested),
                "points": plain(self.suggested * points),
            }
        return found


def grade(question: Question, response: object) -> Grade:
    """Mark a response. Raises BadResponse where its shape does not fit the kind.

    None, an empty text and an empty list are no answer: 0.
    """
    if empty(response):
        return Grade(ZERO, "未作答。")
    return _GRADERS[question.kind](question, response)


def empty(response: object) -> bool:
    """Nothing was answered."""
    if response is None:
        return True
    if isinstance(response, str):
        return not response.strip()
    if isinstance(response, Mapping):
        return all(empty(part) for part in response.values())
    return isinstance(response, Sequence) and all(empty(part) for part in response)


# Choices


def _single(question: Question, response: object) -> Grade:
    chosen = _option(question, _text(question, response))
    if question.policy == "fractions":
        return _by_fractions(question, {chosen})
    return _right_or_wrong(chosen == question.answer)


def _multiple(question: Question, response: object) -> Grade:
    chosen = {_option(question, _text(question, key)) for key in _list(question, response)}
    if question.policy == "fractions":
        return _by_fractions(question, chosen)
    right = set(question.answer)
    hits, wrong = len(chosen & right), len(chosen - right)
    if chosen == right:
        return Grade(ONE, "回答正确。")
    if wrong:
        return Grade(ZERO, f"选了 {wrong} 个错误选项，不得分。")
    share = {"partial": Fraction(hits, len(right)), "half": HALF}.get(question.policy, ZERO)
    rule = {"partial": "按比例得分", "half": "得一半分"}.get(question.policy, "不得分")
    return Grade(share, f"少选：共 {len(right)} 个正确选项，选了 {hits} 个，{rule}。")


def _by_fractions(question: Question, chosen: Iterable[str]) -> Grade:
    """Σ of the chosen options' fractions, held to 0…1 (Moodle: multichoice/question.php)."""
    worth = {option.key: option.fraction or ZERO for option in question.options}
    total = sum((worth.get(key, ZERO) for key in chosen), ZERO)
    return Grade(min(max(total, ZERO), ONE), "按所选选项的分值相加，不低于零分、不高于满分。")


def _option(question: Question, key: str) -> str:
    """The key as the question spells it: ｂ is B where there is no ｂ."""
    keys = [option.key for option in question.options]
    if key in keys:
        return key
    alike = [known for known in keys if _loose(known) == _loose(key)]
    return alike[0] if len(alike) == 1 else key


def _loose(key: str) -> str:
    return unicodedata.normalize("NFKC", key).strip().casefold()


_WORDS: Mapping[str, bool] = MappingProxyType(
    dict.fromkeys(("true", "t", "对", "正确", "是", "√", "✓"), True)
    | dict.fromkeys(("false", "f", "错", "错误", "否", "×", "✗", "x"), False)
)


def verdict(text: str) -> bool | None:
    """What a word for right or wrong says; None where it says neither."""
    return _WORDS.get(normal(text)) if text.strip() not in _WORDS else _WORDS[text.strip()]


def _judge(question: Question, response: object) -> Grade:
    said = verdict(response) if isinstance(response, str) else response
    if not isinstance(said, bool):
        _misshapen(question, "true 或 false")
    return _right_or_wrong(said == question.answer)


# What is typed


def _blank(question: Question, response: object) -> Grade:
    given = [response] if isinstance(response, str) else _list(question, response)
    blanks: Sequence[tuple[str, ...]] = question.answer
    if len(given) > len(blanks):
        raise BadResponse(f"这道题有 {len(blanks)} 个空，回答里有 {len(given)} 个。")
    said = ["" if part is None else _text(question, part) for part in given]
    said += [""] * (len(blanks) - len(said))
    parts = [
        ONE if any(_accepts(form, text, question.strict) for form in forms) else ZERO
        for forms, text in zip(blanks, said, strict=True)
    ]
    return _of_parts(question, tuple(parts), "空")


def _accepts(form: str, given: str, strict: bool) -> bool:
    text = tidy(given)
    return bool(text) and (form == text if strict else same(form, text))


def _number(question: Question, response: object) -> Grade:
    wanted: Number = question.answer
    if isinstance(response, str):
        given = value_in(response, wanted.unit)
    elif isinstance(response, bool) or not isinstance(response, float | int):
        _misshapen(question, "一个数，或带单位的文字")
    else:
        given = exact(response)
    if given is None:
        unit = f"（单位：{wanted.unit}）" if wanted.unit else ""
        return Grade(ZERO, f"读不出一个可比较的数{unit}，不得分。")
    if abs(given - wanted.value) <= wanted.tolerance:
        return Grade(ONE, "回答正确，在允许的误差以内。" if wanted.tolerance else "回答正确。")
    return Grade(ZERO, "回答错误，超出允许的误差。" if wanted.tolerance else "回答错误。")


def _essay(question: Question, response: object) -> Grade:
    said = normal(_text(question, response))
    points: Sequence[Point] = question.answer
    possible = sum((point.points for point in points), ZERO)
    if not possible:
        return Grade(None, "需要人工评分。")
    met = [any(normal(word) in said for word in point.words) for point in points]
    earned = sum((point.points for point, hit in zip(points, met, strict=True) if hit), ZERO)
    why = f"需要人工评分；关键词对上 {sum(met)} 个要点，共 {len(points)} 个。"
    parts = tuple(ONE if hit else ZERO for hit in met)
    return Grade(None, why, parts, earned / possible)


# What is put in order or together


def _order(question: Question, response: object) -> Grade:
    given = [_option(question, _text(question, key)) for key in _list(question, response)]
    wanted: tuple[str, ...] = question.answer
    if question.policy != "partial" or sorted(given) != sorted(wanted):
        return _right_or_wrong(tuple(given) == wanted)
    placed = {key: ONE if key == said else ZERO for key, said in zip(wanted, given, strict=True)}
    return _of_parts(question, placed, "项")


def _match(question: Question, response: object) -> Grade:
    if not isinstance(response, Mapping):
        _misshapen(question, '{"左项": "右项"} 对象')
    given = {
        str(left): _text(question, right) for left, right in response.items() if not empty(right)
    }
    folded = {normal(left): right for left, right in given.items()}  # two may fold to the same

    def part(left: str, right: str) -> Fraction:
        said = given.get(left, folded.get(normal(left)))
        return ONE if said is not None and same(right, said) else ZERO

    parts = {left: part(left, right) for left, right in question.answer}
    return _of_parts(question, parts, "对")


def _of_parts(
    question: Question, parts: tuple[Fraction, ...] | dict[str, Fraction], called: str
) -> Grade:
    """Every part its share; with the policy ``exact`` all of them or nothing."""
    values = list(parts.values() if isinstance(parts, dict) else parts)
    right = sum(values, ZERO)
    fraction = right / len(values)
    if fraction == ONE:
        return Grade(ONE, "回答正确。", parts)
    why = f"共 {len(values)} {called}，答对 {right} {called}"
    if question.policy == "exact":
        return Grade(ZERO, f"{why}；全对才得分。", parts)
    return Grade(fraction, f"{why}，按比例得分。", parts)


def _right_or_wrong(right: bool) -> Grade:
    return Grade(ONE, "回答正确。") if right else Grade(ZERO, "回答错误。")


# Shapes


def _text(question: Question, value: object) -> str:
    return value if isinstance(value, str) else _misshapen(question, _SHAPES[question.kind])


def _list(question: Question, value: object) -> Sequence[object]:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        _misshapen(question, _SHAPES[question.kind])
    return value


def _misshapen(question: Question, wanted: str) -> NoReturn:
    raise BadResponse(f"{KINDS[question.kind]}的回答应为{wanted}。")


_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "single": '一个选项编号，如 "B"',
        "multiple": '选项编号的列表，如 ["A", "C"]',
        "blank": '列表，每空一个文字，如 ["30天"]',
        "order": '选项编号的列表，如 ["C", "A", "B"]',
        "match": '{"左项": "右项"} 对象，右项是文字',
        "essay": "一段文字",
    }
)

_GRADERS: Mapping[str, Callable[[Question, Any], Grade]] = MappingProxyType(
    {
        "single": _single,
        "multiple": _multiple,
        "judge": _judge,
        "blank": _blank,
        "number": _number,
        "order": _order,
        "match": _match,
        "essay": _essay,
    }
)
