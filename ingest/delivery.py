"""From admitted events to acknowledgements: frames on their way to Kafka, and the tickets that wait for them."""

import asyncio
import time
from collections.abc import Collection, Iterable

from ingest.framing import Frame, Framer, Portion
from ingest.log_place import LogPlace
from ingest.producer import Outgoing
from ingest.remembered import EventKey, Remembered
from ingest.ticket import Ticket
from ingest.uplink import Done, Uplink
from schemas.deadletter import DeadLetter
from schemas.ids import TokenId
from schemas.metrics import GATEWAY_ACK_SECONDS, GATEWAY_FRAMES, Meter
from schemas.partitioning import partition_of

LETTERS_AT_ONCE = 32
LETTER_COST_BYTES = 4096
"""What a dead letter holds beside its bytes, measured: a record of its own with headers, future and callbacks. Without
it ten thousand empty events would count as thirty kilobytes and take forty megabytes."""
RequestPortion = Portion[Ticket, EventKey]
RequestFrame = Frame[Ticket, EventKey]


class Delivery:
    """Frames what it is given, in order, and settles each ticket when Kafka has spoken.

    1. An event is remembered as acknowledged only after Kafka has acknowledged its frame.
    2. A ticket is settled after that, so a client that hears 202 and sends again hears "duplicate".
    """

    def __init__(
        self,
        framer: Framer[Ticket, EventKey],
        uplink: Uplink,
        remembered: Remembered,
        place: LogPlace,
        meter: Meter,
    ) -> None:
        self._framer = framer
        self._uplink = uplink
        self._remembered = remembered
        self._meter = meter
        self._place = place
        self._timer: asyncio.TimerHandle | None = None

    async def submit(self, ticket: Ticket, portions: Collection[RequestPortion], letters: list[DeadLetter]) -> None:
        """Put everything that a request brought on its way: events at once, dead letters a few at a time.

        A dead letter is a record by itself, and thousands of them in one go would make every other request wait.

        Raises:
            UnavailableError: all of it together is more than can be held now; nothing was put on its way.
        """
        size = sum(len(letter.raw) + LETTER_COST_BYTES for letter in letters)
        self.put(ticket, portions, len(letters), size)
        for start in range(0, len(letters), LETTERS_AT_ONCE):
            if start:
                await asyncio.sleep(0)
            self._uplink.append([self._buried(ticket, letter) for letter in letters[start : start + LETTERS_AT_ONCE]])

    def put(self, ticket: Ticket, portions: Collection[RequestPortion], others: int = 0, others_size: int = 0) -> None:
        """Put a request's events on their way; ``others`` are its records beside them.

        Raises:
            UnavailableError: all of it together is more than can be held now; nothing was put on its way.
        """
        events = sum([len(portion.events) for portion in portions])
        size = sum([portion.size() for portion in portions])
        ticket.expect(events + others, size + others_size)
        now_ms = _now_ms()
        self._send([frame for portion in portions for frame in self._framer.add(portion, now_ms)])
        if self._timer is None:
            self._arm()

    def flush(self) -> None:
        """Send every open frame now."""
        self._send(self._framer.drain(_now_ms()))

    def _arm(self) -> None:
        """One timer, for the frame that is due first; frames that are opened later are due later."""
        due_ms = self._framer.next_due_ms()
        if self._timer is None and due_ms is not None:
            delay_s = max(0.0, (due_ms - _now_ms()) / 1000)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._send(self._framer.due(_now_ms()))
        self._arm()

    def _send(self, frames: Iterable[RequestFrame]) -> None:
        records = [
            (Outgoing(self._place.events_topic, frame.partition, frame.encode()), self._done(frame)) for frame in frames
        ]
        if records:
            self._uplink.append(records)

    def _done(self, frame: RequestFrame) -> Done:
        started = time.monotonic()
        keys, owners = frame.keys, frame.owners

        def done(error: Exception | None) -> None:
            if error is None:
                self._meter.count(GATEWAY_FRAMES)
                self._meter.observe(GATEWAY_ACK_SECONDS, time.monotonic() - started)
                self._remembered.add(keys)
            for ticket, events in owners:
                ticket.settle(events, error)

        return done

    def _buried(self, ticket: Ticket, letter: DeadLetter) -> tuple[Outgoing, Done]:
        partition = partition_of(TokenId(letter.token_id), self._place.partitions)
        record = Outgoing(self._place.dead_letter_topic, partition, letter.raw, letter.headers())
        return record, lambda error: ticket.settle(1, error)


def _now_ms() -> float:
    return time.monotonic() * 1000
