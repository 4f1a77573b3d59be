"""From a look, or another deed that is recorded, to the event that the log keeps. Pure."""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec

from api.access.reading import Reading
from schemas.ids import CampusId

SOURCE: Final = "urn:campanile:api"
_EARLIEST_MS: Final = 946_684_800_000
_LATEST_MS: Final = 4_102_444_800_000
MAX_SYSTEMS: Final = 64
MAX_PURPOSE: Final = 200


class Actor(NamedTuple):
    """Who did it: an opaque reference and the role in which it was done."""

    ref: str
    role: str


class Entry(NamedTuple):
    """One event of the record: of which campus, of which type, about whom, and what it says."""

    campus_id: CampusId
    type: str
    subject: str
    data: dict[str, Any]


def read_entries(reading: Reading, actor: Actor) -> list[Entry]:
    """One entry for each campus that was looked at."""
    data = {
        "principal_ref": actor.ref,
        "role": actor.role,
        "kind": reading.kind,
        "systems": sorted(reading.systems)[:MAX_SYSTEMS],
        "from_ms": _within_range(reading.from_ms),
        "to_ms": _within_range(reading.to_ms),
        "purpose": reading.purpose[:MAX_PURPOSE],
    }
    return [Entry(campus_id, "access.read.v1", actor.ref, data) for campus_id in dict.fromkeys(reading.campus_ids)]


def encode_entry(entry: Entry, event_id: str, at_ms: int) -> bytes:
    """The entry as a CloudEvent in JSON, as a sender would write it, without stamps."""
    time = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": SOURCE,
            "type": entry.type,
            "subject": entry.subject,
            "time": time,
            "campusid": entry.campus_id,
            "data": entry.data,
        }
    )


def _within_range(instant_ms: int) -> int:
    """An open end of an interval becomes the first or last instant that the contract knows."""
    return min(max(instant_ms, _EARLIEST_MS), _LATEST_MS)
