"""The copy of a child's data to which its guardian has a right: what the store still holds of thirty days, opened.

个人信息保护法 (PIPL) Art. 45: access and copy; Art. 31: guardians act for children under 14. The right does not hang on
the consent to be shown the running trip. The pupil's token is left out: it is the school's, and opens nothing.
"""

from collections.abc import Collection
from typing import Any, Final

import msgspec
from clickhouse_driver import Client

from api.authority.scope import Scope, Slot
from api.guardian.bus_states import BUS_SYSTEM
from api.guardian.past_trips import interval_of
from api.history.predicate import where
from api.privacy.sealed_events import sealed_types
from api.privacy.unseal import SealedEvent, Unsealer
from schemas.guardianship import Guardianship
from schemas.ids import CampusId, SystemName
from streams.archive.store_client import rows

MOST: Final = 2_000
"""Some sixty a day: no child gets on and off so often."""
_WHO: Final = "pupil_token"
_READ: Final = """
SELECT type, campus_id, source, event_id, toUnixTimestamp64Milli(occurred_at), toUnixTimestamp64Milli(received_at),
       subject, data
FROM events FINAL
WHERE {scope} AND type IN %(types)s AND JSONExtractString(data, 'pupil_token') IN %(names)s
ORDER BY occurred_at, partition, offset, frame_index
LIMIT %(most)s
"""


class Kept(msgspec.Struct, frozen=True):
    """One event that speaks of the child, as the store has it. Instants in epoch ms."""

    event: SealedEvent
    occurred_ms: int
    received_ms: int
    bus: str


def kept_of(client: Client, child: Guardianship, names: Collection[str], at_ms: int) -> list[Kept]:
    """What speaks of the child under one of these names, in order of time. Blocking; for the store's threads."""
    from_ms, to_ms = interval_of(child, at_ms)
    if from_ms >= to_ms:
        return []
    scope = Scope((Slot(child.campus_id, frozenset({SystemName(BUS_SYSTEM)}), from_ms, to_ms),))
    inside = where(scope, "occurred")
    asked = {
        **inside.parameters,
        "names": tuple(sorted(names)),
        "types": sealed_types(BUS_SYSTEM),
        "most": MOST,
    }
    return [
        Kept(SealedEvent(name, CampusId(campus), source, event_id, msgspec.json.decode(data)), *told)
        for name, campus, source, event_id, *told, data in rows(client, _READ.format(scope=inside.sql), asked)
    ]


async def opened(unsealer: Unsealer, kept: list[Kept]) -> list[tuple[Kept, dict[str, Any]]]:
    """Each with its ``data`` as the device wrote it, without the token; what nobody can open any more is left out.

    Raises:
        KeysAwayError: the key store does not answer.
        SealBrokenError: a sealed text does not belong to its event.
    """
    told = await unsealer.unseal([found.event for found in kept])
    return [
        (found, {name: value for name, value in data.items() if name != _WHO})
        for found, data in zip(kept, told, strict=True)
        if data is not None
    ]
