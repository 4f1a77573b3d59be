"""What the archive knows about itself, in the store: epochs, ranges, heads. Blocking; one client, one thread.

Who may write a partition is decided without a lock. A process that takes a partition over (a) writes a greater epoch,
then (b) reads the ranges. A process that writes a block (c) writes its open row, then (d) reads the greatest epoch and
goes on only if it is its own. Whatever the order of these four, one of the two sees the other: either the old owner
reads the new epoch at (d) and stops before it has written any data, or its open row was there at (b), and the new owner
writes exactly the same block under the same token, which the store then keeps once.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from clickhouse_driver import Client

from streams.archive.block import Block
from streams.archive.faults import FencedError
from streams.archive.ranges import Range, RangeState, Resume, resume_from
from streams.archive.sealing import Head, Seal
from streams.archive.store_client import rows

_NEWEST_RANGES = 64
_EPOCH_STEP = 1 << 20
"""Two processes that claim at the same moment draw different epochs."""
_RANGE_COLUMNS = (
    "partition, first_offset, last_offset, state, epoch, topic, records, events, unreadable, "
    "campus_ids, sequences, leaves, previous_roots, roots, rank"
)


class Ledger:
    """Reads and writes the archive's own tables.

    Args:
        client: a client whose strings are bytes.
        owner: names this process, for people.
    """

    def __init__(self, client: Client, owner: str) -> None:
        self._client = client
        self._owner = owner

    def claim(self, partition: int) -> int:
        """Become the owner of a partition and return the epoch.

        Raises:
            FencedError: somebody else claimed it in the same moment.
        """
        newest = self._newest_epochs([partition]).get(partition, 0)
        epoch = newest + 1 + secrets.randbelow(_EPOCH_STEP)
        self._client.execute(
            "INSERT INTO archive_epochs (partition, epoch, owner) VALUES", [(partition, epoch, self._owner.encode())]
        )
        self.check({partition: epoch})
        return epoch

    def check(self, epochs: Mapping[int, int]) -> None:
        """Ask whether partitions are still ours.

        Args:
            epochs: the epoch under which each partition was claimed.

        Raises:
            FencedError: one of them was claimed by somebody else since.
        """
        newest = self._newest_epochs(epochs)
        lost = sorted(partition for partition, epoch in epochs.items() if newest.get(partition, 0) != epoch)
        if lost:
            raise FencedError(
                f"分区 {lost} 已由别的归档进程接管 / partitions {lost} were claimed by another archive process",
                cause="this process was paused or cut off for longer than its Kafka session",
                remedy="none needed: it joins again and takes what it is given",
            )

    def resume(self, partition: int) -> Resume:
        """Where to go on in a partition."""
        found = rows(
            self._client,
            "SELECT first_offset, last_offset, toString(state), epoch FROM archive_ranges "
            "WHERE partition = %(partition)s ORDER BY first_offset DESC LIMIT %(limit)s",
            {"partition": partition, "limit": _NEWEST_RANGES},
        )
        return resume_from(Range(first, last, RangeState(state.decode()), epoch) for first, last, state, epoch in found)

    def heads(self, partition: int) -> dict[str, Head]:
        """The newest root of every campus of a partition.

        The view that keeps them may have missed the very last done row (a crash between the two); it is told again.
        """
        self._client.execute(
            "INSERT INTO archive_heads SELECT partition, campus_id, sequence, root FROM archive_ranges "
            "ARRAY JOIN campus_ids AS campus_id, sequences AS sequence, roots AS root "
            "WHERE partition = %(partition)s AND state = 'done' AND first_offset = (SELECT max(first_offset) "
            "FROM archive_ranges WHERE partition = %(partition)s AND state = 'done')",
            {"partition": partition},
        )
        found = rows(
            self._client,
            "SELECT campus_id, sequence, root FROM archive_heads FINAL WHERE partition = %(partition)s",
            {"partition": partition},
        )
        return {campus_id.decode(): Head(sequence, root) for campus_id, sequence, root in found}

    def write_open(self, blocks: Iterable[Block], epochs: Mapping[int, int]) -> None:
        """Say which ranges are about to be written."""
        self._write([_row(block, RangeState.OPEN, epochs[block.partition], None) for block in blocks])

    def write_done(self, sealed: Iterable[tuple[Block, Seal]], epochs: Mapping[int, int]) -> None:
        """Say that ranges are stored, and what proves them."""
        self._write([_row(block, RangeState.DONE, epochs[block.partition], own) for block, own in sealed])

    def write_lost(self, gap: Block, epoch: int) -> None:
        """Say that the log no longer had a range when it was to be read."""
        self._write([_row(gap, RangeState.LOST, epoch, None)])

    def _newest_epochs(self, partitions: Iterable[int]) -> dict[int, int]:
        found = rows(
            self._client,
            "SELECT partition, max(epoch) FROM archive_epochs WHERE partition IN %(partitions)s GROUP BY partition",
            {"partitions": tuple(partitions)},
        )
        return dict(found)

    def _write(self, values: list[tuple[Any, ...]]) -> None:
        self._client.execute(f"INSERT INTO archive_ranges ({_RANGE_COLUMNS}) VALUES", values)


def _row(block: Block, state: RangeState, epoch: int, own: Seal | None) -> tuple[Any, ...]:
    roots = own.roots if own else ()
    return (
        block.partition,
        block.first_offset,
        block.last_offset,
        state.value,
        epoch,
        block.topic.encode(),
        len(block.records),
        own.events if own else 0,
        own.unreadable if own else 0,
        [root.campus_id.encode() for root in roots],
        [root.sequence for root in roots],
        [root.leaves for root in roots],
        [root.previous_root for root in roots],
        [root.root for root in roots],
        Range(block.first_offset, block.last_offset, state, epoch).rank,
    )
