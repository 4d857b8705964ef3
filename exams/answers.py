"""What people type as an answer, in the form in which answers are compared.

Width, script, case, spaces and punctuation do not count, and 三十天, 30 天 and ３０日 are one
answer. First fold, then numbers with units, then punctuation: a comma may be part of a number.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from kb.text import fold
from kb.text.numbers import Measure, measured, number, quantities

from .exact import LARGEST, LONGEST

_IGNORED = re.compile(
    r"(?<![0-9])[:,](?![0-9])|[\s。、;?!“”‘’\"'()《》〈〉【】「」『』\[\]{}·…~_*`]|\.+$"
)
_SIGN = re.compile(r"[-+]|负|零下")
_NUMERAL = re.compile(
    r"(?P<numeral>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
    r"|[零一二三四五六七八九两十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+(?:点[零一二三四五六七八九]+)?)"
    r"(?P<scale>[百千万亿]?)(?P<unit>.*)",
    re.DOTALL,
)
_SHORT = 100
_DIGIT = re.compile(r"[0-9]")
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


def same(accepted: str, given: str) -> bool:
    """Do the two say the same?

    >>> same("三十天", "３０ 天。"), same("帳號", "账号"), same("3个工作日", "3天")
    (True, True, False)
    """
    return normal(accepted) == normal(given)


def normal(text: str) -> str:
    """The form in which a blank's answers are compared."""
    return _short_normal(text) if len(text) <= _SHORT else _normal(text)


@lru_cache(maxsize=4096)
def _short_normal(text: str) -> str:
    """Keys and short answers come again and again; essays must not fill the memory."""
    return _normal(text)


def _normal(text: str) -> str:
    folded = fold(text).text.strip()
    if len(folded) <= LONGEST and (whole := _whole_text(folded)):
        return whole
    parts, done = [], 0
    for found in quantities(folded):
        parts.append(_bare(folded[done : found.start]))
        measure = found.measure
        parts.append(f"<{measure.value}{measure.unit}>" if measure else f"<{found.text}>")
        done = found.end
    parts.append(_bare(folded[done:]))
    return "".join(parts) or folded


def _bare(text: str) -> str:
    return _IGNORED.sub("", text)


def _whole_text(folded: str) -> str:
    """The normal form of text that is one number, alone or with a unit: also 十分, 二级."""
    found = split_number(_bare(folded))
    if found is None or (found[1] and _whole(folded)):
        return ""
    measure = measured(*found)
    if found[1] and measure is None:
        return ""
    return f"<{measure.value}{measure.unit}>" if measure else f"={found[0]}"


def value_in(text: str, unit: str) -> Fraction | None:
    """The number that ``text`` states, in ``unit`` ('' = whatever it is stated in).

    A number without a unit is taken to be in ``unit``. None where it is no number, or is in a
    unit that is no multiple of ``unit``: 工作日 is not 天.

    >>> value_in("一个半小时", "分钟"), value_in("３０日", "天"), value_in("30天", "小时")
    (Fraction(90, 1), Fraction(30, 1), None)
    """
    folded = "".join(fold(text).text.split())
    if not folded or len(folded) > LONGEST:
        return None
    wanted = "".join(fold(unit).text.split())
    found = split_number(folded)
    if found is not None and found[1] in ("", wanted):
        return found[0]
    if found is not None and not wanted:
        return None if _DIGIT.search(found[1]) else found[0]
    return _converted(folded, found, wanted)


def _converted(folded: str, found: tuple[Fraction, str] | None, wanted: str) -> Fraction | None:
    measure = _whole(folded) or (measured(*found) if found else None)
    if measure is None:
        return None
    one = measured(Fraction(1), wanted) if wanted else Measure(Fraction(1), measure.unit)
    if one is None or one.unit != measure.unit:
        return None
    return measure.value / one.value


def _whole(folded: str) -> Measure | None:
    """The quantity that ``folded`` is as a whole, with its sign."""
    sign = _SIGN.match(folded)
    rest = folded[sign.end() :] if sign else folded
    found = quantities(rest)
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(rest)):
        return None
    measure = found[0].measure
    if measure is None or not _negative(sign):
        return measure
    return Measure(-measure.value, measure.unit)


def split_number(folded: str) -> tuple[Fraction, str] | None:
    """The value and the unit (as written) of folded text that begins with a number."""
    sign = _SIGN.match(folded)
    m = _NUMERAL.fullmatch(folded, sign.end() if sign else 0)
    if m is None:
        return None
    numeral = m["numeral"]
    value = number("0" + numeral if numeral.startswith(".") else numeral)
    if value is None:
        return None
    value *= _SCALES[m["scale"]]
    if value > LARGEST:
        return None
    return (-value if _negative(sign) else value), m["unit"].strip()


def _negative(sign: re.Match[str] | None) -> bool:
    return sign is not None and sign[0] != "+"
