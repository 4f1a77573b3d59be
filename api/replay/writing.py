"""A replay as bytes: server-sent events, or JSON lines. Pure.

Several events are one server-sent event, since its id must say exactly what was shown. In JSON lines every event has a
line of its own, and a line with the cursor follows each group: a reader that comes back drops what stands behind the
last cursor line it has read.
"""

from typing import Protocol

import msgspec

from api.live.frames import event_frame, single_line
from api.replay.marks import Mark

RETRY_MS = 1_000


class Writing(Protocol):
    """How a run is written."""

    media_type: str

    def hello(self, state: object) -> bytes:
        """The first words: how the replay stands."""
        ...

    def events(self, entries: list[bytes], cursor: bytes) -> bytes:
        """Some events, and the cursor after them."""
        ...

    def mark(self, mark: Mark, cursor: bytes) -> bytes:
        """A gap or an alert."""
        ...

    def states(self, states: list[bytes], cursor: bytes | None) -> bytes:
        """Documents at an instant, and the cursor after them, where they move it."""
        ...

    def note(self, name: str, data: object) -> bytes:
        """Something about the run itself; the reader's cursor stays where it is."""
        ...

    def heartbeat(self, at_ms: int) -> bytes:
        """Nothing, but the connection lives."""
        ...


class ServerSentEvents:
    """``text/event-stream``: `events` (a list), `gap`, `alert`, `state`, `pace`, `seek`, `end`, `goodbye`."""

    media_type = "text/event-stream; charset=utf-8"

    def hello(self, state: object) -> bytes:
        """The reader's pause before it comes back, then ``pace``."""
        return b"retry: %d\n\n" % RETRY_MS + event_frame("pace", state)

    def events(self, entries: list[bytes], cursor: bytes) -> bytes:
        """One event with a list."""
        return b"id: %b\nevent: events\ndata: [%b]\n\n" % (cursor, single_line(b",".join(entries)))

    def mark(self, mark: Mark, cursor: bytes) -> bytes:
        """One event named after its kind."""
        return b"id: %b\nevent: %b\ndata: %b\n\n" % (cursor, mark.kind.encode(), single_line(mark.data))

    def states(self, states: list[bytes], cursor: bytes | None) -> bytes:
        """One event each; the last one has the id."""
        told = [b"event: state\ndata: %b\n\n" % single_line(state) for state in states]
        if cursor is not None:
            told[-1:] = [b"id: %b\n%b" % (cursor, last) for last in told[-1:]]
        return b"".join(told)

    def note(self, name: str, data: object) -> bytes:
        """One event without id."""
        return event_frame(name, data)

    def heartbeat(self, at_ms: int) -> bytes:
        """A comment."""
        return b": heartbeat %d\n\n" % at_ms


class JsonLines:
    """``application/x-ndjson``: entries as they are, everything else as an object with one member that names it."""

    media_type = "application/x-ndjson"

    def hello(self, state: object) -> bytes:
        """One line ``pace``."""
        return self.note("pace", state)

    def events(self, entries: list[bytes], cursor: bytes) -> bytes:
        """A line each, then the cursor."""
        after = (b'{"cursor":"%b"}' % cursor, b"")
        lines = b"\n".join((*entries, *after))
        if lines.count(b"\n") != len(entries) + 1 or b"\r" in lines:
            return b"\n".join((*map(single_line, entries), *after))
        return lines

    def mark(self, mark: Mark, cursor: bytes) -> bytes:
        """A line, then the cursor."""
        return b'{"%b":%b}\n{"cursor":"%b"}\n' % (mark.kind.encode(), single_line(mark.data), cursor)

    def states(self, states: list[bytes], cursor: bytes | None) -> bytes:
        """A line each, then the cursor."""
        told = [b'{"state":%b}\n' % single_line(state) for state in states]
        if told and cursor is not None:
            told.append(b'{"cursor":"%b"}\n' % cursor)
        return b"".join(told)

    def note(self, name: str, data: object) -> bytes:
        """A line."""
        return b'{"%b":%b}\n' % (name.encode(), msgspec.json.encode(data))

    def heartbeat(self, at_ms: int) -> bytes:
        """A line ``clock`` with the replay's instant."""
        return b'{"clock":{"at_ms":%d}}\n' % at_ms


def writing_for(accept: str | None) -> Writing:
    """JSON lines for who asks for them, server-sent events for everybody else."""
    return JsonLines() if accept and "application/x-ndjson" in accept.lower() else ServerSentEvents()
