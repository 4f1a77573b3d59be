"""Sees when a client no longer wants the answer that is being made for it, and has the engine stop.

A query runs in a C++ call that holds its client's thread; so one thread watches the connections of all running queries
for a Cancel packet or a hang-up. A query may not be in the engine's list yet when its client cancels, hence the kill is
repeated until the query is over; and it is over only under the lock, so a late kill cannot hit the next query.
"""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clickhouse_driver.protocol import ClientPacketTypes

from deploy.store.engine import Engine

POLL_S = 0.1
_CANCEL = bytes([ClientPacketTypes.CANCEL])


@dataclass(eq=False)
class RunningQuery:
    """A query in the engine, and whether its client has turned away."""

    connection: socket.socket
    tag: str
    is_unwanted: bool = False
    is_watched: bool = True
    """False once the client has sent something else: its next query waits in the socket, and hides what follows."""


class Watcher:
    """Watches running queries from a thread of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running: set[RunningQuery] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self._thread.start()

    @contextmanager
    def watching(self, query: RunningQuery) -> Iterator[None]:
        """Watch a query for as long as the block lasts."""
        with self._lock:
            self._running.add(query)
        self._wake.set()
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(query)

    def cancel_all(self) -> None:
        """Have every running query end: the server stops."""
        with self._lock:
            for query in self._running:
                query.is_unwanted = True
        self._wake.set()

    def stop(self) -> None:
        """End the thread."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping:
            with self._lock:
                waiting = [query for query in self._running if query.is_watched and not query.is_unwanted]
                is_idle = not waiting and not any(query.is_unwanted for query in self._running)
            if is_idle:
                self._wake.wait()
                self._wake.clear()
                continue
            self._look(waiting)
            self._kill_unwanted()

    def _look(self, waiting: list[RunningQuery]) -> None:
        poller = select.poll()
        by_descriptor = {query.connection.fileno(): query for query in waiting if query.connection.fileno() >= 0}
        for descriptor in by_descriptor:
            poller.register(descriptor, select.POLLIN)
        for descriptor, _events in poller.poll(POLL_S * 1000):
            query = by_descriptor[descriptor]
            query.is_unwanted = _has_turned_away(query.connection)
            query.is_watched = query.is_unwanted

    def _kill_unwanted(self) -> None:
        with self._lock:
            for query in self._running:
                if query.is_unwanted:
                    self._engine.kill(query.tag)


def _has_turned_away(connection: socket.socket) -> bool:
    """Whether what has arrived is a Cancel or the end. Anything else is the next query of an impatient client."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) in (b"", _CANCEL)
    except BlockingIOError:
        return False
    except OSError:
        return True
