"""Reads the archive back: the log as it was, in its order. Blocking; for replay, proofs and tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from clickhouse_driver import Client

from schemas.frame import LoggedEvent, decode_frame, is_frame
from streams.archive.block import LogRecord
from streams.archive.ranges import Range, RangeState
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect, rows, translated

END_OF_LOG: Final = (1 << 63) - 1
_RECORDS_AT_ONCE: Final = 64


@contextmanager
def archive_reader(store: StoreSettings) -> Iterator[Client]:
    """A client as the functions of this module want it: its strings are bytes.

    Raises:
        StoreAwayError, StoreRefusedError: see :func:`streams.archive.store_client.translated`.
    """
    client = connect(store, as_bytes=True)
    try:
        with translated(store):
            yield client
    finally:
        client.disconnect()


def read_records(
    client: Client, partition: int, first_offset: int = 0, last_offset: int = END_OF_LOG
) -> Iterator[LogRecord]:
    """The archived records of a partition between two offsets (both included), in the order of the log.

    They are streamed: read them to the end before the client is asked anything else.
    """
    found = client.execute_iter(
        "SELECT offset, toUnixTimestamp64Milli(recorded_at), value FROM frames FINAL "
        "WHERE partition = %(partition)s AND offset BETWEEN %(first)s AND %(last)s ORDER BY offset",
        {"partition": partition, "first": first_offset, "last": last_offset},
        settings={"max_block_size": _RECORDS_AT_ONCE},
    )
    return (LogRecord(*row) for row in found)


def read_events(
    client: Client, partition: int, first_offset: int = 0, last_offset: int = END_OF_LOG
) -> Iterator[tuple[int, LoggedEvent]]:
    """(offset of its frame, event) for every event of the records between two offsets; ticks are passed over.

    Raises:
        msgspec.MsgspecError: a frame that no gateway of ours wrote.
    """
    for record in read_records(client, partition, first_offset, last_offset):
        if is_frame(record.value):
            for event in decode_frame(record.value):
                yield record.offset, event


def archived_ranges(client: Client, partition: int) -> list[Range]:
    """What the archive says of a partition, in the order of the log: the newest row of every range."""
    found = rows(
        client,
        "SELECT first_offset, last_offset, toString(state), epoch FROM archive_ranges FINAL "
        "WHERE partition = %(partition)s ORDER BY first_offset",
        {"partition": partition},
    )
    return [Range(first, last, RangeState(state.decode()), epoch) for first, last, state, epoch in found]


def archived_until(client: Client, partition: int) -> int:
    """The first offset of a partition that is not settled; 0 if nothing is."""
    settled = [found for found in archived_ranges(client, partition) if found.state is not RangeState.OPEN]
    return settled[-1].last_offset + 1 if settled else 0
