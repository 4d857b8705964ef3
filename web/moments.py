"""A day or a moment that somebody asks about, as typed."""

from __future__ import annotations

import unicodedata
from datetime import datetime, time, timedelta

from kb.formats.typed import understood

from .errors import Conflict, InvalidInput
from .pages import ZONE

YEARS = range(1900, 9000)
"""Years that every database and every time zone can hold."""


def typed(text: str) -> datetime | None:
    """The moment that the text states, in Chinese standard time unless it says otherwise."""
    value = _read(text)
    return value if isinstance(value, datetime) and value.year in YEARS else None


def _read(text: str) -> object:
    return understood("effective_from", unicodedata.normalize("NFKC", text).strip()[:60], ZONE)


def past(name: str, text: str, now: datetime) -> datetime | None:
    """The moment asked about; None for ''. A day alone means the end of it.

    Raises InvalidInput for what is no date, Conflict for what has not come yet.
    """
    if not text.strip():
        return None
    value = _read(text)
    if not isinstance(value, datetime):
        sentence = f"“{text.strip()[:40]}”不是日期，请写成 2026-03-01 或 2026-03-01 14:05。"
        raise InvalidInput(name, sentence)
    if value.year not in YEARS:
        value = datetime(YEARS[0] if value.year < YEARS[0] else YEARS[-1], 1, 1, tzinfo=ZONE)
    there = value.astimezone(ZONE)
    if there.time() == time(0) and ":" not in unicodedata.normalize("NFKC", text):
        value = there + timedelta(days=1, microseconds=-1)
        if there.date() == now.astimezone(ZONE).date():
            return now
    if value > now:
        raise Conflict("只能查今天和以前的日期；以后的规定到生效那天再看。")
    return value
