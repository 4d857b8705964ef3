"""Errors of the web package, and how every known error is shown: status and sentence."""

from __future__ import annotations

from exams.errors import (
    BadExam,
    BadQuestion,
    BadResponse,
    ExamError,
    FrozenExam,
    FrozenPaper,
    FrozenQuestion,
    HeldElsewhere,
    MayNotSit,
    NotInvited,
    PoolTooSmall,
)
from kb.errors import (
    EditConflict,
    FrozenRevision,
    InvalidContent,
    KbError,
    NotFound,
    OutOfTurn,
    OwnText,
    Settled,
)
from qa.errors import (
    CallInUse,
    FrozenEvent,
    FrozenVersion,
    NoConsent,
    NotSecond,
    NotYours,
    OverAlready,
    OwnCall,
    OwnCommand,
    QaError,
    TooLate,
    WouldLower,
)


class WebError(Exception):
    """Root of every error the web package raises on purpose; ``str`` is a Chinese sentence."""


class BadSetting(WebError):
    """A setting from the environment that cannot be used."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(f"{name}：{sentence}")
        self.name = name


class InvalidInput(WebError):
    """Input of a person that cannot be kept; ``field`` names the part that is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class SignInRefused(WebError):
    """Wrong number or password, a disabled account, or too many tries."""


class NoActor(WebError):
    """Something was written without saying who does it: a mistake in the program."""


class NotPermitted(WebError):
    """The person may not do this."""

    def __init__(self, sentence: str = "您没有这项权限，需要时请联系管理员。") -> None:
        super().__init__(sentence)


class Unsigned(NotPermitted):
    """Search is held back until the person has signed what waits for them."""

    code = "unsigned"

    def __init__(self) -> None:
        super().__init__("有规章等您签收，签收以后才能检索。请在网页上打开“签收”，读过并签名。")


class Conflict(WebError):
    """What was asked for does not fit the state of things any more."""


class FrozenTrace(WebError):
    """Something tried to rewrite the evidence; ``number`` is the place in the chain."""

    def __init__(self, number: int | None) -> None:
        which = f"第{number}条证据" if number else "证据"
        super().__init__(f"{which}只能新增，不能改写，也不能删除。")
        self.number = number


STATUS: dict[type[Exception], int] = {
    NotFound: 404,
    InvalidContent: 422,
    InvalidInput: 422,
    EditConflict: 409,
    FrozenRevision: 409,
    OutOfTurn: 409,
    OwnText: 403,
    Settled: 409,
    Conflict: 409,
    FrozenTrace: 409,
    NotPermitted: 403,
    SignInRefused: 403,
    BadQuestion: 422,
    BadResponse: 422,
    FrozenQuestion: 409,
    FrozenPaper: 409,
    FrozenExam: 409,
    BadExam: 422,
    MayNotSit: 409,
    NotInvited: 404,
    PoolTooSmall: 409,
    HeldElsewhere: 409,
    ExamError: 400,
    KbError: 400,
    FrozenVersion: 409,
    CallInUse: 409,
    NoConsent: 409,
    NotYours: 403,
    OwnCall: 403,
    NotSecond: 403,
    TooLate: 409,
    WouldLower: 409,
    FrozenEvent: 409,
    OwnCommand: 403,
    OverAlready: 409,
    QaError: 422,
    WebError: 400,
}
"""The status of each error; a subclass takes that of its nearest ancestor named here."""


def status_of(error: Exception) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
