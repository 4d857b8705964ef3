"""The description of what the API says of scores: rubrics, marks, results."""

from __future__ import annotations

from qa.rubric import KINDS, MODES, SCOPES

from .spec_kb import KEY
from .spec_parts import PAGING, Schema, json_of, listed, operation, ref, thing

NUMBER: Schema = {"type": "number", "minimum": -(10**12), "maximum": 10**12}
NUMBER_OR_NONE: Schema = {**NUMBER, "type": ["number", "null"]}
WEIGHT: Schema = {"type": ["number", "null"], "minimum": 0, "maximum": 10**12}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": r"\S"}
NAME_OR_NONE: Schema = {"type": ["string", "null"], "maxLength": 2000, "pattern": r"\S|^$"}
FLAG: Schema = {"type": ["boolean", "null"]}
KEYS: Schema = {"type": "array", "items": {"type": "string"}}


def _list(item: Schema, *, least: int = 0) -> Schema:
    kind: Schema = {"type": "array", "items": item}
    return {**kind, "minItems": least} if least else {**kind, "type": ["array", "null"]}


_OPTION = thing(
    {"key": {**NAME, "not": {"const": "na"}}, "title": NAME_OR_NONE, "points": NUMBER}
    | {"fails": FLAG},
    ["key", "points"],
)
_RANGE = thing(
    {"from": NUMBER_OR_NONE, "to": NUMBER_OR_NONE, "points": NUMBER, "fails": FLAG}, ["points"]
)
_ITEM = thing(
    {
        "key": NAME,
        "title": NAME_OR_NONE,
        "kind": {"enum": list(KINDS)},
        "weight": WEIGHT,
        "max": WEIGHT,
        "na": FLAG,
        "critical": FLAG,
        "bonus": FLAG,
        "fatal": {"enum": [*SCOPES, None]},
        "options": _list(_OPTION),
        "ranges": _list(_RANGE),
        "when": {"type": ["object", "null"]},
        "check": {"type": ["object", "null"]},
        "article": NAME_OR_NONE,
    },
    ["key", "kind"],
)
_SECTION = thing(
    {"key": NAME, "title": NAME_OR_NONE, "weight": WEIGHT, "items": _list(_ITEM, least=1)},
    ["key", "items"],
)
_RUBRIC: Schema = {
    **thing(
        {
            "title": NAME_OR_NONE,
            "mode": {"enum": list(MODES)},
            "base": NUMBER_OR_NONE,
            "floor": NUMBER_OR_NONE,
            "ceiling": NUMBER_OR_NONE,
            "bands": _list(thing({"from": NUMBER, "name": NAME}, ["from", "name"])),
            "sections": _list(_SECTION, least=1),
        },
        ["mode", "sections"],
    ),
    "description": "评分表。标识不能重复；choice、multi 要有 options，number 要有 ranges；when 是 "
    '{"item","in":[…]}、{"all":[…]} 或 {"any":[…]}，问到的项要有，不能绕成圈。',
}
_MARKS: Schema = {
    **thing({"answers": {"type": "object"}}, ["answers"]),
    "description": '打分：{"answers": {评分项: "选项" | ["选项",…] | 数 | null | "na"}}。'
    "可见的项都要答，条件不成立的不用答。",
}
_SCORECARD: Schema = {
    "key": {"type": "string"},
    "title": {"type": "string"},
    "version": {"type": "integer"},
    "mode": {"enum": list(MODES)},
    "fingerprint": {"type": "string"},
    "activated_at": {"type": ["string", "null"], "format": "date-time"},
}
_NUMBER: Schema = {"type": "number"}
_SCORE: Schema = {"type": ["number", "null"]}

SCHEMAS: Schema = {
    "Rubric": _RUBRIC,
    "Marks": _MARKS,
    "ToScore": {
        "type": "object",
        "properties": {
            "rubric": {"$ref": "#/components/schemas/Rubric"},
            "scorecard": {"type": "string", "minLength": 1, "maxLength": 60},
            "version": {"type": ["integer", "null"], "minimum": 1, "maximum": 999_999},
            "marks": {"$ref": "#/components/schemas/Marks"},
        },
        "required": ["marks"],
        "oneOf": [{"required": ["rubric"]}, {"required": ["scorecard"]}],
        "description": "rubric 或 scorecard（评分表的标识）二选一；version 是它启用过的某一版，"
        "不写就是在用的一版。marks 也可以不写而直接写 answers。",
    },
    "Scored": thing(
        {
            "raw": _SCORE,
            "reported": _SCORE,
            "critical": _SCORE,
            "earned": _NUMBER,
            "possible": _NUMBER,
            "band": {"type": ["string", "null"]},
            "failed": KEYS,
            "not_applicable": KEYS,
            "hidden": KEYS,
            "items": {
                "type": "object",
                "additionalProperties": thing(
                    {"earned": _NUMBER, "possible": _NUMBER, "weight": _NUMBER},
                    ["earned", "possible", "weight"],
                ),
            },
            "sections": {
                "type": "object",
                "additionalProperties": thing(
                    {"raw": _SCORE, "reported": _SCORE}, ["raw", "reported"]
                ),
            },
            "kernel": {"type": "string"},
        },
        [
            "raw",
            "reported",
            "critical",
            "earned",
            "possible",
            "band",
            "failed",
            "not_applicable",
            "hidden",
            "items",
            "sections",
            "kernel",
        ],
    ),
    "Scorecard": thing(_SCORECARD, list(_SCORECARD)),
    "ScorecardWithRubric": thing(
        {**_SCORECARD, "rubric": {"type": "object"}}, [*_SCORECARD, "rubric"]
    ),
}
NEEDED = "除了“使用数据接口”，还要“检索通话、听录音、评分”的权限。"


def _post_score() -> Schema:
    made = operation(
        "按评分表算一份打分的得分，和 zhixi qa score 的结果一样",
        "Scored",
        requestBody={"required": True, "content": json_of(ref("ToScore"))},
    )
    made["description"] = f"什么也不保存。{NEEDED}"
    return made


PATHS: Schema = {
    "/api/v1/qa/score": {"post": _post_score()},
    "/api/v1/qa/scorecards": {
        "get": operation(
            "在用的评分表",
            listed("Scorecard"),
            parameters=PAGING,
            description=NEEDED,
        )
    },
    "/api/v1/qa/scorecards/{key}": {
        "get": operation(
            "一张评分表在用的一版",
            "ScorecardWithRubric",
            parameters=[KEY],
            description=NEEDED,
        )
    },
}
