"""Events whose original bytes are no longer kept, written anew from their columns. Blocking.

Frames are kept for half a year, an event's columns up to three years. What is rewritten says the same as what was sent,
but not in the same bytes, so nothing can be proven by it; its entry says so.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from clickhouse_driver import Client

from api.replay.entry import rewritten_entry
from api.replay.place import Place, index_of
from schemas.errors import DataFaultError
from streams.archive.store_client import rows

_AT_ONCE: Final = 1_000
_COLUMNS: Final = (
    "SELECT partition, offset, frame_index, event_id, source, type, subject, campus_id, "
    "toUnixTimestamp64Milli(occurred_at), toUnixTimestamp64Milli(received_at), sequence, boot_id, data "
    "FROM events FINAL WHERE (partition, offset, frame_index) IN %(positions)s"
)


def rewrite(client: Client, places: list[Place]) -> Iterator[bytes]:
    """The entries of events, in the order of their places.

    Raises:
        DataFaultError: a row is no longer there.
    """
    for first in range(0, len(places), _AT_ONCE):
        some = places[first : first + _AT_ONCE]
        positions = tuple((place.partition, place.offset, index_of(place.rank)) for place in some)
        found = {row[:3]: row[3:] for row in rows(client, _COLUMNS, {"positions": positions})}
        for place, position in zip(some, positions, strict=True):
            if position not in found:
                raise DataFaultError(
                    "回放期间数据已过保存期 / an event passed its retention while it was read",
                    remedy="重新打开回放 / open the replay again",
                )
            yield rewritten_entry(place.at_ms, *position, _event(found[position]))


def _event(row: tuple[Any, ...]) -> bytes:
    """A CloudEvent with its stamps, from the columns of its row."""
    event_id, source, event_type, subject, campus_id, occurred_ms, received_ms, sequence, boot_id, data = row
    counted = {"sequence": str(sequence), "bootid": boot_id} if sequence >= 0 else {}
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": event_id.decode(),
            "source": source.decode(),
            "type": event_type.decode(),
            "subject": subject.decode(),
            "time": datetime.fromtimestamp(occurred_ms / 1000, UTC).isoformat(timespec="milliseconds"),
            "campusid": campus_id.decode(),
            **counted,
            "data": msgspec.Raw(data or b"{}"),
            "occurredms": str(occurred_ms),
            "receivedms": str(received_ms),
        }
    )
