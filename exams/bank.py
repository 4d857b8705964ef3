"""What importing and exporting need of a bank of questions, wherever it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from .errors import ExamError
from .formats import Report
from .questions import Question


class HalfAFile(ExamError):
    """A file with errors: nothing of it is imported."""

    def __init__(self, report: Report) -> None:
        super().__init__(
            f"文件里有 {len(report.errors)} 处错误，一道题也没有导入；请改好后再导入。"
        )
        self.report = report


class Bank(Protocol):
    """A place for questions. ``keep`` is part of the caller's unit of work."""

    def keep(self, questions: Sequence[Question]) -> None:
        """Add the questions; a key that is there already becomes a new version."""

    def all(self) -> Iterable[Question]:
        """Every question, as it now is."""


def take(bank: Bank, report: Report) -> int:
    """Keep what a file holds, all of it or nothing; returns how many. Raises HalfAFile."""
    if report.errors:
        raise HalfAFile(report)
    bank.keep(report.imported)
    return len(report.imported)
