"""The description of what the API says of finished reviews and of appeals."""

from __future__ import annotations

from .spec_parts import (
    MOMENT,
    PAGING,
    TEXT,
    WHOLE,
    Schema,
    json_of,
    listed,
    operation,
    ref,
    thing,
)

POINTS: Schema = {"type": ["number", "null"]}

NEEDED = (
    "有 qa.score 权限的看到全部，有 qa.team 的看到本班组，有 qa.own 的看到自己；都没有的是 403。"
    "只有已完成、算数的评分；要由您盲评复检的那一通，评完以前不出现。"
)


_SUMMARY: Schema = {
    "id": WHOLE,
    "call": TEXT,
    "agent": TEXT,
    "inspector": TEXT,
    "started_at": MOMENT,
    "scorecard": TEXT,
    "version": WHOLE,
    "chosen": {"enum": ["random", "risk", "resample", "manual"]},
    "reported": POINTS,
    "critical": POINTS,
    "band": {"type": ["string", "null"]},
    "finished_at": MOMENT,
    "acknowledged_at": MOMENT,
    "appeal_until": MOMENT,
    "appeals_waiting": WHOLE,
}
_ITEM: Schema = {
    "item": TEXT,
    "title": TEXT,
    "answer": {"type": ["string", "number", "array", "null"]},
    "words": TEXT,
    "earned": {"type": "number"},
    "possible": {"type": "number"},
    "failed": {"type": "boolean"},
    "note": TEXT,
}
_REMARK: Schema = {"item": TEXT, "start": {"type": "number"}, "end": POINTS, "text": TEXT}
_SCORE: Schema = {
    "number": WHOLE,
    "cause": {"enum": ["review", "appeal", "slip", "recheck"]},
    "reported": POINTS,
    "reason": TEXT,
    "at": MOMENT,
}

SCHEMAS: Schema = {
    "Appeal": thing(
        {
            "id": WHOLE,
            "item": TEXT,
            "reason": TEXT,
            "state": {"enum": ["waiting", "upheld", "rejected", "withdrawn"]},
            "at": MOMENT,
            "decided_at": MOMENT,
            "verdict": TEXT,
        }
    ),
    "ReviewSummary": thing(_SUMMARY),
    "Review": thing(
        {
            **_SUMMARY,
            "comment": TEXT,
            "items": {"type": "array", "items": thing(_ITEM)},
            "comments": {"type": "array", "items": thing(_REMARK)},
            "scores": {"type": "array", "items": thing(_SCORE)},
            "appeals": {"type": "array", "items": ref("Appeal")},
        }
    ),
    "ToAppeal": {
        **thing(
            {
                "item": {"type": "string", "maxLength": 60},
                "reason": {"type": "string", "maxLength": 2000, "pattern": r"\S"},
            }
        ),
        "description": "item 评分项的标识，reason 理由。截止以前、自己的成绩才能申诉；"
        "同样的申诉再交一次，得到的是原来那一件。申诉不会让成绩变低。",
    },
    "Appealed": thing({"created": {"type": "boolean"}, "appeal": ref("Appeal")}),
}

ID: Schema = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
    "description": "评分的编号",
}


def _post_appeal() -> Schema:
    made = operation(
        "申诉自己成绩里的一项，由评分以外的人裁定",
        "Appealed",
        parameters=[ID],
        requestBody={"required": True, "content": json_of(ref("ToAppeal"))},
    )
    made["responses"]["201"] = {**made["responses"]["200"], "description": "新收下"}
    return made


PATHS: Schema = {
    "/api/v1/qa/reviews": {
        "get": operation(
            "评完的成绩，新的在前",
            listed("ReviewSummary"),
            parameters=PAGING,
            description=NEEDED,
        )
    },
    "/api/v1/qa/reviews/{id}": {
        "get": operation(
            "一次成绩：逐项的评定、批注、改过几次、申诉",
            "Review",
            parameters=[ID],
            description=NEEDED,
        )
    },
    "/api/v1/qa/reviews/{id}/appeals": {"post": _post_appeal()},
}
