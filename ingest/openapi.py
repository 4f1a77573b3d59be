"""The gateway's OpenAPI document, written by hand because the hot path has no framework to write it.

The events themselves are not repeated here: their JSON Schemas come from ``campanile schema export``.
"""

from typing import Any, Final

from ingest.answers import MAX_ERRORS_LISTED
from ingest.content_modes import MAX_BODY_BYTES, MAX_EVENTS
from ingest.validation import MAX_EVENT_BYTES
from schemas.problems import MEDIA_TYPE, Problem

PATH: Final = "/v1/events"

_EVENT: Final = {
    "specversion": "1.0",
    "id": "0192f1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b",
    "source": "urn:campanile:edge:c-421122-007:canteen",
    "type": "canteen.temp.sampled.v1",
    "subject": "freezer-1",
    "time": "2026-11-24T07:31:05.250+08:00",
    "campusid": "c-421122-007",
    "sequence": "1207",
    "data": {"zone": "freezer", "temp_c": -18.5},
}
_RECEIPT_SCHEMA: Final = {
    "type": "object",
    "required": ["accepted", "duplicates", "rejected", "errors"],
    "properties": {
        "accepted": {"type": "integer", "minimum": 0},
        "duplicates": {"type": "integer", "minimum": 0},
        "rejected": {"type": "integer", "minimum": 0},
        "errors": {
            "type": "array",
            "maxItems": MAX_ERRORS_LISTED,
            "items": {
                "type": "object",
                "required": ["index", "id", "reason", "detail"],
                "properties": {
                    "index": {"type": "integer", "minimum": 0},
                    "id": {"type": ["string", "null"]},
                    "reason": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_REFUSALS: Final = {
    "400": "不是 JSON，或 ce- 头无法读取 / not JSON, or ce- headers that cannot be read",
    "401": "没有有效令牌 / no valid token",
    "403": "令牌不能发送此事件 / the token may not send this event",
    "405": "只接受 POST / only POST",
    "408": "请求体到达过慢 / the body came too slowly",
    "413": "字节、事件或值过多 / too many bytes, events or values",
    "415": "内容类型、字符集或压缩不被接受 / content type, character set or encoding not taken",
    "422": "单个事件无效 / the single event is not valid",
    "429": "超过令牌速率，见 Retry-After / over the token's rate, see Retry-After",
    "503": "暂不能接收，见 Retry-After；重发整个请求 / not taking events now; send the whole request again",
}
_WITH_RETRY: Final = frozenset({"429", "503"})


def document(version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Campanile 接入网关 / ingest gateway",
            "version": version,
            "description": "设备事件从这里进入日志。202 表示日志已保存。"
            " / Device events enter the log here. 202 means that the log has them.",
        },
        "paths": {PATH: {"post": _operation()}},
        "components": {
            "schemas": {"Receipt": _RECEIPT_SCHEMA, "Problem": Problem.model_json_schema()},
            "securitySchemes": {"source": {"type": "http", "scheme": "bearer", "bearerFormat": "cst_…"}},
        },
    }


def _operation() -> dict[str, Any]:
    return {
        "operationId": "postEvents",
        "summary": "发送一个或一批 CloudEvents / send one CloudEvent or a batch",
        "description": (
            f"单个事件至多 {MAX_EVENT_BYTES >> 10} KiB；一批至多 {MAX_EVENTS} 个、{MAX_BODY_BYTES >> 20} MiB。"
            f" / One event at most {MAX_EVENT_BYTES >> 10} KiB; a batch at most {MAX_EVENTS} events and"
            f" {MAX_BODY_BYTES >> 20} MiB. In a batch each event is judged by itself."
        ),
        "security": [{"source": []}],
        "requestBody": {"required": True, "content": _request_content()},
        "responses": {"202": _receipt_response()} | {status: _problem(status) for status in _REFUSALS},
    }


def _request_content() -> dict[str, Any]:
    event = {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "campusid", "data"],
        "properties": {"specversion": {"const": "1.0"}, "data": {"type": "object"}},
    }
    return {
        "application/cloudevents+json": {"schema": event, "example": _EVENT},
        "application/cloudevents-batch+json": {
            "schema": {"type": "array", "maxItems": MAX_EVENTS, "items": event},
            "example": [_EVENT, _EVENT | {"id": "0192f1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5c", "sequence": "1208"}],
        },
        "application/json": {
            "schema": {"type": "object", "description": "data；属性在 ce- 头中 / data; attributes in ce- headers"},
            "example": _EVENT["data"],
        },
    }


def _receipt_response() -> dict[str, Any]:
    return {
        "description": "日志已保存所有被接受的事件 / the log has every accepted event",
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Receipt"},
                "example": {"accepted": 2, "duplicates": 0, "rejected": 0, "errors": []},
            }
        },
    }


def _problem(status: str) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _REFUSALS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _WITH_RETRY:
        response["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}
    return response
