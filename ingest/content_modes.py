"""The three ways in which CloudEvents travel over HTTP, each turned into a list of raw JSON events.

After "HTTP Protocol Binding for CloudEvents" 1.0.2: section 3.1 binary, 3.2 structured, 3.3 batched.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import msgspec

from ingest.errors import MediaTypeError, NotJsonError, TooLargeError
from ingest.header_attributes import Headers, attributes_of
from ingest.validation import MAX_EVENT_BYTES

MAX_BODY_BYTES: Final = 8 << 20
MAX_EVENTS: Final = 10_000
MAX_VALUES: Final = 40 * MAX_EVENTS
"""Values in a batch, counted by their commas: what an array costs is known before it is built."""


class Mode(Enum):
    """How the request carries its events, with the most bytes that its body may have."""

    BINARY = "binary"
    STRUCTURED = "structured"
    BATCH = "batch"

    @property
    def max_body_bytes(self) -> int:
        """The limit of the body."""
        return MAX_BODY_BYTES if self is Mode.BATCH else MAX_EVENT_BYTES


_MODES: Final = {
    b"application/cloudevents-batch+json": Mode.BATCH,
    b"application/cloudevents+json": Mode.STRUCTURED,
    b"application/json": Mode.BINARY,
}
_SPLIT: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_ONE: Final = msgspec.json.Decoder(msgspec.Raw).decode


@dataclass(frozen=True)
class RawEvents:
    """The events of a request as their own bytes."""

    events: list[bytes]
    """Without white space around them."""
    batch: bytes | None = None
    """The array whose elements they are; None for a single event."""


def mode_of(headers: dict[bytes, bytes]) -> Mode:
    """The content mode.

    Raises:
        MediaTypeError: none of the three, another character set than UTF-8, or an encoded body.
    """
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise _media_type("不接受压缩的请求体 / encoded bodies are not taken", "omit Content-Encoding")
    media_type, _, parameters = headers.get(b"content-type", b"").lower().partition(b";")
    mode = _MODES.get(media_type.strip())
    if mode is None or (mode is Mode.BINARY and b"ce-specversion" not in headers):
        raise _media_type(
            "application/cloudevents+json, application/cloudevents-batch+json, 或带 ce- 头的 application/json / "
            "or application/json with ce- headers",
            "set Content-Type",
        )
    for parameter in parameters.split(b";"):
        name, _, value = parameter.strip().partition(b"=")
        if name == b"charset" and value.strip(b'"') not in (b"utf-8", b"utf8"):
            raise _media_type("只接受 UTF-8 / UTF-8 only", "charset=utf-8")
    return mode


def events_of(mode: Mode, headers: Headers, body: bytes) -> RawEvents:
    """The events of a request.

    Raises:
        NotJsonError, TooLargeError: as the function of its mode.
    """
    match mode:
        case Mode.BATCH:
            return split_batch(body)
        case Mode.STRUCTURED:
            return single_structured(body)
        case Mode.BINARY:
            return single_binary(headers, body)


def split_batch(body: bytes) -> RawEvents:
    """The events of a batch.

    Raises:
        NotJsonError: the body is no JSON array.
        TooLargeError: it holds more events, or more values, than a request may.
    """
    if len(body) > MAX_VALUES and body.count(b",") > MAX_VALUES:
        raise _too_many(f"一批至多 {MAX_VALUES} 个值 / at most {MAX_VALUES} values in a batch")
    try:
        slices = _SPLIT(body)
    except (ValueError, RecursionError) as error:
        raise not_json(error) from error
    if len(slices) > MAX_EVENTS:
        raise _too_many(f"一批至多 {MAX_EVENTS} 个事件 / at most {MAX_EVENTS} events in a batch")
    return RawEvents([bytes(piece) for piece in slices], body)


def single_structured(body: bytes) -> RawEvents:
    """The one event of a structured request.

    Raises:
        NotJsonError: the body is no JSON.
    """
    return RawEvents([_one_value(body)])


def single_binary(headers: Headers, body: bytes) -> RawEvents:
    """The one event of a binary request, written as the JSON event format has it.

    Raises:
        NotJsonError: the body is no JSON, or a header cannot be read.
    """
    attributes = msgspec.json.encode(attributes_of(headers))
    data = b',"data":' + _one_value(body) if body.strip() else b""
    return RawEvents([attributes[:-1] + data + b"}"])


def _one_value(body: bytes) -> bytes:
    try:
        body.decode()
        return bytes(_ONE(body))
    except (ValueError, RecursionError) as error:
        raise not_json(error) from error


def not_json(error: Exception) -> NotJsonError:
    """The error of a body that cannot be read; only kind and place are said, never the text."""
    cause = "嵌套过深 / nested too deeply" if isinstance(error, RecursionError) else "UTF-8 JSON 格式错误 / malformed"
    if isinstance(error, msgspec.DecodeError):
        cause = str(error)
    return NotJsonError("不是 JSON / not JSON", cause=cause, remedy="UTF-8 without byte order mark, RFC 8259")


def _media_type(cause: str, remedy: str) -> MediaTypeError:
    return MediaTypeError("不支持的内容类型 / unsupported content type", cause=cause, remedy=remedy)


def _too_many(cause: str) -> TooLargeError:
    return TooLargeError("请求过大 / request too large", cause=cause, remedy="分成几批 / send several batches")
