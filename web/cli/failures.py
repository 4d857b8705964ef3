"""What went wrong, as a sentence and an exit status. Loaded only where something did."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from exams.errors import ExamError
from kb.errors import KbError
from kb.index import IndexBusy
from qa.errors import QaError

from ..errors import WebError
from .sentences import BAD_INPUT, FAILURE


def told(error: Exception) -> tuple[str, int] | None:
    """The sentence and the status; None of what nobody foresaw."""
    if isinstance(error, IndexBusy):
        return f"没有做成：{error}", FAILURE
    if isinstance(error, KbError | QaError | ExamError | WebError):
        return f"错误：{error}", BAD_INPUT
    if isinstance(error, OSError | SQLAlchemyError):
        return f"没有做成：{_first_line(error)}", FAILURE
    return None


def _first_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]
