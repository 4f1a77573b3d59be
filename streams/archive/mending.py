"""Makes a block whole that was written more than once. Blocking.

A block's token keeps its repetition from being stored twice, but not always (ClickHouse 26.9):

- the engine notes a token before the part is there: killed between the two, it takes the repetition for a copy of what
  it does not have;
- what a view passes on carries a token that is made from the block's token and the view. After ``MODIFY QUERY`` (as in
  migration 0008) that token is another one from the next start of the engine on: a block that was begun before that
  start is then stored twice behind this view, and behind the views that follow it.

So whoever repeats a block counts what each table holds of it, and where that is not what the block makes, writes that
table's share anew.
"""

from dataclasses import dataclass
from typing import Any, Final

import structlog
from clickhouse_driver import Client

from streams.archive.block import Block
from streams.archive.store_client import rows

log = structlog.get_logger(__name__)
INSERT_FRAMES: Final = "INSERT INTO {table} (partition, offset, recorded_at, value) VALUES"
_OF_BLOCK: Final = "partition = %(partition)s AND offset BETWEEN %(first)s AND %(last)s"
_FRESH: Final = {"insert_deduplicate": 0, "max_partitions_per_insert_block": 0}


@dataclass(frozen=True)
class _Derived:
    """A table that a view fills from another one."""

    table: str
    view: str
    reads: str
    """What the view names as its source …"""
    source: str
    """… and where the same rows are kept."""


_DERIVED: Final = (
    _Derived("log_index", "frames_in_to_log_index", "frames_in", "frames"),
    _Derived("events", "frames_in_to_events", "frames_in", "frames"),
    _Derived("log_places", "events_to_log_places", "events", "events"),
)
"""In this order: each is made from what stands before it."""


def columns_of(block: Block) -> list[Any]:
    """A block's records as the columns of :data:`INSERT_FRAMES`."""
    offsets, recorded, values = zip(*block.records, strict=True)
    return [[block.partition] * len(offsets), offsets, recorded, values]


def mend(client: Client, block: Block) -> list[str]:
    """See that every table holds its share of a block once, and return the tables that did not.

    May be cut off anywhere and repeated.

    Args:
        client: a client whose strings are bytes.
        block: has been inserted, once or more often; nobody else writes it.
    """
    if not block.records:
        return []
    mended = [] if _found(client, "frames", block) == len(block.records) else ["frames"]
    if mended:
        _delete(client, "frames", block)
        client.execute(INSERT_FRAMES.format(table="frames"), columns_of(block), columnar=True, settings=_FRESH)
    for derived in _DERIVED:
        share = _share(client, derived)
        wanted = rows(client, f"SELECT count() FROM ({share})", _range(block))[0][0]  # noqa: S608 — the view's own text
        if _found(client, derived.table, block) != wanted:
            _delete(client, derived.table, block)
            client.execute(f"INSERT INTO {derived.table} {share}", _range(block), settings=_FRESH)
            mended.append(derived.table)
    if mended:
        log.warning("archive_block_mended", partition=block.partition, offset=block.first_offset, tables=mended)
    return mended


def _share(client: Client, derived: _Derived) -> str:
    """The view's question, asked of one block's rows."""
    found = rows(
        client,
        "SELECT as_select, currentDatabase() FROM system.tables WHERE database = currentDatabase() AND name = %(view)s",
        {"view": derived.view},
    )
    asked, database = str(found[0][0], "utf-8"), str(found[0][1], "utf-8")
    before, named, after = asked.rpartition(f"FROM {database}.{derived.reads}")
    if not named:
        raise LookupError(f"view {derived.view} does not read {derived.reads}: {asked}")
    kept = f"FROM (SELECT * FROM {derived.source} WHERE {_OF_BLOCK})"  # noqa: S608 — constants
    return before.replace("%", "%%") + kept + after.replace("%", "%%")


def _found(client: Client, table: str, block: Block) -> int:
    found: int = rows(client, f"SELECT count() FROM {table} WHERE {_OF_BLOCK}", _range(block))[0][0]  # noqa: S608
    return found


def _delete(client: Client, table: str, block: Block) -> None:
    client.execute(f"ALTER TABLE {table} DELETE WHERE {_OF_BLOCK}", _range(block), settings={"mutations_sync": 1})


def _range(block: Block) -> dict[str, int]:
    return {"partition": block.partition, "first": block.first_offset, "last": block.last_offset}
