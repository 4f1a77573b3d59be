"""Keeps the index over each campus's leaves in the store (:mod:`streams.archive.leaf_index` reads it). Blocking."""

from collections.abc import Iterable

from clickhouse_driver import Client

from streams.archive.block import Block
from streams.archive.sealing import Seal


def write_leaf_indexes(client: Client, sealed: Iterable[tuple[Block, Seal]]) -> None:
    """Keep the indexes of a round of blocks; kept again they are the same rows. The client must take bytes."""
    values = [
        (block.partition, block.first_offset, one.campus_id.encode(), one.ends, one.counts, one.groups)
        for block, own in sealed
        for one in own.indexes
    ]
    if values:
        columns = "partition, first_offset, campus_id, ends, counts, groups"
        client.execute(
            f"INSERT INTO archive_leaf_index ({columns}) VALUES", list(zip(*values, strict=True)), columnar=True
        )
