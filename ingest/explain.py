"""The slow path: pydantic's verdict on an event that the fast path did not accept, and the words for it."""

import re
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ingest.rejections import Reason, Rejection, rejection
from schemas.envelope import CloudEvent, event_adapter

_MAX_DETAIL: Final = 300
_MEMBER: Final = re.compile(r"[a-z_]{1,40}")
_UNKNOWN_TYPE: Final = frozenset({"union_tag_invalid", "union_tag_not_found"})


def judge(raw: bytes) -> CloudEvent[Any] | Rejection:
    """The event as its model, or why it is none."""
    try:
        return event_adapter().validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "union_tag_invalid":
            return rejection(Reason.UNKNOWN_TYPE)
        return Rejection(_reason(first), _sentence(first, error.error_count()))


def _reason(first: ErrorDetails) -> Reason:
    return Reason.NOT_JSON if first["type"] == "json_invalid" else Reason.INVALID


def _sentence(first: ErrorDetails, count: int) -> str:
    """Where and what was expected; names that the sender made up are not repeated."""
    if first["type"] == "union_tag_not_found":
        return "type：缺失 / missing"
    steps = [str(step) if isinstance(step, int) or _MEMBER.fullmatch(step) else "?" for step in first["loc"][1:]]
    more = f" (+{count - 1})" if count > 1 else ""
    return f"{'.'.join(steps)}: {first['msg']}{more}"[:_MAX_DETAIL].removeprefix(": ")
