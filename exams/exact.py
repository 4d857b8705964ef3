"""Numbers of files and people as exact fractions, and back to what JSON can say."""

from __future__ import annotations

import math
import re
from fractions import Fraction

LONGEST = 40
"""Characters of a number written out: nobody means more digits."""

LARGEST = 10**15

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_NEARLY = Fraction(1, 100_000)
_PARTS = 60
"""Options a question has at most when shares such as 33.33333 % are recognised."""


def exact(value: object) -> Fraction | None:
    """What a JSON number, or text that spells one, stands for; None where it is not one.

    >>> exact(0.1), exact("2.50"), exact(True), exact(float("nan"))
    (Fraction(1, 10), Fraction(5, 2), None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Fraction):
        found = Fraction(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            return None
        found = Fraction(repr(value))
    elif isinstance(value, str):
        text = value.strip()
        if len(text) > LONGEST or not _DECIMAL.fullmatch(text):
            return None
        found = Fraction(text)
    else:
        return None
    return found if abs(found) <= LARGEST else None


def share(value: object) -> Fraction | None:
    """As :func:`exact` for a part of one: 0.33333 and 0.3333333333333333 are a third.

    Programs store thirds, sixths and sevenths with five decimals or as floats; three thirds
    must be the whole.
    """
    found = exact(value)
    if found is None or found.denominator <= 10_000:
        return found
    near = found.limit_denominator(_PARTS)
    return near if abs(near - found) < _NEARLY else found


def plain(value: Fraction) -> int | float:
    """The number as JSON says it: whole numbers as integers."""
    return value.numerator if value.denominator == 1 else float(value)


def decimal(value: Fraction, places: int = 10) -> str:
    """Decimal digits of ``value``, at most ``places`` after the point, half up, no exponent.

    >>> decimal(Fraction(1, 3), 5), decimal(Fraction(5, 2)), decimal(Fraction(-1, 8), 2)
    ('0.33333', '2.5', '-0.13')
    """
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = f"{whole:0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".") if places else digits
    return f"-{text}" if value < 0 and whole else text
