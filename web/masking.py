"""Personal data out of what people typed, before it is kept."""

from __future__ import annotations

import re

# Digits may be full-width, and grouped by a space or a hyphen as people write them down.
_DIGIT = "[0-9０-９]"
_GAP = r"[\s\-－·]?"


def _digits(count: str) -> str:
    return f"(?:{_DIGIT}{_GAP}){count}"


_PATTERNS = (
    ("〔证件号〕", re.compile(rf"(?<!{_DIGIT}){_digits('{17}')}(?:{_DIGIT}|[xXｘＸ])(?!{_DIGIT})")),
    ("〔卡号〕", re.compile(rf"(?<!{_DIGIT}){_digits('{12,18}')}{_DIGIT}(?!{_DIGIT})")),
    ("〔手机号〕", re.compile(rf"(?<!{_DIGIT})[1１]{_GAP}[3-9３-９]{_GAP}{_digits('{8}')}{_DIGIT}(?!{_DIGIT})")),
    ("〔电话〕", re.compile(rf"(?<!{_DIGIT})[0０]{_digits('{9,10}')}{_DIGIT}(?!{_DIGIT})")),
    ("〔邮箱〕", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("〔证件号〕", re.compile(r"(?<![A-Za-z0-9])(?:[EeGgDdSsPp][A-Za-z]?[0-9]{7,8}|[HMhm][0-9]{8,10})(?![A-Za-z0-9])")),
)


def mask(text: str) -> str:
    """The text with phone, identity, passport, bank card numbers and addresses named, not kept.

    Codes of the trade (G1234次, 12306, WES-80) and amounts stay.
    """
    for name, pattern in _PATTERNS:
        text = pattern.sub(name, text)
    return text
