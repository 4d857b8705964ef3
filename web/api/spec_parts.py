"""What every part of the OpenAPI description is made of."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
LABEL: Schema = {"type": "string", "maxLength": 200}
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


def operation(
    summary: str, answer: str | Schema, *, parameters: list[Schema] | None = None, **more: Any
) -> Schema:
    schema = ref(answer) if isinstance(answer, str) else answer
    responses: Schema = {"200": {"description": "成功", "content": json_of(schema)}}
    for status, description in ERRORS.items():
        responses[status] = {"description": description, "content": json_of(ref("Error"))}
    return {"summary": summary, "parameters": parameters or [], "responses": responses, **more}


def json_of(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
