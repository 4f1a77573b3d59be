"""Many open event streams in one process that counts what comes: ``python -m deploy.bench.viewers``, order on stdin.

It runs until its stdin's writer signals SIGTERM, then prints how many frames came, as JSON.
"""

import asyncio
import json
import signal
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class ViewOrder:
    """Which streams to open."""

    host: str
    port: int
    token: str
    paths: tuple[str, ...]


@dataclass
class Seen:
    """What came."""

    opened: int = 0
    frames: int = 0
    lost: int = 0
    """Streams that the server ended."""


class Viewer(asyncio.Protocol):
    """One stream: sends its request, counts events."""

    def __init__(self, request: bytes, seen: Seen) -> None:
        self._request, self._seen = request, seen
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 — TCP transports are
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Count: each event has exactly one ``event:`` line."""
        if not self._is_open:
            if not data.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"a stream was refused: {data[:200]!r}")
            self._is_open = True
            self._seen.opened += 1
        self._seen.frames += data.count(b"event:")

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 — asyncio's signature
        """The server ended it."""
        self._seen.lost += 1


async def watch(order: ViewOrder) -> Seen:
    """Open every stream, a few at a time, and count until SIGTERM."""
    seen, stop, loop = Seen(), asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    transports = []
    for path in order.paths:
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {order.host}:{order.port}\r\n"
            f"Authorization: Bearer {order.token}\r\nAccept: text/event-stream\r\n\r\n"
        ).encode()
        transport, _ = await loop.create_connection(lambda r=request: Viewer(r, seen), order.host, order.port)  # type: ignore[misc]  # a default binds the loop variable
        transports.append(transport)
        if len(transports) % 20 == 0:
            await asyncio.sleep(0.05)
    await stop.wait()
    outcome = Seen(**asdict(seen))
    for transport in transports:
        transport.abort()
    return outcome


def main() -> None:
    """Read the order, watch, print the outcome as one JSON object."""
    order = json.load(sys.stdin)
    order["paths"] = tuple(order["paths"])
    json.dump(asdict(asyncio.run(watch(ViewOrder(**order)))), sys.stdout)


if __name__ == "__main__":
    main()
