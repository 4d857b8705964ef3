"""Importing into a bank: all of a file, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from exams import formats
from exams.bank import HalfAFile, take
from exams.questions import Question


class Shelf:
    """A bank in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Question] = {}

    def keep(self, questions: Sequence[Question]) -> None:
        self.kept |= {question.key: question for question in questions}

    def all(self) -> Iterable[Question]:
        return self.kept.values()


def test_a_whole_file_is_kept() -> None:
    shelf = Shelf()
    assert take(shelf, formats.read(b"::a:: x {T}\n\n::b:: y {F}", "x.gift")) == 2
    assert [question.key for question in shelf.all()] == ["a", "b"]


def test_half_a_file_is_never_kept() -> None:
    shelf = Shelf()
    with pytest.raises(HalfAFile, match="1 处错误，一道题也没有导入"):
        take(shelf, formats.read(b"::a:: x {T}\n\n::b:: y {F", "x.gift"))
    assert shelf.kept == {}
