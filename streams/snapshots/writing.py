"""Puts snapshots into the store. Blocking. Written twice, a snapshot is one row: nothing has to be remembered."""

from collections.abc import Sequence
from typing import Final

from clickhouse_driver import Client

from streams.snapshots.snapshot import Snapshot

_INSERT: Final = (
    "INSERT INTO snapshots (campus_id, system, position, partition, fold_version, clock_at, written_at, value) VALUES"
)


def write_snapshots(client: Client, snapshots: Sequence[Snapshot]) -> None:
    """Insert rows; ``client`` takes bytes for strings."""
    if not snapshots:
        return
    campus_ids, systems, positions, partitions, versions, clocks, written, values = zip(*snapshots, strict=True)
    columns = [
        [campus_id.encode() for campus_id in campus_ids],
        [system.encode() for system in systems],
        positions,
        partitions,
        versions,
        clocks,
        written,
        values,
    ]
    client.execute(_INSERT, columns, columnar=True, settings={"max_partitions_per_insert_block": 0})
