"""The description of what the API says of training and exams."""

from __future__ import annotations

from exams.exam_rules import KINDS as EXAM_KINDS
from exams.exam_rules import STATES as EXAM_STATES
from exams.questions import DIFFICULTIES, KINDS

from .spec_parts import (
    MOMENT,
    PAGING,
    TEXT,
    TEXTS,
    WHOLE,
    YES_NO,
    Schema,
    listed,
    operation,
    query,
    ref,
    thing,
)

STATES = ("proposed", "kept", "rejected", "retired")
NUMBER: Schema = {"type": "number"}
NUMBER_OR_NONE: Schema = {"type": ["number", "null"]}
WHOLE_OR_NONE: Schema = {"type": ["integer", "null"]}
MAYBE: Schema = {"type": ["boolean", "null"]}

_QUESTION: Schema = {
    "id": WHOLE,
    "key": TEXT,
    "kind": {"enum": list(KINDS)},
    "stem": TEXT,
    "difficulty": {"enum": [*DIFFICULTIES, ""]},
    "grade": TEXT,
    "state": {"enum": list(STATES)},
    "stale_at": MOMENT,
    "version": WHOLE,
    "article": TEXT,
    "topics": TEXTS,
}
_PAPER: Schema = {
    "id": WHOLE,
    "title": TEXT,
    "state": TEXT,
    "questions": WHOLE,
    "points": NUMBER,
    "created_at": MOMENT,
    "used_at": MOMENT,
}

SCHEMAS: Schema = {
    "QuestionSummary": thing(_QUESTION),
    "BankQuestion": thing({**_QUESTION, "question": {"type": "object"}}),
    "PaperSummary": thing(_PAPER),
    "Paper": thing({**_PAPER, "content": {"type": "object"}}),
    "Exam": thing(
        {
            "id": WHOLE,
            "title": TEXT,
            "kind": {"enum": list(EXAM_KINDS)},
            "state": {"enum": list(EXAM_STATES)},
            "opens_at": MOMENT,
            "closes_at": MOMENT,
            "minutes": WHOLE_OR_NONE,
            "attempts": WHOLE,
            "pass_percent": NUMBER,
            "published_at": MOMENT,
            "released_at": MOMENT,
        }
    ),
    "ExamResult": thing(
        {
            "person": TEXT,
            "team": TEXT,
            "grade": TEXT,
            "percent": NUMBER_OR_NONE,
            "points": NUMBER_OR_NONE,
            "possible": NUMBER_OR_NONE,
            "passed": MAYBE,
            "complete": YES_NO,
            "submitted": WHOLE,
            "begun_at": MOMENT,
            "submitted_at": MOMENT,
        }
    ),
    "Attempt": thing(
        {
            "id": WHOLE,
            "exam": WHOLE,
            "title": TEXT,
            "number": WHOLE,
            "state": {"enum": ["open", "submitted"]},
            "begun_at": MOMENT,
            "deadline_at": MOMENT,
            "submitted_at": MOMENT,
            "percent": NUMBER_OR_NONE,
            "passed": MAYBE,
        }
    ),
    "Course": thing(
        {
            "id": WHOLE,
            "title": TEXT,
            "about": TEXT,
            "lessons": {
                "type": "array",
                "items": thing({"kind": {"enum": ["text", "video", "audio"]}, "title": TEXT}),
            },
            "exam": WHOLE_OR_NONE,
            "published_at": MOMENT,
            "retired_at": MOMENT,
        }
    ),
    "Assignment": thing(
        {
            "id": WHOLE,
            "course": WHOLE,
            "title": TEXT,
            "why": TEXT,
            "assigned_at": MOMENT,
            "due_at": MOMENT,
            "done_at": MOMENT,
        }
    ),
}

ID: Schema = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
BANK = "需要“编写、生成、审核和导入试题”的权限；依据的文章看不到的题不出现。"
PAPERS = "需要“组卷，安排考试”的权限。"
EXAMS = "有组卷或成绩权限的看到全部，别人只看到自己可以参加的。"
OWN = "需要“参加考试、练习和课程，看自己的成绩”的权限。"


def _list(summary: str, item: str, said: str, *parameters: Schema) -> Schema:
    return {
        "get": operation(summary, listed(item), parameters=[*parameters, *PAGING], description=said)
    }


def _one(summary: str, item: str, said: str) -> Schema:
    return {"get": operation(summary, ref(item), parameters=[ID], description=said)}


PATHS: Schema = {
    "/api/v1/questions": _list(
        "题库里的题，新的在前",
        "QuestionSummary",
        BANK,
        query("q", {**TEXT, "maxLength": 200}, "题干或编号里的字"),
        query("kind", {"enum": [*KINDS, ""]}, "题型"),
        query("state", {"enum": [*STATES, ""]}, "状态"),
    ),
    "/api/v1/questions/{id}": _one("一道题现在的一版，连同答案", "BankQuestion", BANK),
    "/api/v1/papers": _list("试卷", "PaperSummary", PAPERS),
    "/api/v1/papers/{id}": _one("一份试卷的组卷规则或题目", "Paper", PAPERS),
    "/api/v1/exams": _list("考试", "Exam", EXAMS),
    "/api/v1/exams/{id}": _one("一场考试", "Exam", EXAMS),
    "/api/v1/exams/{id}/results": {
        "get": operation(
            "一场考试里每个人的成绩，多次的按规则取一个",
            listed("ExamResult"),
            parameters=[ID, *PAGING],
            description="有 exams.results 权限的看到全部，有 exams.team 的看到本班组，"
            "而且要等成绩可以看了；没有开考或不能看的是 404。",
        )
    },
    "/api/v1/attempts": _list(
        "自己的答卷，新的在前", "Attempt", OWN + "成绩可以看以前 percent 和 passed 是 null。"
    ),
    "/api/v1/courses": _list("课程", "Course", "需要“编写课程，布置学习”的权限。"),
    "/api/v1/assignments": _list("布置给自己的学习，新的在前", "Assignment", OWN),
}
