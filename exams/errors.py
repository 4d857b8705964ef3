"""Errors of training and exams: one root, leaves that carry their data."""

from __future__ import annotations


class ExamError(Exception):
    """Root of every error this package raises on purpose.

    ``str(error)`` is a Chinese sentence fit for a person; attributes carry the data.
    """


class BadQuestion(ExamError):
    """A question that cannot be kept; ``where`` is the path of the part that is wrong."""

    def __init__(self, where: str, sentence: str) -> None:
        super().__init__(f"{where}：{sentence}" if where else sentence)
        self.where, self.sentence = where, sentence


class BadResponse(ExamError):
    """A response whose shape does not fit the kind of question."""


class BadScores(ExamError):
    """A table of scores that cannot be read; ``line`` is 1-based, None = the whole file."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(f"第{line}行：{sentence}" if line else sentence)
        self.line = line


class Unreadable(ExamError):
    """A file, or the rest of it, cannot be read; ``line`` says where, if known."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.line = line


class UnknownFormat(ExamError):
    """No format of that name, or none that the file's content and ending speak for."""


class CannotWrite(ExamError):
    """A question that a format cannot carry; the sentence says why."""


class FrozenQuestion(ExamError):
    """Something tried to rewrite a version of a question that somebody was asked."""

    def __init__(self, key: str, number: int) -> None:
        super().__init__(f"题目“{key}”第{number}版已经考过，不能改写；修改会成为新的一版。")
        self.key, self.number = key, number
