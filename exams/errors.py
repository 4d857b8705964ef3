"""Errors of training and exams: one root, leaves that carry their data."""

from __future__ import annotations

from collections.abc import Mapping


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


class FrozenPaper(ExamError):
    """Something tried to change a paper that somebody sat."""

    def __init__(self, title: str) -> None:
        super().__init__(f"试卷“{title}”已经有人考过，不能再改。请复制一份，改副本。")
        self.title = title


class PoolTooSmall(ExamError):
    """A paper cannot be drawn: ``row`` in words wants more questions than were found."""

    def __init__(self, row: str, wanted: int, found: int) -> None:
        super().__init__(
            f"题库里的题不够：{row}要 {wanted} 道，可用的只有 {found} 道。"
            "相近的题、同一句话出的题一张卷上只算一道；过时的题不算。"
        )
        self.row, self.wanted, self.found = row, wanted, found


class HeldElsewhere(ExamError):
    """A page wanted to hand in an attempt that another page has taken over."""

    def __init__(self) -> None:
        super().__init__("这份答卷已经在别的页面打开，请从那里交卷，或在这里继续作答以后再交。")


class BadExam(ExamError):
    """Rules of an exam that cannot be kept; ``faults`` is {field: what is wrong}."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(next(iter(faults.values())))
        self.faults = dict(faults)


class MayNotSit(ExamError):
    """The person may not begin now; ``state`` is a word of ``sittings.Invitation``."""

    def __init__(self, sentence: str, state: str = "") -> None:
        super().__init__(sentence)
        self.state = state


class NotInvited(MayNotSit):
    """The exam is not for this person, who does not learn more of it than that."""

    def __init__(self) -> None:
        super().__init__("找不到这场考试，可能已经取消，或没有安排您参加。", "not_invited")


class FrozenExam(ExamError):
    """Something tried to change the rules of an exam that is published."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"“{title}”已经发布，规则不能再改；可以改说明、延长截止、给个人加时，或取消后复制一份。"
        )
        self.title = title
