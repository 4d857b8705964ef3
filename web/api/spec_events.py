"""The description of what the API takes from a telephone system."""

from __future__ import annotations

from .spec_parts import TEXT, WHOLE, Schema, json_of, operation, ref, thing

PLAIN: Schema = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"}

SCHEMAS: Schema = {
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
}

PATHS: Schema = {
    "/api/v1/qa/events": {
        "post": operation(
            "送来电话系统的事件：谁在振铃、通话、空闲",
            "EventsTaken",
            requestBody={"required": True, "content": json_of(ref("EventsToSend"))},
        )
    },
}
