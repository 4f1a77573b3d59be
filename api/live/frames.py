r"""Server-sent events as bytes (WHATWG HTML, "Server-sent events"): fields end with ``\n``, an event with ``\n\n``."""

import msgspec

from api.authority.verdict import Form
from api.live.change import Change

encode_json = msgspec.json.encode


def event_frame(name: str, data: object) -> bytes:
    """An event without id: the reader's cursor stays where it is."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encode_json(data))


def change_frame(change: Change, cursor: bytes, form: Form) -> bytes:
    """An event that moves the reader's cursor."""
    event, data = change.told_as(form)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (cursor, event.encode(), data)


def cursor_frame(cursor: bytes) -> bytes:
    """Moves the reader's cursor and tells nothing: an event without data is not dispatched."""
    return b"id: %b\n\n" % cursor


def heartbeat_frame(at_ms: int) -> bytes:
    """A comment: keeps proxies from closing an idle stream."""
    return b": heartbeat %d\n\n" % at_ms


def retry_frame(retry_ms: int) -> bytes:
    """How long the reader should wait before it comes back."""
    return b"retry: %d\n\n" % retry_ms


def goodbye_frame(reason: str, retry_ms: int) -> bytes:
    """The last event of a stream that this side ends."""
    return b"retry: %d\nevent: goodbye\ndata: %b\n\n" % (
        retry_ms,
        encode_json({"reason": reason, "retry_ms": retry_ms}),
    )


def single_line(data: bytes) -> bytes:
    """JSON on one line: outside of strings a line break is only white space, inside one it is always escaped."""
    return data if b"\n" not in data and b"\r" not in data else data.replace(b"\r", b" ").replace(b"\n", b" ")
