"""What a paper asks, as it is kept: rows to draw from the bank, or question by question. Pure.

    content = read({"rows": [{"topic": "票务/退票", "kind": "single", "number": 10, "points": 2}],
                    "weights": {"初级": {"easy": 5, "medium": 3, "hard": 2}}})
    content.possible                     # Fraction(20)
    content.shares("初级")               # {"easy": 5, "medium": 3, "hard": 2}

Every fault raises InvalidContent with the place, in Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from kb.database import LARGEST_ID
from kb.errors import InvalidContent

from .exact import LARGEST, exact, plain
from .questions import DIFFICULTIES, KINDS

MOST_ROWS = 50
MOST_NUMBER = 200
"""Questions of one row."""
MOST_QUESTIONS = 300
"""Questions of a paper."""
MOST_POINTS = 1_000
MOST_TOPIC = 400
MOST_GRADE = 20
MOST_GRADES = 50
MOST_WEIGHT = 1_000


@dataclass(frozen=True, slots=True)
class Weights:
    """How many easy, medium and hard questions to one another; only the ratio counts."""

    easy: int
    medium: int
    hard: int

    def of(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in DIFFICULTIES}


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` questions worth ``points`` each; '' does not narrow.

    ``topic`` includes its branches. ``grade`` '' are the questions for everybody and those for
    the taker's own grade; a grade, those for exactly that one.
    """

    number: int
    points: Fraction
    topic: str = ""
    difficulty: str = ""
    kind: str = ""
    grade: str = ""

    def as_json(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in ("topic", "difficulty", "kind", "grade")}
        return named | {"number": self.number, "points": plain(self.points)}


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Rows to be drawn from the bank. ``weights`` by the taker's grade, '' for every other one."""

    rows: tuple[Row, ...]
    weights: Mapping[str, Weights] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def number(self) -> int:
        return sum(row.number for row in self.rows)

    @property
    def possible(self) -> Fraction:
        return sum((row.number * row.points for row in self.rows), Fraction(0))

    def shares(self, grade: str) -> dict[str, int] | None:
        """How many easy, medium and hard questions somebody of that grade gets; None = as it falls.

        The rows without a difficulty are split by the weights of the grade, where it has any
        ('' are those of every other grade): all their questions together, by largest remainders
        (Hamilton; exact integers, of equal remainders the easier first). Which row they are
        taken in is left to the drawing, since a row may have none of a difficulty. The rows of
        a difficulty are added to it.
        """
        weights = self.weights.get(grade) or self.weights.get("")
        if weights is None:
            return None
        made = split(sum(row.number for row in self.rows if not row.difficulty), weights.of())
        for row in self.rows:
            if row.difficulty:
                made[row.difficulty] += row.number
        return made

    def as_json(self) -> dict[str, Any]:
        made: dict[str, Any] = {"rows": [row.as_json() for row in self.rows]}
        made["weights"] = {grade: weights.of() for grade, weights in self.weights.items()}
        return made


@dataclass(frozen=True, slots=True)
class Chosen:
    """One question of a fixed paper: the id of its version, and what it is worth."""

    version: int
    points: Fraction


@dataclass(frozen=True, slots=True)
class Fixed:
    """Question by question, in this order."""

    questions: tuple[Chosen, ...]

    @property
    def number(self) -> int:
        return len(self.questions)

    @property
    def possible(self) -> Fraction:
        return sum((each.points for each in self.questions), Fraction(0))

    def as_json(self) -> dict[str, Any]:
        return {
            "questions": [
                {"version": each.version, "points": plain(each.points)} for each in self.questions
            ]
        }


Content = Blueprint | Fixed


def split(number: int, weights: Mapping[str, int]) -> dict[str, int]:
    """``number`` in whole parts by weights: largest remainders, of equal ones the first.

    A part never exceeds its exact share by one or more, nor its weight where the weights sum to
    no less than ``number``. Weights that are all 0 leave 0 to be split.

    >>> split(10, {"easy": 1, "medium": 1, "hard": 1})
    {'easy': 4, 'medium': 3, 'hard': 3}
    """
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    parts = {name: number * weight // whole for name, weight in weights.items()}
    remainders = {name: number * weight % whole for name, weight in weights.items()}
    by_size = sorted(parts, key=lambda name: -remainders[name])
    for name in by_size[: number - sum(parts.values())]:
        parts[name] += 1
    return parts


# Reading


def read(value: object) -> Content:
    """The content of a JSON value. Raises InvalidContent."""
    if not isinstance(value, Mapping):
        raise InvalidContent("content", "试卷的内容应为一个对象。")
    unknown = sorted(set(map(str, value)) - {"rows", "weights", "questions"})
    if unknown:
        raise InvalidContent("content", f"试卷里没有“{unknown[0][:40]}”这一项。")
    if ("rows" in value) == ("questions" in value):
        raise InvalidContent("content", "试卷要么写抽题规则，要么逐题选定，二者取一。")
    if "questions" in value:
        if "weights" in value:
            raise InvalidContent("weights", "逐题选定的试卷没有难度比例。")
        return _fixed(value["questions"])
    return _blueprint(value["rows"], value.get("weights", {}))


def _fixed(value: object) -> Fixed:
    found: list[Chosen] = []
    for n, part in enumerate(_list(value, "questions", "题目", MOST_QUESTIONS, "道"), 1):
        at = f"第{n}题"
        given = _mapping(part, "questions", at, {"version", "points"})
        id = given.get("version")
        if not isinstance(id, int) or isinstance(id, bool) or not 0 < id <= LARGEST_ID:
            raise InvalidContent("questions", f"{at}：没有写是题库里的哪一道。")
        if any(id == each.version for each in found):
            raise InvalidContent("questions", f"{at}：和前面的题重复了。")
        found.append(Chosen(id, _points(given.get("points"), "questions", at)))
    return Fixed(tuple(found))


def _blueprint(rows: object, weights: object) -> Blueprint:
    found = [
        _row(part, f"第{n}行")
        for n, part in enumerate(_list(rows, "rows", "抽题规则", MOST_ROWS, "行"), 1)
    ]
    total = sum(row.number for row in found)
    if total > MOST_QUESTIONS:
        raise InvalidContent("rows", f"一共 {total} 道题，最多 {MOST_QUESTIONS} 道。")
    return Blueprint(tuple(found), MappingProxyType(_weights(weights)))


def _row(part: object, at: str) -> Row:
    names = {"topic", "difficulty", "kind", "grade", "number", "points"}
    given = _mapping(part, "rows", at, names)
    number = given.get("number")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST_NUMBER:
        raise InvalidContent("rows", f"{at}：题数应为 1–{MOST_NUMBER} 的整数。")
    return Row(
        number=number,
        points=_points(given.get("points"), "rows", at),
        topic=_words(given.get("topic", ""), "知识点", MOST_TOPIC, at),
        difficulty=_one_of(given.get("difficulty", ""), "难度", DIFFICULTIES, at),
        kind=_one_of(given.get("kind", ""), "题型", KINDS, at),
        grade=_words(given.get("grade", ""), "等级", MOST_GRADE, at),
    )


def _weights(value: object) -> dict[str, Weights]:
    if not isinstance(value, Mapping):
        raise InvalidContent("weights", "难度比例应为一个对象：等级到易、中、难。")
    if len(value) > MOST_GRADES:
        raise InvalidContent("weights", f"难度比例最多写 {MOST_GRADES} 个等级。")
    found: dict[str, Weights] = {}
    for key, part in value.items():
        grade = _words(key, "等级", MOST_GRADE, "难度比例", "weights")
        at = f"“{grade or '其他等级'}”的难度比例"
        if grade in found:
            raise InvalidContent("weights", f"{at}写了两次。")
        given = _mapping(part, "weights", at, set(DIFFICULTIES))
        each = [_weight(given.get(name, 0), at) for name in DIFFICULTIES]
        if not any(each):
            raise InvalidContent("weights", f"{at}：易、中、难至少有一个大于 0。")
        found[grade] = Weights(*each)
    return found


def _weight(value: object, at: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_WEIGHT:
        raise InvalidContent("weights", f"{at}：易、中、难各填 0–{MOST_WEIGHT} 的整数。")
    return value


def _points(value: object, field: str, at: str) -> Fraction:
    found = None if isinstance(value, str) else exact(value)
    if found is None or not 0 < found <= min(MOST_POINTS, LARGEST) or (100 * found).denominator > 1:
        raise InvalidContent(field, f"{at}：每题分值应大于 0、不超过 {MOST_POINTS}，最多两位小数。")
    return found


def _words(value: object, what: str, most: int, at: str, field: str = "rows") -> str:
    if not isinstance(value, str):
        raise InvalidContent(field, f"{at}：{what}应为文字。")
    text = " ".join(value.split())
    if len(text) > most or not text.isprintable():
        raise InvalidContent(field, f"{at}：{what}写一行，最多 {most} 个字。")
    return text


def _one_of(value: object, what: str, known: Mapping[str, str], at: str) -> str:
    if not isinstance(value, str) or (value and value not in known):
        raise InvalidContent("rows", f"{at}：{what}只能是{'、'.join(known.values())}，或不填。")
    return value


def _list(value: object, field: str, what: str, most: int, unit: str) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise InvalidContent(field, f"{what}应为一个列表。")
    if not value:
        raise InvalidContent(field, f"{what}是空的，至少要有一{unit}。")
    if len(value) > most:
        raise InvalidContent(field, f"{what}太多：{len(value)} {unit}，最多 {most} {unit}。")
    return value


def _mapping(value: object, field: str, at: str, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidContent(field, f"{at}：应为一个对象。")
    unknown = sorted(set(map(str, value)) - names)
    if unknown:
        raise InvalidContent(field, f"{at}：没有“{unknown[0][:40]}”这一项。")
    return value
