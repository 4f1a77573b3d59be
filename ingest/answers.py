"""What the gateway answers: the receipt of a request, or a problem. Both as ready bytes for ASGI."""

from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import msgspec

from ingest.errors import IngestError
from schemas.problems import MEDIA_TYPE, Problem

MAX_ERRORS_LISTED: Final = 100
_JSON: Final = b"application/json"
_PROBLEM: Final = MEDIA_TYPE.encode()


class EventError(msgspec.Struct, frozen=True):
    """One rejected event: its place in the request, its id where it has a valid one, and why."""

    index: int
    id: str | None
    reason: str
    detail: str


class Receipt(msgspec.Struct, frozen=True):
    """The verdicts on a request's events. ``rejected`` counts all, ``errors`` lists at most the first 100."""

    accepted: int
    duplicates: int
    rejected: int
    errors: list[EventError]


class Answer(NamedTuple):
    """A whole HTTP answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


_ENCODE: Final = msgspec.json.Encoder().encode


def receipt_answer(receipt: Receipt) -> Answer:
    """202 with the receipt."""
    return _answer(HTTPStatus.ACCEPTED, _JSON, _ENCODE(receipt))


def error_answer(error: IngestError, errors: list[EventError] | None = None) -> Answer:
    """The error as ``application/problem+json``."""
    problem = Problem(
        title=error.message,
        status=error.status,
        code=error.code,
        detail=error.cause,
        remedy=error.remedy,
        errors=[msgspec.to_builtins(line) for line in errors or ()],
    )
    extra: list[tuple[bytes, bytes]] = []
    if error.retry_after_s is not None:
        extra.append((b"retry-after", b"%d" % error.retry_after_s))
    if error.status == HTTPStatus.UNAUTHORIZED:
        extra.append((b"www-authenticate", b'Bearer realm="campanile"'))
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        extra.append((b"allow", b"POST"))
    return _answer(error.status, _PROBLEM, problem.model_dump_json().encode(), extra)


def _answer(status: int, media_type: bytes, body: bytes, extra: list[tuple[bytes, bytes]] | None = None) -> Answer:
    headers = [
        (b"content-type", media_type),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    return Answer(int(status), headers + (extra or []), body)


async def send_answer(answer: Answer, send: Any) -> None:  # noqa: ANN401 — ASGI's send
    """Write the answer to the connection."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def response_of(answer: Answer) -> bytes:
    """The answer as the bytes of an HTTP/1.1 response."""
    head = [b"HTTP/1.1 %d %b\r\n" % (answer.status, HTTPStatus(answer.status).phrase.encode())]
    head += [b"%b: %b\r\n" % header for header in answer.headers]
    return b"%b\r\n%b" % (b"".join(head), answer.body)


@lru_cache(maxsize=1024)
def receipt_response(accepted: int, duplicates: int) -> bytes:
    """The response to a request of which nothing was rejected; nearly all are one and the same."""
    return response_of(receipt_answer(Receipt(accepted, duplicates, 0, [])))
