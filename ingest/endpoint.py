"""``POST /v1/events`` as a plain ASGI application: the hot path, without a framework's per-request machinery.

What needs no body is asked first (method, can anything be taken, who sends, what kind of body, how long), so that a
stranger's bytes are never held. Then bytes are reserved, read, judged and framed; the answer waits for Kafka.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from ingest.admission import Admitted
from ingest.answers import (
    MAX_ERRORS_LISTED,
    Answer,
    EventError,
    Receipt,
    error_answer,
    receipt_answer,
    send_answer,
)
from ingest.body import ClientGoneError, Receive, declared_length, read_body
from ingest.content_modes import Mode, events_of, mode_of
from ingest.credentials import Grant
from ingest.errors import ForeignError, IngestError, InvalidEventError, MethodError, NotJsonError, UnavailableError
from ingest.gateway import ORIGIN, Gateway
from ingest.rejections import FOREIGN, Reason
from ingest.ticket import AwaitedTicket, Ticket
from schemas.deadletter import DeadLetter
from schemas.frame import MAX_FRAME_BYTES
from schemas.metrics import GATEWAY_EVENTS, GATEWAY_HELD_BYTES, GATEWAY_REJECTED, GATEWAY_REQUESTS, GATEWAY_SECONDS

log = structlog.get_logger(__name__)
Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class EventsEndpoint:
    """Answers every request with 202, a problem of the 4xx kind, or 503; never with 500."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._settings = gateway.settings
        self._meter = gateway.meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        started = time.monotonic()
        try:
            answer = await self._answer(scope, receive)
        except ClientGoneError:
            self._meter.count(GATEWAY_REQUESTS, 1, "client_gone")
            return
        self._meter.count(GATEWAY_REQUESTS, 1, str(answer.status))
        self._meter.observe(GATEWAY_SECONDS, time.monotonic() - started)
        self._meter.gauge(GATEWAY_HELD_BYTES, self._gateway.held.total)
        await send_answer(answer, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        try:
            return await self._take(scope, receive)
        except IngestError as error:
            return error_answer(error)
        except ClientGoneError:
            raise
        except Exception:  # the top of a request: nobody foresaw it, so nothing is known to be in the log
            log.exception("request_failed")
            return error_answer(UnavailableError("内部错误，已记录 / internal fault, it has been logged", 5))

    async def _take(self, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            raise MethodError("只接受 POST / only POST", remedy="POST /v1/events")
        self._gateway.require_ready()
        headers = dict(scope["headers"])
        grant = self._gateway.authenticator.authenticate(headers.get(b"authorization"))
        mode = mode_of(headers)
        limit = mode.max_body_bytes
        reservation = self._gateway.held.reserve(declared_length(headers, limit))
        ticket = AwaitedTicket(reservation)
        try:
            admitted = await self._submit(scope, receive, mode, grant, ticket)
        except BaseException:
            ticket.abandon()
            raise
        await ticket.wait(self._settings.ack_timeout_s)
        self._count(admitted)
        return _verdict(mode, admitted)

    async def _submit(
        self, scope: Scope, receive: Receive, mode: Mode, grant: Grant, ticket: AwaitedTicket
    ) -> Admitted[Ticket]:
        body = await read_body(receive, mode.max_body_bytes, self._settings.body_deadline_s)
        try:
            events = events_of(mode, scope["headers"], body)
        except NotJsonError as error:
            await self._bury(error, body, grant, ticket)
            raise
        self._gateway.require_ready()
        return await self._gateway.submit(events, grant, ticket)

    async def _bury(self, error: NotJsonError, body: bytes, grant: Grant, ticket: AwaitedTicket) -> None:
        """Keep a body that nobody could read, if it is small enough for a record, before it is refused."""
        if 0 < len(body) <= MAX_FRAME_BYTES:
            now_ms = self._gateway.clock.now_ms()
            letter = DeadLetter(body, Reason.NOT_JSON, error.cause, ORIGIN, grant.token_id, now_ms)
            await self._gateway.bury(letter, ticket)
            await ticket.wait(self._settings.ack_timeout_s)

    def _count(self, admitted: Admitted[Ticket]) -> None:
        self._meter.count(GATEWAY_EVENTS, admitted.accepted, "accepted")
        if admitted.duplicates:
            self._meter.count(GATEWAY_EVENTS, admitted.duplicates, "duplicate")
        if admitted.refused:
            self._meter.count(GATEWAY_EVENTS, len(admitted.refused), "rejected")
            for reason, times in Counter(refused.rejection.reason for refused in admitted.refused).items():
                self._meter.count(GATEWAY_REJECTED, times, reason)


def _verdict(mode: Mode, admitted: Admitted[Ticket]) -> Answer:
    errors = [
        EventError(refused.index, refused.rejection.event_id, refused.rejection.reason, refused.rejection.detail)
        for refused in admitted.refused[:MAX_ERRORS_LISTED]
    ]
    if errors and mode is not Mode.BATCH:
        return error_answer(_refusal(errors[0]), errors)
    return receipt_answer(Receipt(admitted.accepted, admitted.duplicates, len(admitted.refused), errors))


def _refusal(error: EventError) -> IngestError:
    """The error of a request whose only event was rejected."""
    if error.reason in FOREIGN:
        return ForeignError("无权发送此事件 / not allowed to send this event", cause=error.detail)
    return InvalidEventError(
        "事件无效 / invalid event",
        cause=error.detail,
        remedy="改正后重发；原文已存入死信主题 / correct it; the original is kept in the dead-letter topic",
    )
