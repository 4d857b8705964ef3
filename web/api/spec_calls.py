"""The description of what the API says of calls, their recordings and transcripts."""

from __future__ import annotations

from qa.call_search import ORDERS, REVIEWED

from .spec_parts import (
    MOMENT,
    PAGING,
    TEXT,
    WHOLE,
    Schema,
    json_of,
    listed,
    operation,
    query,
    ref,
    thing,
)

MAYBE_TEXT: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": ["number", "null"]}
TYPED: Schema = {"type": ["string", "number", "null"]}
CALL_ID: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._:@+\-]{0,63}$"}
KEY: Schema = {"name": "key", "in": "path", "required": True, "schema": CALL_ID}

NEEDED = (
    "有 qa.score 权限的看到全部，有 qa.team 的看到本班组；没有 qa.customer 权限的，来电号码只有"
    "最后四位；有的看到全部，并记入操作记录。盲评还没评完的，座席是 null。"
)
SENT = (
    "需要 qa.import 权限。字段和导入清单的列一样，也可用中文列名；agent 是工号；时间不写时区就是"
    "北京时间；别的字段原样保存。编号相同的是同一通：再发就是更正，没写的不动；已有评分的，"
    "不能改座席和开始时间。"
)


_FACTS: Schema = {
    "call_id": TEXT,
    "agent": MAYBE_TEXT,
    "agent_name": MAYBE_TEXT,
    "extension": TEXT,
    "customer": TEXT,
    "direction": {"enum": ["in", "out"]},
    "queue": TEXT,
    "started_at": MOMENT,
    "ended_at": MOMENT,
    "seconds": NUMBER,
    "satisfaction": {"type": ["integer", "null"]},
    "consent": {"enum": ["yes", "no", ""]},
}
_ROLE: Schema = {"enum": ["agent", "customer", None]}

SCHEMAS: Schema = {
    "CallSummary": thing(
        {
            **_FACTS,
            "recording": {"enum": ["waiting", "ready", "failed", None]},
            "transcript": {"type": "boolean"},
            "review": MAYBE_TEXT,
            "score": NUMBER,
            "passages": {
                "type": "array",
                "items": thing(
                    {"start": {"type": "number"}, "role": _ROLE, "text": TEXT, "hit": TEXT}
                ),
            },
        }
    ),
    "Call": thing(
        {
            **_FACTS,
            "data": {"type": "object"},
            "recordings": {"type": "array", "items": ref("Recording")},
            "turns": {
                "type": "array",
                "items": thing(
                    {
                        "start": {"type": "number"},
                        "end": {"type": "number"},
                        "role": _ROLE,
                        "text": TEXT,
                    }
                ),
            },
        }
    ),
    "Recording": thing(
        {
            "sha256": TEXT,
            "name": TEXT,
            "size": WHOLE,
            "format": TEXT,
            "channels": WHOLE,
            "rate": WHOLE,
            "seconds": {"type": "number"},
            "agent_side": {"enum": ["left", "right", ""]},
            "state": {"enum": ["waiting", "ready", "failed"]},
            "error": TEXT,
            "figures": {"type": ["object", "null"]},
            "measured_at": MOMENT,
            "removed_at": MOMENT,
            "removed_why": TEXT,
        }
    ),
    "CallToSend": {
        **thing(
            {
                "call_id": CALL_ID,
                "agent": {"type": ["string", "integer"]},
                "started_at": {"type": "string", "format": "date-time"},
                "ended_at": MAYBE_TEXT,
                "seconds": TYPED,
                "extension": TYPED,
                "customer": TYPED,
                "direction": MAYBE_TEXT,
                "queue": TYPED,
                "satisfaction": TYPED,
                "consent": {"type": ["string", "boolean", "null"]},
            },
            required=["call_id"],
        ),
        "description": SENT,
    },
    "CallTaken": thing(
        {
            "outcome": {"enum": ["created", "revised", "unchanged"]},
            "warnings": {"type": "array", "items": TEXT},
            "call": ref("Call"),
        }
    ),
}


def _choice(*values: str) -> Schema:
    return {"enum": ["", *values]}


_DAY: Schema = {"type": "string", "pattern": r"^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$"}
_WORDS: Schema = {"type": "string", "maxLength": 200}
_SECONDS: Schema = {"type": "number", "minimum": 0, "maximum": 86_400}
_SCORE: Schema = {"type": "number", "minimum": 0, "maximum": 1000}
_POINTS: Schema = {"type": "integer", "minimum": 0, "maximum": 1000}

CONDITIONS: list[Schema] = [
    query("from", _DAY, "从这一天起（北京时间）"),
    query("to", _DAY, "到这一天为止"),
    query("key", _WORDS, "通话编号，或它的一部分"),
    query("extension", _WORDS, "分机"),
    query("agent", _WORDS, "座席的工号，或姓名的一部分"),
    query("team", {"type": "string", "pattern": r"^\d{0,9}$"}, "班组的编号"),
    query("queue", _WORDS, "队列"),
    query("direction", _choice("in", "out"), "方向"),
    query("shortest", _SECONDS, "不短于几秒"),
    query("longest", _SECONDS, "不长于几秒"),
    query("score_from", _SCORE, "得分不低于"),
    query("score_to", _SCORE, "得分不高于"),
    query("satisfaction_from", _POINTS, "满意度不低于"),
    query("satisfaction_to", _POINTS, "满意度不高于"),
    query("consent", _choice("yes", "no", "unknown"), "来电人同不同意录音"),
    query("sound", _choice("yes", "no"), "有没有录音"),
    query("reviewed", _choice(*REVIEWED), "评了没有"),
    query("words", _WORDS, "说过的话；几个词用空格隔开，都要有"),
    query("said_by", _choice("agent", "customer"), "谁说的"),
    query(
        "sort",
        _choice(*(sign + name for name in (*ORDERS, "score") for sign in ("", "-"))),
        "排序，前面加 - 是从大到小，默认 -started",
    ),
]
SIDE = query("agent_side", _choice("left", "right"), "双声道里座席在哪一边，默认左")
NAME = query("name", {"type": "string", "maxLength": 400}, "文件名，给人看的")


def body(description: str) -> Schema:
    """A request whose body is a file."""
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {"required": True, "description": description, "content": content}


def _calls() -> Schema:
    post = operation(
        "收下一通通话，或更正它",
        "CallTaken",
        requestBody={"required": True, "content": json_of(ref("CallToSend"))},
    )
    files = {
        "recording": operation(
            "给一通通话录音：正文就是文件",
            "CallTaken",
            parameters=[KEY, SIDE, NAME],
            requestBody=body("WAV、MP3、Ogg 或 FLAC，按内容认，读到结尾才收下"),
        ),
        "transcript": operation(
            "给一通通话转写：正文就是文件",
            "CallTaken",
            parameters=[KEY],
            requestBody=body("WebVTT、SRT、Whisper、Contact Lens 或分段的 JSON"),
        ),
    }
    for made in (post, *files.values()):
        made["responses"]["201"] = {**made["responses"]["200"], "description": "新收下"}
    return {
        "/api/v1/qa/calls": {
            "get": operation(
                "通话，按条件找",
                listed("CallSummary"),
                parameters=[*CONDITIONS, *PAGING],
                description=NEEDED,
            ),
            "post": post,
        },
        "/api/v1/qa/calls/{key}": {
            "get": operation(
                "一通通话，连同录音的数字和转写",
                "Call",
                parameters=[KEY],
                description=NEEDED,
            )
        },
        **{f"/api/v1/qa/calls/{{key}}/{name}": {"put": made} for name, made in files.items()},
    }


PATHS = _calls()
