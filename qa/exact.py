"""Numbers without error: decimals come in as rationals and are rounded once, on the way out."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from fractions import Fraction

LARGEST = 10**12
"""Nobody scores in larger numbers, and 1e999999999 would fill the memory."""

DIGITS = 20


class NotANumber(ValueError):
    """``str`` is a Chinese clause that says what is wrong with it."""


def exact(value: object) -> Fraction:
    """The rational a JSON number stands for: 0.1 is one tenth.

    Raises :class:`NotANumber` for anything else: texts, true, NaN, numbers out of all reason.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction):
        raise NotANumber("不是数字")
    if isinstance(value, Fraction):
        return value
    try:
        decimal = value if isinstance(value, Decimal) else Decimal(repr(value))
    except (InvalidOperation, ValueError):  # an int of more than 4300 digits has no repr
        raise NotANumber("超出了范围") from None
    if not decimal.is_finite():
        raise NotANumber("不是有限的数")
    if decimal.adjusted() > DIGITS or abs(decimal) > LARGEST:
        raise NotANumber("超出了范围")
    if decimal and int(decimal.as_tuple().exponent) < -DIGITS:
        raise NotANumber(f"小数位超过 {DIGITS} 位")
    return Fraction(decimal)


def rounded(value: Fraction, places: int = 2) -> float:
    """Half up (四舍五入, away from zero), the only rounding there is."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return float(Fraction(whole if value >= 0 else -whole, 10**places))


def plain(value: Fraction) -> int | float:
    """The number as JSON writes it."""
    return value.numerator if value.denominator == 1 else float(value)


def spelled(value: Fraction) -> str:
    """The number as a person writes it: 5, 0.5, -3."""
    return str(plain(value))


def parsed(text: str) -> Fraction:
    """The number a text spells: 3, -0.5, ４. Raises NotANumber for 1e3, 3分, nan."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if not re.fullmatch(r"[+-]?\d{1,12}(\.\d{1,20})?", folded, re.ASCII):
        raise NotANumber("不是数字")
    return Fraction(folded)
