"""Numbers with units in one canonical form, so that 三十天, 30天 and 30日 meet.

Found in folded text. What only looks like a number is left alone: 一次性, 十分, 万一, 第三条,
两三天, 几十天, 三十多天.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "幺": 1}
_FORMAL = {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
_PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_DIGITS |= _FORMAL

_UNITS = MappingProxyType(
    {
        "秒": ("秒钟", "秒"),
        "分钟": ("分钟", "min"),
        "小时": ("个小时", "小时", "个钟头", "钟头"),
        "刻钟": ("刻钟",),
        "天": ("天", "日"),
        "工作日": ("个工作日", "工作日"),
        "周": ("个星期", "星期", "个礼拜", "礼拜", "周"),
        "月": ("个月",),
        "年": ("年",),
        "元": ("块钱", "元钱", "元", "块", "圆", "rmb"),
        "角": ("角", "毛钱", "毛"),
        "毫米": ("毫米", "mm"),
        "厘米": ("厘米", "公分", "cm"),
        "米": ("米", "m"),
        "公里": ("公里", "千米", "km"),
        "克": ("克", "g"),
        "斤": ("市斤", "斤"),
        "公斤": ("公斤", "千克", "kg"),
        "毫升": ("毫升", "ml"),
        "升": ("公升", "升", "l"),
        "度": ("摄氏度", "°c", "度"),
        "岁": ("周岁", "岁"),
        "人": ("人", "位", "名"),
        "次": ("次",),
        "张": ("张",),
        "件": ("件",),
        "倍": ("倍",),
        "折": ("折",),
        "条": ("条",),
        "项": ("项",),
        "种": ("种",),
        "步": ("步",),
        "级": ("级",),
        "辆": ("辆",),
        "节": ("节",),
        "座": ("座",),
        "排": ("排",),
        "等": ("等",),
        "分": ("分",),
        "点": ("点钟", "点"),
        "%": ("%",),
        "‰": ("‰",),
        "wh": ("瓦时", "wh"),
        "mah": ("毫安时", "毫安", "mah"),
        "v": ("伏", "v"),
        "w": ("瓦", "w"),
    }
)
_NAMES = {name: unit for unit, names in _UNITS.items() for name in names}
_BASE: dict[str, tuple[str, Fraction]] = {
    "小时": ("分钟", Fraction(60)),
    "刻钟": ("分钟", Fraction(15)),
    "周": ("天", Fraction(7)),
    "年": ("月", Fraction(12)),
    "角": ("元", Fraction(1, 10)),
    "毫米": ("厘米", Fraction(1, 10)),
    "米": ("厘米", Fraction(100)),
    "克": ("公斤", Fraction(1, 1000)),
    "斤": ("公斤", Fraction(1, 2)),
    "毫升": ("升", Fraction(1, 1000)),
    "‰": ("%", Fraction(1, 10)),
}
"""Units that are only other names for a multiple: 半小时 is 30分钟, 一米三 is 130厘米.

24小时 stays apart from 1天, and 30天 from 1个月: rules mean different things by them.
"""

LONGEST = 100
"""Characters of a numeral; a longer one is a number of nothing, and could not be written out."""

_TAIL = frozenset({"米", "元", "公斤", "斤"})
"""Units after which a lone digit means tenths: 一米三, 三块五."""

_HALF = frozenset({"小时", "天", "周", "月", "年", "公斤", "斤", "米", "公里", "倍", "元"})
_SPOKEN_ONLY_ARABIC = frozenset({"分", "点", "等", "v", "w", "l", "g", "m", "度", "座", "节", "步"})
"""After a Chinese numeral these are mostly something else: 十分, 一点, 一等, 一度, 一步."""

_HAN_DIGIT = "零一二三四五六七八九两壹贰叁肆伍陆柒捌玖"
_NUMERAL = rf"[{_HAN_DIGIT}十拾](?:[{_HAN_DIGIT}十百万亿拾佰仟]|千(?![克米瓦]))*"
_ARABIC = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_NAMES_PATTERN = "|".join(map(re.escape, sorted(_NAMES, key=len, reverse=True)))

_DATE = re.compile(
    r"(?:(?P<year>[12][0-9]{3})\s?年\s?)?(?P<month>1[0-2]|0?[1-9])\s?月(?:\s?份)?"
    r"(?:\s?(?P<day>3[01]|[12][0-9]|0?[1-9])\s?[日号])?(?![0-9])"
    r"|(?P<year2>[12][0-9]{3})\s?年"
    r"|(?P<year3>[12][0-9]{3})[-/.](?P<month3>1[0-2]|0?[1-9])"
    r"[-/.](?P<day3>3[01]|[12][0-9]|0?[1-9])(?![0-9.-])"
)
_PERCENT = re.compile(
    rf"(?P<of>百|千)分之(?P<number>{_NUMERAL}(?:点[{_HAN_DIGIT}]+)?|百|{_ARABIC})"
)
_MONEY = re.compile(rf"[¥￥]\s?(?P<number>{_ARABIC})(?P<scale>[万亿]?)")
_HALF_UNIT = re.compile(
    r"(?<![一二三四五六七八九十0-9大多个])半(?P<unit>个小时|小时|个钟头|天|年|个月|公斤|斤)"
)
_QUANTITY = re.compile(
    rf"(?:(?<![0-9a-z.\-/第])(?P<arabic>{_ARABIC})\s?(?P<scale>[百千万亿]?)"
    rf"|(?<![{_HAN_DIGIT}十百千万亿第几数多成点初])"
    rf"(?P<han>{_NUMERAL}(?:点[{_HAN_DIGIT}]+)?))"
    rf"(?P<half>个半(?=小时|钟头|月|星期|礼拜))?\s?(?P<unit>{_NAMES_PATTERN})"
    rf"(?P<and>半(?![个天小年月价])|[{_HAN_DIGIT[1:10]}0-9]"
    rf"(?![0-9{_HAN_DIGIT}十百千万个等%]|{_NAMES_PATTERN}))?"
)
_START = re.compile(rf"[0-9]+|[{_HAN_DIGIT}十百千拾佰仟]+|[半¥￥]")
_LATIN = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Measure:
    """An exact value in a canonical unit: 半小时 is 30 分钟."""

    value: Fraction
    unit: str

    def __str__(self) -> str:
        return _text(self.value, self.unit)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A canonical ``text`` such as ``30天`` for ``folded[start:end]``.

    ``within``: what it holds besides; 2026年6月30日 is also in 2026, in June, and on a June 30.
    ``measure``: the same exactly; None for a date.
    """

    text: str
    start: int
    end: int
    within: tuple[str, ...] = ()
    measure: Measure | None = None


def quantities(
    folded: str, inside_word: Callable[[int, int], bool] | None = None
) -> list[Quantity]:
    """Every number with a unit, and every date, in canonical form.

    ``inside_word(start, end)`` tells that a dictionary word cuts across the span, as 一次性 does
    across 一次; such a span is no quantity.
    """
    found: list[Quantity] = []
    end = 0
    for m in _START.finditer(folded):
        if m.start() < end:
            continue
        quantity = _at(folded, m.start())
        if quantity is None or (
            inside_word is not None and inside_word(quantity.start, quantity.end)
        ):
            continue
        found.append(quantity)
        end = quantity.end
    return found


def measured(value: Fraction, unit: str) -> Measure | None:
    """``value`` of a folded unit as written (个小时, kg, 块) in the canonical one, if known."""
    if unit not in _NAMES:
        return None
    base, factor = _BASE.get(_NAMES[unit], (_NAMES[unit], Fraction(1)))
    return Measure(value * factor, base)


def _at(folded: str, start: int) -> Quantity | None:
    """The quantity or date that begins at ``start``."""
    for pattern, read in _READERS:
        if m := pattern.match(folded, start):
            return read(m, folded)
    return None


def _read_date(m: re.Match[str], folded: str) -> Quantity | None:
    if m["year3"] and folded[m.start() - 1 : m.start()] in ("-", ".", "/"):
        return None
    year = m["year"] or m["year2"] or m["year3"]
    month, day = m["month"] or m["month3"], m["day"] or m["day3"]
    y, mm, dd = year or "", f"-{int(month):02}" if month else "", f"-{int(day):02}" if day else ""
    whole = f"日期{y}{mm}{dd}"
    within = {f"日期{y}", f"日期{y}{mm}", f"日期{mm}{dd}", f"日期{mm}"} - {"日期", whole}
    return Quantity(whole, m.start(), m.end(), tuple(sorted(within)))


def _read_percent(m: re.Match[str], folded: str) -> Quantity | None:
    value = Fraction(100) if m["number"] == "百" else number(m["number"])
    if value is None:
        return None
    scale = Fraction(1) if m["of"] == "百" else Fraction(1, 10)
    return _quantity(Measure(value * scale, "%"), m.start(), m.end())


def _read_money(m: re.Match[str], folded: str) -> Quantity | None:
    found = _sum(m["number"], m["scale"], False, "", "元")
    return None if found is None else _quantity(found, m.start(), m.end())


def _read_half(m: re.Match[str], folded: str) -> Quantity | None:
    found = measured(Fraction(1, 2), m["unit"])
    return None if found is None else _quantity(found, m.start(), m.end())


def _read(m: re.Match[str], folded: str) -> Quantity | None:
    unit, end = _NAMES[m["unit"]], m.end("unit")
    if _LATIN.match(m["unit"]) and _LATIN.match(folded[end : end + 1]):
        return None
    if m["han"] and (unit in _SPOKEN_ONLY_ARABIC or m["unit"] in _SPOKEN_ONLY_ARABIC):
        return None
    more = m["and"] or ""
    if not (more == "半" and unit in _HALF) and not (more and more != "半" and unit in _TAIL):
        more = ""
    found = _sum(m["han"] or m["arabic"], m["scale"] or "", bool(m["half"]), more, m["unit"])
    return None if found is None else _quantity(found, m.start(), m.end() if more else end)


def _quantity(measure: Measure, start: int, end: int) -> Quantity:
    return Quantity(str(measure), start, end, measure=measure)


@lru_cache(maxsize=8192)
def _sum(numeral: str, scale: str, half: bool, more: str, unit: str) -> Measure | None:
    """The measure of 2.5 万 元, 一 个半 小时, 三 天 半 or 一 米 三."""
    value = number(numeral)
    if value is None:
        return None
    value *= _PLACES.get(scale, 1) * _MYRIADS.get(scale, 1)
    if half or more == "半":
        value += Fraction(1, 2)
    elif more:
        value += Fraction(_digit(more), 10)
    return measured(value, unit)


def number(text: str) -> Fraction | None:
    """The value of an Arabic or Chinese numeral; None where it is not one (两三, 三五).

    >>> number("三万五"), number("一千零五十"), number("1,234.5")
    (Fraction(35000, 1), Fraction(1050, 1), Fraction(2469, 2))
    """
    if len(text) > LONGEST:
        return None
    if text[:1].isascii():
        return Fraction(text.replace(",", ""))
    whole, _, decimals = text.partition("点")
    value = _chinese(whole)
    if value is None or not decimals:
        return None if value is None else Fraction(value)
    return value + Fraction(int("".join(str(_DIGITS[c]) for c in decimals)), 10 ** len(decimals))


def _chinese(text: str) -> int | None:
    if len(text) >= 2 and all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text)) if len(text) >= 4 else None
    total = section = 0
    digit: int | None = None
    last_place = 1
    zero = False
    for c in text:
        if c in _DIGITS:
            if digit is not None and digit != 0:
                return None
            digit = _DIGITS[c]
            zero = zero or digit == 0
        elif c in _PLACES:
            section += (1 if digit is None else digit) * _PLACES[c]
            last_place, digit, zero = _PLACES[c], None, False
        elif c in _MYRIADS:
            total = (total + section + (digit or 0)) * _MYRIADS[c]
            section, last_place, digit, zero = 0, _MYRIADS[c], None, False
        else:
            return None
    if digit and last_place >= 100 and not zero:
        return total + section + digit * last_place // 10
    return total + section + (digit or 0)


def _digit(text: str) -> int:
    return int(text) if text.isascii() else _DIGITS[text]


def _text(value: Fraction, unit: str) -> str:
    if value.denominator == 1:
        return f"{value.numerator}{unit}"
    return f"{float(value):.6g}{unit}"


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Quantity | None]], ...] = (
    (_DATE, _read_date),
    (_PERCENT, _read_percent),
    (_MONEY, _read_money),
    (_HALF_UNIT, _read_half),
    (_QUANTITY, _read),
)
