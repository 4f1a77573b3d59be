"""Events of the past as JSON lines, written by the store itself: a page of them, or a stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
from clickhouse_driver import Client

from api.history.order import HistoryCursor, Place, encode_cursor
from api.history.question import Question
from api.history.reading import Extract, Row, known_log, read
from api.history.restating import restated, with_type
from schemas.upcasting import Upcasts, declared_upcasts

PAGE_S: Final = 10.0
STREAM_S: Final = 120.0
_KEYS: Final = 4


def _number(sql: str) -> str:
    return f"toString({sql})"


def _text(column: str) -> str:
    return f"toJSONString(toString({column}))"


_FIELDS: Final = (
    ("partition", _number("partition")),
    ("offset", _number("offset")),
    ("index", _number("frame_index")),
    ("occurred_ms", _number("toUnixTimestamp64Milli(occurred_at)")),
    ("received_ms", _number("toUnixTimestamp64Milli(received_at)")),
    ("recorded_ms", _number("toUnixTimestamp64Milli(recorded_at)")),
    ("delay_ms", _number("dateDiff('millisecond', occurred_at, received_at)")),
    ("campus_id", _text("campus_id")),
    ("system", _text("system")),
    ("type", _text("type")),
    ("subject", _text("subject")),
    ("source", _text("source")),
    ("id", _text("event_id")),
    ("boot_id", _number("boot_id")),
    ("sequence", "if(sequence < 0, 'null', toString(sequence))"),
    ("data", "if(isValidJSON(data), data, toJSONString(data))"),
)
LINE: Final = "concat('{" + ", ',".join(f'"{name}":\', {sql}' for name, sql in _FIELDS) + ", '}')"
"""SQL for the JSON object of one event. ``delay_ms`` is receipt minus occurrence: travel, waiting and skew together."""


@dataclass(frozen=True)
class Page:
    """Events as JSON, and the ``after`` of the page that follows, if there is one."""

    lines: list[bytes]
    next: str | None
    known: tuple[int, ...]


def page(
    client: Client, question: Question, limit: int, cursor: HistoryCursor | None, upcasts: Upcasts | None = None
) -> Page:
    """One page. The client must give bytes. ``upcasts``: the declared ones, unless others are given."""
    steps = declared_upcasts() if upcasts is None else upcasts
    known = cursor.known if cursor else known_log(client)
    extract = Extract(question, known, with_type(LINE, steps), limit + 1, PAGE_S, cursor.place if cursor else None)
    found = [row for chunk in read(client, extract) for row in chunk]
    following = encode_cursor(question.digest, _place(found[limit - 1]), known) if len(found) > limit else None
    return Page(restated(found[:limit], _KEYS, steps), following, known)


def stream(
    client: Client, question: Question, limit: int, cursor: HistoryCursor | None, upcasts: Upcasts | None = None
) -> Iterator[bytes]:
    """Newline-delimited JSON, some thousand events a chunk, and a last line that says that nothing is missing.

    That line is ``{"end":{"events":n,"next":…}}``; ``next`` is the ``after`` to go on with when the limit ended it.
    """
    steps = declared_upcasts() if upcasts is None else upcasts
    known = cursor.known if cursor else known_log(client)
    count, last = 0, cursor.place if cursor else None
    for chunk in read(client, Extract(question, known, with_type(LINE, steps), limit, STREAM_S, last)):
        count, last = count + len(chunk), _place(chunk[-1])
        yield b"\n".join(restated(chunk, _KEYS, steps)) + b"\n"
    following = encode_cursor(question.digest, last, known) if last is not None and count == limit else None
    yield msgspec.json.encode({"end": {"events": count, "next": following}}) + b"\n"


def _place(row: Row) -> Place:
    return Place(*row[:_KEYS])
