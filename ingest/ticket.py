"""One request's wait for Kafka: settled when every one of its events has met its fate."""

import asyncio
from abc import ABC, abstractmethod

from ingest.errors import UnavailableError
from ingest.held_bytes import Reservation


class Ticket(ABC):
    """Counts the outstanding records of a request and holds its bytes until the last is settled.

    It outlives the request: a client that has gone or was answered 503 still has bytes on their way.
    """

    def __init__(self, reservation: Reservation) -> None:
        self._reservation = reservation
        self._outstanding = 0
        self._failed = False

    def expect(self, events: int, size: int) -> None:
        """So many events, holding so many bytes, are on their way. Called once, before any is settled.

        Raises:
            UnavailableError: so many bytes cannot be held now; then nothing is expected.
        """
        self._reservation.settle(size)
        self._outstanding = events
        if events == 0:
            self._finish()

    def settle(self, events: int, error: Exception | None) -> None:
        """So many of them were acknowledged, or are not known to have been."""
        self._failed = self._failed or error is not None
        self._outstanding -= events
        if self._outstanding == 0:
            self._finish()

    def abandon(self) -> None:
        """Nothing is on its way, so nothing will be settled: give the bytes back. Does nothing otherwise."""
        if self._outstanding == 0:
            self._reservation.release()

    def _finish(self) -> None:
        self._reservation.release()
        self._settle(is_acknowledged=not self._failed)

    @abstractmethod
    def _settle(self, *, is_acknowledged: bool) -> None:
        """Called once, in the event loop: every record has met its fate."""


class AwaitedTicket(Ticket):
    """A ticket that a task waits for."""

    def __init__(self, reservation: Reservation) -> None:
        super().__init__(reservation)
        self._settled = asyncio.get_running_loop().create_future()

    def _settle(self, *, is_acknowledged: bool) -> None:
        if not self._settled.done():
            self._settled.set_result(is_acknowledged)

    async def wait(self, timeout_s: float) -> None:
        """Return when Kafka has acknowledged everything.

        Raises:
            UnavailableError: something was not acknowledged, or not in time.
        """
        done, _ = await asyncio.wait((self._settled,), timeout=timeout_s)
        if not done:
            raise overdue()
        if not self._settled.result():
            raise unacknowledged()


def overdue() -> UnavailableError:
    """The error of a request that has waited long enough; its events may still reach the log."""
    return UnavailableError("Kafka 未及时确认 / Kafka did not acknowledge in time", retry_after_s=2)


def unacknowledged() -> UnavailableError:
    """The error of a request of which a record was not acknowledged."""
    return UnavailableError("Kafka 未确认 / Kafka did not acknowledge", retry_after_s=1)
