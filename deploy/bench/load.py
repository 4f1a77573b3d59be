"""A process that sends events at a given rate: ``python -m deploy.bench.load`` with an :class:`Order` on stdin.

It is part of what is measured (it runs on the same cores), so an event costs it one ``bytes`` formatting: everything
that does not change from event to event is rendered once. Each system of each campus has a source of its own that
counts without holes.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from random import Random

from deploy.bench.http_client import Connection
from deploy.bench.mix import VARIANTS, Weighted, weighted_types
from schemas.events import system_of

BATCH_TYPE = "application/cloudevents-batch+json"
SINGLE_TYPE = "application/cloudevents+json"


@dataclass(frozen=True)
class Order:
    """What to send. ``rate_per_s`` 0: as fast as the gateway takes it. ``batch`` 1: single events, not batches."""

    host: str
    port: int
    token: str
    campuses: tuple[str, ...]
    rate_per_s: float
    batch: int
    connections: int
    seconds: float
    seed: int = 1


@dataclass
class Outcome:
    """What came of it. Latencies in seconds, from the first byte sent to the answer."""

    sent: int = 0
    accepted: int = 0
    refused_requests: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    latencies_s: list[float] | None = None


class EventMaker:
    """Renders events: ``events(n)`` gives ``n`` of one campus, as its edge box posts them, then the next campus."""

    def __init__(self, campuses: tuple[str, ...], seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 — a reproducible load, no secret
        self._types = weighted_types()
        self._campuses = [campus.encode() for campus in campuses]
        self._boot = int(time.time())
        self._sequence = {(campus, index): 0 for campus in self._campuses for index in range(len(self._types))}
        self._heads = {
            (campus, index): self._head(campus, weighted)
            for campus in self._campuses
            for index, weighted in enumerate(self._types)
        }
        draw = self._random.choices(range(len(self._types)), [w.weight for w in self._types], k=4096)
        self._draw = [(index, self._random.randrange(VARIANTS)) for index in draw]
        self._next = self._turn = 0

    def _head(self, campus: bytes, weighted: Weighted) -> bytes:
        system = system_of(weighted.name).encode()
        return (
            b'{"specversion":"1.0","source":"urn:bench:%b:%b","bootid":%d,"type":"%b","campusid":"%b","subject":"'
        ) % (campus, system, self._boot, weighted.name.encode(), campus)

    def events(self, count: int) -> list[bytes]:
        """The next campus's next ``count`` events."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23].encode() + b"Z"
        campus = self._campuses[self._turn % len(self._campuses)]
        self._turn += 1
        made = []
        for _ in range(count):
            self._next += 1
            index, variant = self._draw[self._next & 4095]
            place = campus, index
            number = self._sequence[place] = self._sequence[place] + 1
            made.append(
                b'%b%b,"id":"%d-%d","sequence":"%d","time":"%b"}'
                % (self._heads[place], self._types[index].tails[variant], self._boot, number, number, now)
            )
        return made


class Sender:
    """Keeps every connection busy, or as busy as the rate asks for."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.outcome = Outcome(latencies_s=[])
        self._maker = EventMaker(order.campuses, order.seed)
        self._started = 0.0

    async def run(self) -> Outcome:
        """Send until the time is over."""
        self._started = time.monotonic()
        await asyncio.gather(*(self._drive(number) for number in range(self.order.connections)))
        self.outcome.wall_s = time.monotonic() - self._started
        self.outcome.cpu_s = time.process_time()
        return self.outcome

    async def _drive(self, number: int) -> None:
        order = self.order
        connection = await Connection.open(order.host, order.port)
        head = connection.head("/v1/events", order.token, BATCH_TYPE if order.batch > 1 else SINGLE_TYPE)
        interval_s = order.batch * order.connections / order.rate_per_s if order.rate_per_s else 0.0
        due = self._started + interval_s * number / order.connections
        while (now := time.monotonic()) < self._started + order.seconds:
            if now < due:
                await asyncio.sleep(due - now)
            due += interval_s
            await self._send(connection, head)
        await connection.close()

    async def _send(self, connection: Connection, head: bytes) -> None:
        events = self._maker.events(self.order.batch)
        body = b"[" + b",".join(events) + b"]" if self.order.batch > 1 else events[0]
        while True:
            start = time.monotonic()
            status, answer = await connection.post(head, body)
            if status == 202:
                break
            self.outcome.refused_requests += 1
            if status not in (429, 503):
                raise RuntimeError(f"the gateway answered {status}: {answer[:500]!r}")
            await asyncio.sleep(0.2)
        self.outcome.sent += len(events)
        self.outcome.accepted += json.loads(answer)["accepted"]
        assert self.outcome.latencies_s is not None  # noqa: S101 — set by the constructor of this class
        self.outcome.latencies_s.append(time.monotonic() - start)


def main() -> None:
    """Read the order, send, print the outcome as one JSON object."""
    order = json.load(sys.stdin)
    order["campuses"] = tuple(order["campuses"])
    outcome = asyncio.run(Sender(Order(**order)).run())
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
