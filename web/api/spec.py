"""The OpenAPI description of the API, served and tested against."""

from __future__ import annotations

from typing import Any

from kb.records import KINDS

from . import spec_calls, spec_reviews, spec_scoring

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
KEY_TEXT: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "pattern": r"^[^\s/\\\x00-\x1f\x7f-\x9f\u2028\u2029]+$",
    "not": {"enum": [".", ".."]},
}
LABEL: Schema = {"type": "string", "maxLength": 200}
PATH: Schema = {
    "type": "string",
    "maxLength": 365,
    "pattern": r"^([^/\\\x00]{0,60}/){0,5}[^/\\\x00]{0,60}$",
}
WHOLE: Schema = {"type": "integer"}
PLAIN: Schema = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"}
YES_NO: Schema = {"type": "boolean"}
TEXTS: Schema = {"type": "array", "items": TEXT}
MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}


def thing(properties: Schema, required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }


def listed(item: str) -> Schema:
    return thing(
        {
            "total": WHOLE,
            "page": WHOLE,
            "limit": WHOLE,
            "items": {"type": "array", "items": ref(item)},
        }
    )


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


SUMMARY: Schema = {
    "key": TEXT,
    "title": TEXT,
    "kind": {"enum": list(KINDS)},
    "category": TEXT,
    "revision": WHOLE,
    "state": TEXT,
    "published_at": MOMENT,
    "effective_from": MOMENT,
    "effective_to": MOMENT,
    "must_sign": YES_NO,
    "tags": TEXTS,
}
LABELS: Schema = {"type": ["array", "null"], "items": LABEL, "maxItems": 50}

SCHEMAS: Schema = {
    "Error": thing({"error": thing({"code": TEXT, "message": TEXT})}),
    "Summary": thing(SUMMARY),
    "Article": thing({**SUMMARY, "body": TEXT, "questions": TEXTS, "audiences": TEXTS}),
    "ArticleToWrite": {
        **thing(
            {
                "title": {"type": "string", "maxLength": 300, "pattern": r"\S"},
                "body": {"type": "string", "maxLength": 200_000, "pattern": r"\S"},
                "kind": {"enum": [*KINDS, None]},
                "category": {**PATH, "type": ["string", "null"]},
                "tags": LABELS,
                "questions": LABELS,
                "audiences": LABELS,
                "effective_from": MOMENT,
                "effective_to": MOMENT,
                "must_sign": {"type": ["boolean", "null"]},
            },
            required=["title", "body"],
        ),
        "description": "key 可写可不写，写了要和地址里的一样。时间带时区，失效要晚于生效。"
        "文字里不能有 NUL。revision、state、published_at 由系统定，写了也不算；"
        "其他字段原样保存为这一版的数据，嵌套最多32层。",
    },
    "Written": thing(
        {"outcome": {"enum": ["created", "revised", "unchanged"]}, "article": ref("Article")}
    ),
    "CaseToPropose": {
        **thing(
            {
                "question": {"type": "string", "maxLength": 300, "pattern": r"\S"},
                "result": {"type": "string", "maxLength": 20_000, "pattern": r"\S"},
                "reference": {"type": "string", "maxLength": 200, "pattern": r"\S"},
                "handled_at": {"type": "string", "format": "date-time"},
            }
        ),
        "description": "question 来电人的问题，result 处理结果，reference 工单号或链接，"
        "handled_at 处理时间，带时区，不晚于现在。文字里不能有 NUL。同样的案例再交一次，"
        "得到的是原来那一个。",
    },
    "Case": thing(
        {
            "id": WHOLE,
            "question": TEXT,
            "result": TEXT,
            "reference": TEXT,
            "handled_at": MOMENT,
            "proposed_at": MOMENT,
            "state": {"enum": ["waiting", "published", "dropped"]},
            "article": {"type": ["string", "null"]},
        }
    ),
    "Similar": thing({"key": TEXT, "title": TEXT, "similarity": {"type": "number"}}),
    "CaseProposed": thing(
        {
            "created": YES_NO,
            "case": ref("Case"),
            "similar": {"type": "array", "items": ref("Similar")},
        }
    ),
    "EventsToSend": thing(
        {
            "events": {
                "type": "array",
                "minItems": 1,
                "maxItems": 1000,
                "items": {
                    **thing(
                        {
                            "id": {"type": "string", "pattern": r"^[!-~]{1,100}$"},
                            "at": {"type": "string", "format": "date-time"},
                            "agent": {**PLAIN, "minLength": 1, "maxLength": 40},
                            "kind": {"type": "string", "pattern": r"^[A-Za-z0-9_.\-]{1,40}$"},
                            "call": {
                                "type": "string",
                                "pattern": r"^([A-Za-z0-9][A-Za-z0-9._:@+\-]{0,63})?$",
                            },
                            "queue": {**PLAIN, "maxLength": 60},
                            "direction": {"enum": ["in", "out", ""]},
                            "customer": {**PLAIN, "maxLength": 40},
                            "extension": {**PLAIN, "maxLength": 20},
                        },
                        required=["id", "at", "agent", "kind"],
                    ),
                    "description": "id 是电话系统自己的事件编号，同一个再送不重复计；agent 是工号。"
                    "kind：ringing 振铃，answered 接通，held 保持，resumed 恢复，ended 结束，"
                    "wrapup 话后整理，idle 空闲，busy 示忙，offline 离线；别的也收下，不改变状态。"
                    "可以迟到，也可以不按先后。",
                },
            }
        }
    ),
    "EventsTaken": thing(
        {
            "accepted": WHOLE,
            "repeated": WHOLE,
            "unknown": WHOLE,
            "errors": {"type": "array", "items": thing({"index": WHOLE, "message": TEXT})},
        }
    ),
    "Category": thing({"path": TEXT, "articles": WHOLE}),
    "SearchResult": thing(
        {
            "query": TEXT,
            "took_ms": {"type": "number"},
            "total": WHOLE,
            "notes": {"type": "array", "items": thing({"kind": TEXT, "sentence": TEXT})},
            "hits": {"type": "array", "items": ref("Hit")},
        }
    ),
    "Hit": thing(
        {
            "key": TEXT,
            "title": TEXT,
            "kind": TEXT,
            "category": TEXT,
            "revision": WHOLE,
            "score": {"type": "number"},
            "snippet": {"type": "array", "items": thing({"text": TEXT, "hit": YES_NO})},
            "answer": {
                "oneOf": [
                    {"type": "null"},
                    thing(
                        {
                            "text": TEXT,
                            "start": WHOLE,
                            "end": WHOLE,
                            "condition": {"type": ["string", "null"]},
                        }
                    ),
                ]
            },
        }
    ),
    "Suggestions": thing(
        {
            "query": TEXT,
            "suggestions": {
                "type": "array",
                "items": thing(
                    {
                        "text": TEXT,
                        "sort": {"enum": ["title", "question", "query", "term"]},
                        "key": {"type": ["string", "null"]},
                    }
                ),
            },
        }
    ),
    "Person": thing(
        {
            "number": TEXT,
            "name": TEXT,
            "team": TEXT,
            "grade": TEXT,
            "roles": TEXTS,
            "created_at": MOMENT,
            "disabled_at": MOMENT,
        }
    ),
    "Job": thing(
        {
            "id": WHOLE,
            "kind": TEXT,
            "state": TEXT,
            "attempts": WHOLE,
            "error": TEXT,
            "created_at": MOMENT,
            "run_at": MOMENT,
            "finished_at": MOMENT,
        }
    ),
    "AuditEntry": thing(
        {
            "id": WHOLE,
            "at": MOMENT,
            "actor": TEXT,
            "doing": TEXT,
            "action": TEXT,
            "entity": TEXT,
            "entity_id": TEXT,
            "values": {"type": "object"},
        }
    ),
    **spec_scoring.SCHEMAS,
    **spec_reviews.SCHEMAS,
    **spec_calls.SCHEMAS,
}

ERRORS = {
    "400": "看不懂的请求",
    "401": "没有令牌，或令牌已作废",
    "403": "没有这项权限",
    "404": "没有，或没有查看权限",
    "409": "和现有内容冲突",
    "413": "太大",
    "415": "不是 JSON",
    "422": "内容有误",
    "429": "太频繁",
}


def query(name: str, schema: Schema, description: str, *, required: bool = False) -> Schema:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "schema": schema,
        "description": description,
    }


PAGING = [
    query("page", {**WHOLE, "minimum": 1, "maximum": 1_000_000, "default": 1}, "第几页"),
    query("limit", {**WHOLE, "minimum": 1, "maximum": 200, "default": 50}, "每页几条"),
]
NARROWING = [
    query("kind", {"enum": [*KINDS, ""]}, "类型"),
    query("category", {**TEXT, "maxLength": 400}, "分类路径，包括下级"),
    query("tag", LABEL, "标签"),
]
ASKED_OF = [
    query(
        "at",
        {"anyOf": [{**TEXT, "format": "date"}, {**TEXT, "format": "date-time"}, {"enum": [""]}]},
        "按这一天的规定回答：2026-03-01（当天最后一刻）或 2026-03-01T14:05；不能晚于现在；"
        "空着就是现在。权限按今天的算",
    ),
    query(
        "known",
        {"enum": ["then", "now"], "default": "then"},
        "then：只看那时已发布的，就是当时座席看到的；now：连后来补发、追溯生效的一起看",
    ),
]
"""The two clocks: the moment asked about, and up to when publications count."""
CALL = query(
    "call",
    {**TEXT, "maxLength": 64, "pattern": "^[A-Za-z0-9_-]*$"},
    "通话编号；给了才把看到的内容记作证据",
)
KEY: Schema = {"name": "key", "in": "path", "required": True, "schema": KEY_TEXT}


def operation(
    summary: str, answer: str | Schema, *, parameters: list[Schema] | None = None, **more: Any
) -> Schema:
    schema = ref(answer) if isinstance(answer, str) else answer
    responses: Schema = {"200": {"description": "成功", "content": _json(schema)}}
    for status, description in ERRORS.items():
        responses[status] = {"description": description, "content": _json(ref("Error"))}
    return {"summary": summary, "parameters": parameters or [], "responses": responses, **more}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _search() -> Schema:
    return operation(
        "检索一次",
        "SearchResult",
        parameters=[
            query("q", {**TEXT, "minLength": 1, "maxLength": 400}, "要检索的话", required=True),
            query("limit", {**WHOLE, "minimum": 1, "maximum": 100, "default": 10}, "最多几条"),
            *NARROWING,
            *ASKED_OF,
            CALL,
        ],
    )


def _suggest() -> Schema:
    made = operation(
        "边输入边补全：标题、相似问、问过的话、词条",
        "Suggestions",
        parameters=[
            query("q", {**TEXT, "maxLength": 400}, "已经输入的：汉字、全拼、首字母，可混着打"),
            query("limit", {**WHOLE, "minimum": 1, "maximum": 20, "default": 8}, "最多几条"),
        ],
    )
    made["description"] = (
        "sort：title 标题，question 相似问，query 近30天至少两人问过并打开了文章的话，term 词条。"
        "key 是标题或相似问所属的文章，其余为 null。看不到的、不在生效期的文章不会出现。"
    )
    return made


def _put_article() -> Schema:
    made = operation(
        "写一篇文章；有变化才成为新的一版",
        "Written",
        parameters=[KEY, query("publish", YES_NO, "是否立即发布，需要发布权限")],
        requestBody={"required": True, "content": _json(ref("ArticleToWrite"))},
    )
    made["responses"]["201"] = {**made["responses"]["200"], "description": "新建成功"}
    return made


def _post_case() -> Schema:
    made = operation(
        "提交一个处理案例：写成草稿等审核，并列出近似的文章",
        "CaseProposed",
        requestBody={"required": True, "content": _json(ref("CaseToPropose"))},
    )
    made["responses"]["201"] = {**made["responses"]["200"], "description": "新收下"}
    return made


def _post_score() -> Schema:
    made = operation(
        "按评分表算一份打分的得分，和 zhixi qa score 的结果一样",
        "Scored",
        requestBody={"required": True, "content": _json(ref("ToScore"))},
    )
    made["description"] = f"什么也不保存。{spec_scoring.NEEDED}"
    return made


def _post_appeal() -> Schema:
    made = operation(
        "申诉自己成绩里的一项，由评分以外的人裁定",
        "Appealed",
        parameters=[spec_reviews.ID],
        requestBody={"required": True, "content": _json(ref("ToAppeal"))},
    )
    made["responses"]["201"] = {**made["responses"]["200"], "description": "新收下"}
    return made


def _calls() -> Schema:
    post = operation(
        "收下一通通话，或更正它",
        "CallTaken",
        requestBody={"required": True, "content": _json(ref("CallToSend"))},
    )
    files = {
        "recording": operation(
            "给一通通话录音：正文就是文件",
            "CallTaken",
            parameters=[spec_calls.KEY, spec_calls.SIDE, spec_calls.NAME],
            requestBody=spec_calls.body("WAV、MP3、Ogg 或 FLAC，按内容认，读到结尾才收下"),
        ),
        "transcript": operation(
            "给一通通话转写：正文就是文件",
            "CallTaken",
            parameters=[spec_calls.KEY],
            requestBody=spec_calls.body("WebVTT、SRT、Whisper、Contact Lens 或分段的 JSON"),
        ),
    }
    for made in (post, *files.values()):
        made["responses"]["201"] = {**made["responses"]["200"], "description": "新收下"}
    return {
        "/api/v1/qa/calls": {
            "get": operation(
                "通话，按条件找",
                listed("CallSummary"),
                parameters=[*spec_calls.CONDITIONS, *PAGING],
                description=spec_calls.NEEDED,
            ),
            "post": post,
        },
        "/api/v1/qa/calls/{key}": {
            "get": operation(
                "一通通话，连同录音的数字和转写",
                "Call",
                parameters=[spec_calls.KEY],
                description=spec_calls.NEEDED,
            )
        },
        **{f"/api/v1/qa/calls/{{key}}/{name}": {"put": made} for name, made in files.items()},
    }


def describe(rate: int) -> Schema:
    """The whole description; ``rate`` is the number of requests allowed a minute."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "知席数据接口",
            "version": "1",
            "description": f"每人每分钟最多 {rate} 次（按服务进程计）。令牌在“我的账号”里生成。",
        },
        "security": [{"token": []}],
        "paths": {
            "/api/v1/search": {"get": _search()},
            "/api/v1/suggest": {"get": _suggest()},
            "/api/v1/articles": {
                "get": operation(
                    "生效中的文章", listed("Summary"), parameters=[*NARROWING, *PAGING]
                )
            },
            "/api/v1/articles/{key}": {
                "get": operation(
                    "一篇文章现在生效、或某一天生效的内容",
                    "Article",
                    parameters=[KEY, *ASKED_OF, CALL],
                ),
                "put": _put_article(),
            },
            "/api/v1/articles/{key}/revisions": {
                "get": operation("一篇文章的各版", listed("Article"), parameters=[KEY, *PAGING])
            },
            "/api/v1/cases": {
                "get": operation("自己提交的处理案例", listed("Case"), parameters=PAGING),
                "post": _post_case(),
            },
            "/api/v1/qa/events": {
                "post": operation(
                    "送来电话系统的事件：谁在振铃、通话、空闲",
                    "EventsTaken",
                    requestBody={"required": True, "content": _json(ref("EventsToSend"))},
                )
            },
            **_calls(),
            "/api/v1/categories": {"get": operation("分类", listed("Category"), parameters=PAGING)},
            "/api/v1/qa/score": {"post": _post_score()},
            "/api/v1/qa/scorecards": {
                "get": operation(
                    "在用的评分表",
                    listed("Scorecard"),
                    parameters=PAGING,
                    description=spec_scoring.NEEDED,
                )
            },
            "/api/v1/qa/scorecards/{key}": {
                "get": operation(
                    "一张评分表在用的一版",
                    "ScorecardWithRubric",
                    parameters=[KEY],
                    description=spec_scoring.NEEDED,
                )
            },
            "/api/v1/qa/reviews": {
                "get": operation(
                    "评完的成绩，新的在前",
                    listed("ReviewSummary"),
                    parameters=PAGING,
                    description=spec_reviews.NEEDED,
                )
            },
            "/api/v1/qa/reviews/{id}": {
                "get": operation(
                    "一次成绩：逐项的评定、批注、改过几次、申诉",
                    "Review",
                    parameters=[spec_reviews.ID],
                    description=spec_reviews.NEEDED,
                )
            },
            "/api/v1/qa/reviews/{id}/appeals": {"post": _post_appeal()},
            "/api/v1/people": {"get": operation("人员", listed("Person"), parameters=PAGING)},
            "/api/v1/jobs": {"get": operation("后台任务", listed("Job"), parameters=PAGING)},
            "/api/v1/audit": {
                "get": operation("操作记录", listed("AuditEntry"), parameters=PAGING)
            },
        },
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
