"""The OpenAPI description of the API, served and tested against."""

from __future__ import annotations

from . import spec_calls, spec_events, spec_kb, spec_reviews, spec_scoring, spec_training
from .spec_parts import ERRORS, MOMENT, PAGING, TEXT, TEXTS, WHOLE, Schema, listed, operation, thing

__all__ = ["ERRORS", "describe"]

SCHEMAS: Schema = {
    "Error": thing({"error": thing({"code": TEXT, "message": TEXT})}),
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
}

PATHS: Schema = {
    "/api/v1/people": {"get": operation("人员", listed("Person"), parameters=PAGING)},
    "/api/v1/jobs": {"get": operation("后台任务", listed("Job"), parameters=PAGING)},
    "/api/v1/audit": {"get": operation("操作记录", listed("AuditEntry"), parameters=PAGING)},
}

PARTS = (spec_kb, spec_events, spec_calls, spec_scoring, spec_reviews, spec_training)
"""A module a subject, with its ``SCHEMAS`` and ``PATHS``."""


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
            **{path: made for part in PARTS for path, made in part.PATHS.items()},
            **PATHS,
        },
        "components": {
            "schemas": {
                **SCHEMAS,
                **{name: made for part in PARTS for name, made in part.SCHEMAS.items()},
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
