"""A snapshot: a record of ``campus.state`` as the store keeps it. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from schemas.documents import PROGRESS_KEY, decode_stored, split_key
from schemas.ids import SystemName
from streams.core.system import System


class StateRecord(NamedTuple):
    """A record of ``campus.state``: key, value (None: the document is gone) and when the log took it."""

    key: bytes
    value: bytes | None
    written_ms: int


class Snapshot(NamedTuple):
    """A row of ``snapshots``, in the order of its columns."""

    campus_id: str
    system: str
    position: int
    partition: int
    fold_version: int
    clock_ms: int
    written_ms: int
    value: bytes


class _Clock(msgspec.Struct, gc=False):
    clock_ms: int


_CLOCK = msgspec.json.Decoder(_Clock)


def newest_of(records: Iterable[StateRecord]) -> dict[bytes, StateRecord]:
    """The newest record of every document, by key; rows of progress are passed over."""
    return {record.key: record for record in records if record.key != PROGRESS_KEY}


def snapshots_of(
    partition: int, records: Iterable[StateRecord], systems: Mapping[SystemName, System[Any]]
) -> list[Snapshot]:
    """A row for each document that holds anything of the log and that this version folds."""
    found = []
    for record in records:
        campus_id, name = split_key(record.key.decode())
        system = systems.get(SystemName(name))
        if record.value is None or system is None:
            continue
        stored = decode_stored(record.value)
        if stored.position < 0:
            continue
        clock_ms = _CLOCK.decode(stored.status).clock_ms
        place = (stored.position, partition, system.version, clock_ms, record.written_ms)
        found.append(Snapshot(campus_id, name, *place, record.value))
    return found
