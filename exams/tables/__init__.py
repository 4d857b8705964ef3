"""Tables of training and exams, one file a subject; people are integer ids, as in ``kb``."""

from .bank import BankQuestion, QuestionTopic, QuestionVersion
from .base import Base

__all__ = ["BankQuestion", "Base", "QuestionTopic", "QuestionVersion"]
