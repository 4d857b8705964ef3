"""Questions from JSON, every fault in words that say where it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NoReturn

from .errors import BadQuestion
from .exact import exact, plain, share
from .questions import (
    DIFFICULTIES,
    KINDS,
    POLICIES,
    Number,
    Option,
    Pairs,
    Point,
    Question,
    Source,
)

MAX_TEXT = 20_000
"""Characters of a stem, an option, an explanation."""

MAX_NAME = 200
"""Characters of a key, a topic, a unit."""

MAX_PARTS = 200
"""Options, blanks, pairs or points of one question."""

MAX_POINTS = 10_000

_NEWLINE = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_DIFFICULTY = {label: name for name, label in DIFFICULTIES.items()}


def read(value: object, where: str = "", *, key: str = "") -> Question:
    """The question that a JSON value states.

    ``where`` stands before what is wrong; ``key`` is taken where the value has none. Fields
    that are not ours are passed over. Raises BadQuestion.
    """
    part = _Part(value, where)
    fields = part.mapping("应为一个题目对象")
    kind = fields.choice("kind", KINDS)
    options = fields.options()
    reader = _ANSWERS[kind]
    question = Question(
        key=fields.name("key", key),
        kind=kind,
        stem=fields.text("stem"),
        options=_options_of(kind, options, fields),
        answer=reader(fields.get("answer"), options),
        points=fields.number("points", Fraction(1)),
        difficulty=_difficulty(fields),
        topics=fields.names("topics"),
        policy=fields.choice("policy", POLICIES, ""),
        explanation=fields.text("explanation", ""),
        source=_source(fields.get("source")),
        strict=fields.flag("strict"),
    )
    _check_fractions(question, fields)
    return question


def loads(text: str, where: str = "") -> Any:
    """A JSON value. Raises BadQuestion with the line for what is no JSON."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadQuestion(
            where, f"不是有效的 JSON：第{error.lineno}行第{error.colno}个字符处。"
        ) from None
    except RecursionError:
        raise BadQuestion(where, "JSON 嵌套得太深。") from None
    except ValueError:
        raise BadQuestion(where, "JSON 里有不能用的数（NaN、Infinity 或位数过多）。") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def tidy(text: str) -> str:
    """The text as it is kept: line ends as LF, no white space around it, composed as it came."""
    return _NEWLINE.sub("\n", text).strip()


class _Part:
    """One value of the JSON and the path to it."""

    def __init__(self, value: object, where: str) -> None:
        self.value, self.where = value, where

    def fail(self, sentence: str) -> NoReturn:
        raise BadQuestion(self.where, sentence)

    @property
    def missing(self) -> bool:
        return self.value is None

    def mapping(self, sentence: str) -> _Fields:
        if not isinstance(self.value, Mapping):
            self.fail(f"{sentence}，现在是{_shape(self.value)}。")
        return _Fields(self.value, self.where)

    def items(self, sentence: str) -> list[_Part]:
        if not isinstance(self.value, Sequence) or isinstance(self.value, str | bytes):
            self.fail(f"{sentence}，现在是{_shape(self.value)}。")
        if len(self.value) > MAX_PARTS:
            self.fail(f"超过 {MAX_PARTS} 项。")
        return [_Part(item, f"{self.where}[{n}]") for n, item in enumerate(self.value)]

    def text(self, most: int = MAX_TEXT, *, verbatim: bool = False) -> str:
        if not isinstance(self.value, str):
            self.fail(f"应为文字，现在是{_shape(self.value)}。")
        text = self.value if verbatim else tidy(self.value)
        if found := _UNFIT.search(text):
            self.fail(f"有不能显示的字符 U+{ord(found[0]):04X}，请删去。")
        if not text:
            self.fail("不能为空。")
        if len(text) > most:
            self.fail(f"有 {len(text)} 个字，最多 {most} 个。")
        return text

    def name(self) -> str:
        text = self.text(MAX_NAME)
        if "\n" in text:
            self.fail("不能换行。")
        return text

    def number(self, sentence: str, read: Callable[[object], Fraction | None] = exact) -> Fraction:
        found = read(self.value)
        if found is None:
            self.fail(f"{sentence}，现在是{_shape(self.value)}。")
        if read(plain(found)) != found:
            self.fail("数字的位数太多。")
        return found


class _Fields:
    """The fields of one JSON object."""

    def __init__(self, value: Mapping[Any, Any], where: str) -> None:
        self._value, self._where = value, where

    def get(self, name: str) -> _Part:
        return _Part(self._value.get(name), f"{self._where}.{name}" if self._where else name)

    def text(self, name: str, default: str | None = None) -> str:
        part = self.get(name)
        if default is not None and (part.missing or part.value == ""):
            return default
        return part.fail("缺少这一项。") if part.missing else part.text()

    def name(self, name: str, default: str = "") -> str:
        part = self.get(name)
        if part.missing:
            return default or part.fail("缺少这一项。")
        return part.name()

    def names(self, name: str) -> tuple[str, ...]:
        part = self.get(name)
        items = [] if part.missing else part.items("应为文字的列表")
        return tuple(dict.fromkeys(item.name() for item in items))

    def choice(self, name: str, known: Mapping[str, str], default: str | None = None) -> str:
        part = self.get(name)
        if default is not None and (part.missing or part.value == ""):
            return default
        if part.missing:
            part.fail("缺少这一项。")
        if not isinstance(part.value, str) or part.value not in known:
            shown = "、".join(f"{key}（{label}）" for key, label in known.items())
            part.fail(f"不认识{_shape(part.value)}，可用：{shown}。")
        return part.value

    def number(self, name: str, default: Fraction) -> Fraction:
        part = self.get(name)
        if part.missing:
            return default
        found = part.number("应为数字")
        if not 0 <= found <= MAX_POINTS:
            part.fail(f"应在 0 到 {MAX_POINTS} 之间。")
        return found

    def flag(self, name: str) -> bool:
        part = self.get(name)
        if part.missing:
            return False
        return part.value if isinstance(part.value, bool) else part.fail("应为 true 或 false。")

    def options(self) -> tuple[Option, ...]:
        part = self.get("options")
        items = [] if part.missing else part.items("应为选项的列表")
        found: dict[str, Option] = {}
        for item in items:
            fields = item.mapping("应为一个选项对象")
            option = Option(fields.name("key"), fields.text("text"), _fraction(fields))
            if option.key in found:
                item.fail(f"选项 {option.key} 重复。")
            found[option.key] = option
        return tuple(found.values())


def _fraction(fields: _Fields) -> Fraction | None:
    part = fields.get("fraction")
    if part.missing:
        return None
    found = part.number("应为 -1 到 1 的数字", share)
    return found if -1 <= found <= 1 else part.fail("应在 -1 到 1 之间。")


def _difficulty(fields: _Fields) -> str:
    part = fields.get("difficulty")
    if isinstance(part.value, str) and part.value in _DIFFICULTY:
        return _DIFFICULTY[part.value]
    return fields.choice("difficulty", DIFFICULTIES, "")


def _source(part: _Part) -> Source | None:
    if part.missing:
        return None
    fields = part.mapping("应为一个出处对象")
    quote = fields.get("quote")
    return Source(
        fields.name("article"),
        _count(fields.get("revision")),
        _count(fields.get("start")),
        _count(fields.get("end")),
        "" if quote.missing or quote.value == "" else quote.text(verbatim=True),
    )


def _count(part: _Part) -> int | None:
    if part.missing:
        return None
    if isinstance(part.value, bool) or not isinstance(part.value, int) or part.value < 0:
        part.fail("应为不小于 0 的整数。")
    return part.value


# Answers, one reader a kind


def _single(part: _Part, options: Sequence[Option]) -> str:
    if part.missing:
        part.fail("缺少这一项。")
    return _known(part, options)


def _multiple(part: _Part, options: Sequence[Option]) -> tuple[str, ...]:
    items = part.items('应为选项编号的列表，如 ["A", "C"]')
    if not items:
        part.fail("至少要有一个正确选项。")
    chosen = _unrepeated(items, [_known(item, options) for item in items])
    return tuple(option.key for option in options if option.key in chosen)


def _judge(part: _Part, options: Sequence[Option]) -> bool:
    return part.value if isinstance(part.value, bool) else part.fail("应为 true 或 false。")


def _blank(part: _Part, options: Sequence[Option]) -> tuple[tuple[str, ...], ...]:
    blanks = part.items('应为列表，每空一个列表，如 [["三十天", "30天"]]')
    if not blanks:
        part.fail("至少要有一个空。")
    return tuple(_forms(blank) for blank in blanks)


def _forms(part: _Part) -> tuple[str, ...]:
    forms = part.items("应为这一空可接受的写法的列表")
    if not forms:
        part.fail("这一空没有可接受的写法。")
    return tuple(dict.fromkeys(form.text() for form in forms))


def _number(part: _Part, options: Sequence[Option]) -> Number:
    if not isinstance(part.value, Mapping):
        part.fail('应为 {"value", "tolerance"?, "unit"?}，现在是' + _shape(part.value) + "。")
    fields = _Fields(part.value, part.where)
    tolerance, unit = fields.get("tolerance"), fields.get("unit")
    allowed = Fraction(0) if tolerance.missing else tolerance.number("应为数字")
    if allowed < 0:
        tolerance.fail("不能小于 0。")
    named = "" if unit.missing or unit.value == "" else unit.name()
    return Number(fields.get("value").number("应为数字"), allowed, named)


def _order(part: _Part, options: Sequence[Option]) -> tuple[str, ...]:
    items = part.items("应为选项编号的列表，按正确的顺序")
    if len(items) < 2:
        part.fail("至少要有两项才能排序。")
    keys = [_known(item, options) if options else item.name() for item in items]
    _unrepeated(items, keys)
    if left_out := [option.key for option in options if option.key not in keys]:
        part.fail(f"没有排到选项 {'、'.join(left_out)}。")
    return tuple(keys)


def _match(part: _Part, options: Sequence[Option]) -> Pairs:
    if not isinstance(part.value, Mapping):
        part.fail('应为 {"左项": "右项"}，现在是' + _shape(part.value) + "。")
    if not part.value or len(part.value) > MAX_PARTS:
        part.fail(f"应有 1 到 {MAX_PARTS} 对。")
    pairs = []
    for left, right in part.value.items():
        pairs.append((_Part(left, part.where).text(), _Part(right, f"{part.where}.{left}").text()))
    if len({left for left, _ in pairs}) < len(pairs):
        part.fail("有相同的左项。")
    return Pairs(pairs)


def _essay(part: _Part, options: Sequence[Option]) -> tuple[Point, ...]:
    items = [] if part.missing else part.items("应为要点的列表")
    return tuple(_point(item) for item in items)


def _point(part: _Part) -> Point:
    fields = part.mapping("应为一个要点对象")
    words = fields.get("words").items("应为文字的列表")
    if not words:
        fields.get("words").fail("至少要有一个词。")
    texts = tuple(dict.fromkeys(word.text() for word in words))
    return Point(texts, fields.number("points", Fraction(1)))


_ANSWERS: Mapping[str, Callable[[_Part, Sequence[Option]], Any]] = MappingProxyType(
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


def _known(part: _Part, options: Sequence[Option]) -> str:
    key = part.name()
    if all(option.key != key for option in options):
        part.fail(f"选项里没有 {key}。")
    return key


def _unrepeated(items: list[_Part], keys: list[str]) -> tuple[str, ...]:
    for place, key in enumerate(keys):
        if key in keys[:place]:
            items[place].fail(f"{key} 重复。")
    return tuple(keys)


def _options_of(kind: str, options: tuple[Option, ...], fields: _Fields) -> tuple[Option, ...]:
    """The options a kind has; an order whose keys are its texts may leave them out."""
    part = fields.get("options")
    if kind in ("single", "multiple") and len(options) < 2:
        part.fail("至少要有两个选项。")
    if kind == "order" and not options:
        keys = _order(fields.get("answer"), ())
        return tuple(Option(key, key) for key in sorted(keys))
    if options and kind in ("judge", "blank", "number", "essay"):
        part.fail(f"{KINDS[kind]}没有选项。")
    return options


def _check_fractions(question: Question, fields: _Fields) -> None:
    if question.policy != "fractions" or question.kind not in ("single", "multiple"):
        return
    if not any(option.fraction and option.fraction > 0 for option in question.options):
        fields.get("options").fail("按选项分值计分时，至少一个选项要有大于 0 的 fraction。")


def _shape(value: object) -> str:
    """What a value is, in a few words."""
    if value is None:
        return "空"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        shown = _UNFIT.sub("\N{REPLACEMENT CHARACTER}", value)
        return f"“{shown[:20]}…”" if len(value) > 20 else f"“{shown}”"
    if isinstance(value, int | float):
        return f"数字 {value:.6g}" if abs(value) < 1e15 else "很大的数字"
    return "对象" if isinstance(value, Mapping) else "列表"
