"""Personal data out of what people typed, before it is kept."""

from __future__ import annotations

import re

# Digits may be full-width, and grouped by a space or a hyphen as people write them down.
_DIGIT = "[0-9０-９]"
_GAP = r"[\s\-－·]?"


def _number(begin: str, count: str, end: str = _DIGIT) -> re.Pattern[str]:
    """A number standing by itself: its begin, ``count`` digits with gaps, its end."""
    return re.compile(rf"(?<!{_DIGIT}){begin}(?:{_DIGIT}{_GAP}){{{count}}}{end}(?!{_DIGIT})")


_PATTERNS = (
    ("〔证件号〕", _number("", "17", f"(?:{_DIGIT}|[xXｘＸ])")),
    ("〔卡号〕", _number("", "12,18")),
    ("〔手机号〕", _number(f"[1１]{_GAP}[3-9３-９]{_GAP}", "8")),
    ("〔电话〕", _number(f"[0０]{_GAP}", "8,10")),
    ("〔邮箱〕", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)),
    # Passports, and the permits of Hong Kong, Macao and Taiwan residents.
    (
        "〔证件号〕",
        re.compile(
            r"(?<![A-Za-z0-9])(?:[EGDSP][A-Z]?\d{7,8}|[HM]\d{8,10})(?![A-Za-z0-9])", re.IGNORECASE
        ),
    ),
)


def mask(text: str) -> str:
    """The text with phone, identity, passport, bank card numbers and addresses named, not kept.

    Codes of the trade (G1234次, 12306, WES-80) and amounts stay.
    """
    for name, pattern in _PATTERNS:
        text = pattern.sub(name, text)
    return text
