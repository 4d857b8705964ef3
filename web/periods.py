"""Stretches of days in Chinese time, and how an address names one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .pages import ZONE

LONGEST = 731
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of a day to the end of another, in Chinese time."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=ZONE)

    @property
    def end(self) -> datetime:
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=ZONE) + timedelta(
            days=1
        )

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A period, the preset it came from ('' = two dates), and what is wrong with the question.

    Where something is wrong the period is that of the default, so that a page has one to show.
    """

    period: Period
    span: str
    wrong: str


def asked(args: Mapping[str, str], today: date, spans: Mapping[str, str], default: str) -> Asked:
    """``days``, or ``from`` and ``to``, of an address. ``spans``: presets as numbers of days."""
    span = args.get("days", "")
    span = span if span in spans else default
    preset = Period(today - timedelta(days=int(span) - 1), today)
    if not (args.get("from") or args.get("to")):
        return Asked(preset, span, "")
    try:
        last = date.fromisoformat(args.get("to") or today.isoformat())
        first = date.fromisoformat(args.get("from") or (last - timedelta(days=29)).isoformat())
    except ValueError:
        return Asked(preset, span, "日期要写成 2026-11-21 这样。")
    if not EARLIEST <= first <= last <= LATEST:
        return Asked(preset, span, "“从”要不晚于“到”。")
    if (last - first).days >= LONGEST:
        return Asked(preset, span, "一次最多看两年。")
    return Asked(Period(first, last), "", "")
