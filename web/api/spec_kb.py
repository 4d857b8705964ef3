"""The description of what the API says of the knowledge base: search, articles, cases."""

from __future__ import annotations

from kb.records import KINDS

from .spec_parts import (
    LABEL,
    MOMENT,
    PAGING,
    TEXT,
    TEXTS,
    WHOLE,
    YES_NO,
    Schema,
    json_of,
    listed,
    operation,
    query,
    ref,
    thing,
)

KEY_TEXT: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "pattern": r"^[^\s/\\\x00-\x1f\x7f-\x9f\u2028\u2029]+$",
    "not": {"enum": [".", ".."]},
}
PATH: Schema = {
    "type": "string",
    "maxLength": 365,
    "pattern": r"^([^/\\\x00]{0,60}/){0,5}[^/\\\x00]{0,60}$",
}
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
}

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
        requestBody={"required": True, "content": json_of(ref("ArticleToWrite"))},
    )
    made["responses"]["201"] = {**made["responses"]["200"], "description": "新建成功"}
    return made


def _post_case() -> Schema:
    made = operation(
        "提交一个处理案例：写成草稿等审核，并列出近似的文章",
        "CaseProposed",
        requestBody={"required": True, "content": json_of(ref("CaseToPropose"))},
    )
    made["responses"]["201"] = {**made["responses"]["200"], "description": "新收下"}
    return made


PATHS: Schema = {
    "/api/v1/search": {"get": _search()},
    "/api/v1/suggest": {"get": _suggest()},
    "/api/v1/articles": {
        "get": operation("生效中的文章", listed("Summary"), parameters=[*NARROWING, *PAGING])
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
    "/api/v1/categories": {"get": operation("分类", listed("Category"), parameters=PAGING)},
}
