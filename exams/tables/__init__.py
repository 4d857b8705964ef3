"""Tables of training and exams, one file a subject; people are integer ids, as in ``kb``."""

from .attempts import Attempt, AttemptEvent, AttemptQuestion
from .bank import BankQuestion, QuestionTopic, QuestionVersion
from .base import Base
from .courses import Assignment, Course, CourseTeam, Lesson, LessonProgress
from .exams import Allowance, Exam, ExamAudience
from .gradings import Certificate, Correction, EssayClaim, EssayMark, Grading
from .papers import Paper
from .practice import Card, NotedAttempt, PracticeAnswer, PracticeSet

__all__ = [
    "Allowance",
    "Assignment",
    "Attempt",
    "AttemptEvent",
    "AttemptQuestion",
    "BankQuestion",
    "Base",
    "Card",
    "Certificate",
    "Correction",
    "Course",
    "CourseTeam",
    "EssayClaim",
    "EssayMark",
    "Exam",
    "ExamAudience",
    "Grading",
    "Lesson",
    "LessonProgress",
    "NotedAttempt",
    "Paper",
    "PracticeAnswer",
    "PracticeSet",
    "QuestionTopic",
    "QuestionVersion",
]
