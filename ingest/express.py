"""The shortest way through the gateway, for the ordinary request: whole, from a known source, every event valid.

Such a request needs no task, no future and no timer of its own: it is judged and framed in one go, and Kafka's
acknowledgement writes its answer. Nothing is ever refused here. Whatever is not ordinary is left, untouched, to
:class:`ingest.endpoint.EventsEndpoint`, which begins at the beginning.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from ingest.admission import Admitted
from ingest.answers import error_answer, receipt_response, response_of
from ingest.content_modes import events_of, mode_of
from ingest.errors import IngestError, UnavailableError
from ingest.gateway import Gateway
from ingest.held_bytes import Reservation
from ingest.ticket import Ticket, overdue, unacknowledged
from schemas.metrics import GATEWAY_EVENTS, GATEWAY_HELD_BYTES, GATEWAY_REQUESTS, GATEWAY_SECONDS

log = structlog.get_logger(__name__)
Headers = list[tuple[bytes, bytes]]
Answer = Callable[[bytes], None]


class _Passenger(Ticket):
    """A request that waits for Kafka."""

    def __init__(self, express: "Express", reservation: Reservation, answer: Answer, started_s: float) -> None:
        super().__init__(reservation)
        self.answer = answer
        self.started_s = started_s
        self.admitted: Admitted[Ticket] = Admitted(express.gateway.clock.now_ms())
        self.is_answered = False
        self._express = express

    def _settle(self, *, is_acknowledged: bool) -> None:
        self._express.arrived(self, is_acknowledged=is_acknowledged)


class Express:
    """Takes ordinary requests. Made inside the event loop in which it is used."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._meter = gateway.meter
        self._loop = asyncio.get_running_loop()
        self._timeout_s = gateway.settings.ack_timeout_s
        self._waiting: dict[_Passenger, None] = {}
        """In the order in which they came, so the first is overdue first."""
        self._timer: asyncio.TimerHandle | None = None

    def take(self, headers: Headers, body: bytes, answer: Answer) -> bool:
        """Take a POST to the events' address, with its whole body, or leave it.

        Returns:
            Whether it was taken. Then ``answer`` is called once with an HTTP/1.1 response: after Kafka has spoken, or
            after the time that a request waits for it; at once if every event was a duplicate.
        """
        started_s = time.monotonic()
        if self.gateway.trouble() is not None:
            return False
        try:
            return self._take(headers, body, answer, started_s)
        except IngestError:
            return False
        except Exception:  # the top of a request: nothing was put on its way, and the long way may know what to say
            log.exception("express_failed")
            return False

    def _take(self, headers: Headers, body: bytes, answer: Answer, started_s: float) -> bool:
        by_name = dict(headers)
        grant = self.gateway.authenticator.authenticate(by_name.get(b"authorization"))
        mode = mode_of(by_name)
        if len(body) > mode.max_body_bytes:
            return False
        events = events_of(mode, headers, body)
        passenger = _Passenger(self, self.gateway.held.reserve(len(body)), answer, started_s)
        try:
            is_taken = self.gateway.submit_at_once(events, grant, passenger, passenger.admitted)
        finally:
            passenger.abandon()  # does nothing once records are on their way
        if is_taken and not passenger.is_answered:
            self._waiting[passenger] = None
            if self._timer is None:
                self._timer = self._loop.call_later(self._timeout_s, self._look)
        return is_taken

    def arrived(self, passenger: _Passenger, *, is_acknowledged: bool) -> None:
        """Everything of a request has met its fate; one that has waited too long was answered before."""
        self._waiting.pop(passenger, None)
        if passenger.is_answered:
            return
        if not is_acknowledged:
            self._refuse(passenger, unacknowledged())
            return
        admitted = passenger.admitted
        self._meter.count(GATEWAY_EVENTS, admitted.accepted, "accepted")
        if admitted.duplicates:
            self._meter.count(GATEWAY_EVENTS, admitted.duplicates, "duplicate")
        self._answer(passenger, "202", receipt_response(admitted.accepted, admitted.duplicates))

    def _refuse(self, passenger: _Passenger, error: UnavailableError) -> None:
        self._answer(passenger, str(int(error.status)), response_of(error_answer(error)))

    def _answer(self, passenger: _Passenger, status: str, response: bytes) -> None:
        passenger.is_answered = True
        self._meter.count(GATEWAY_REQUESTS, 1, status)
        self._meter.observe(GATEWAY_SECONDS, time.monotonic() - passenger.started_s)
        self._meter.gauge(GATEWAY_HELD_BYTES, self.gateway.held.total)
        passenger.answer(response)

    def _look(self) -> None:
        """Answer whoever has waited too long, and look again when the next will have."""
        self._timer = None
        latest_s = time.monotonic() - self._timeout_s
        for passenger in list(self._waiting):
            if passenger.started_s > latest_s:
                self._timer = self._loop.call_later(passenger.started_s - latest_s, self._look)
                return
            del self._waiting[passenger]
            self._refuse(passenger, overdue())
