"""Writes rounds of blocks into the store, exactly once whatever dies in between. Blocking: it runs in one thread.

The order of a round, whose every step may be repeated:

1. open rows: which ranges the blocks will have (so that a replay has the same bounds);
2. the epochs: nobody else has claimed these partitions (:mod:`streams.archive.ledger`);
3. the blocks, each under its own token: one that is already there, in whole or in part, is completed, not doubled
   (:mod:`streams.archive.mending` sees to that when a block is repeated);
4. done rows with the roots of step 3's content;
5. only then does the caller move on, and tell Kafka, as a hint, how far the archive is.

The store must keep at least as many tokens as blocks can be written between a crash and its replay: 10,000, set on both
targets of the intake.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Final, TypeVar

import structlog

from schemas.metrics import ARCHIVE_BLOCK_SECONDS, ARCHIVE_EVENTS, ARCHIVE_RETRIES, ARCHIVE_UNREADABLE, Meter
from streams.archive.block import Block
from streams.archive.faults import GivenUpError
from streams.archive.indexing import write_leaf_indexes
from streams.archive.ledger import Ledger
from streams.archive.mending import INSERT_FRAMES, columns_of, mend
from streams.archive.ranges import Resume
from streams.archive.sealing import Head, seal
from streams.archive.settings import StoreSettings
from streams.archive.store_client import StoreAwayError, connect, hang_up, translated

log = structlog.get_logger(__name__)
T = TypeVar("T")
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
_SAME_EVERY_TIME: Final = {
    "insert_deduplicate": 1,
    "deduplicate_insert": "enable",
    "deduplicate_insert_select": "force_enable",
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "optimize_on_insert": 0,
    "max_insert_threads": 1,
    "max_partitions_per_insert_block": 0,
    "min_insert_block_size_rows": 1_048_449,
    "min_insert_block_size_bytes": 268_402_944,
    "async_insert": 0,
}
"""How a block is cut into parts must not change between a try and its repetition; the number of months in a block is
not limited, since a device with a broken clock must not stop the archive."""


@dataclass
class _Owned:
    """A partition that this process writes."""

    epoch: int
    heads: dict[str, Head] = field(repr=False)
    begun: int | None
    """Where a block begins that may have been written before; None if there is none."""


class ArchiveWriter:
    """Claims partitions and writes their blocks.

    Args:
        store: the store, with its tables.
        owner: names this process, for people.
        meter: told about every round.
    """

    def __init__(self, store: StoreSettings, owner: str, meter: Meter) -> None:
        self._store = store
        self._meter = meter
        self._client = connect(store, as_bytes=True)
        self._ledger = Ledger(self._client, owner)
        self._owned: dict[int, _Owned] = {}
        self._give_up = threading.Event()
        self.is_store_well = True
        """False from the moment that the store does not answer until it does again."""

    def claim(self, partition: int) -> Resume:
        """Become the owner of a partition and say where to go on.

        Raises:
            GivenUpError: the process is stopping, or loses its partitions, while the store is away.
            FencedError: somebody else claimed it in the same moment.
        """

        def work() -> Resume:
            epoch = self._ledger.claim(partition)
            resume = self._ledger.resume(partition)
            begun = None if resume.replay_to is None else resume.next_offset
            self._owned[partition] = _Owned(epoch, self._ledger.heads(partition), begun)
            return resume

        return self._persist(work)

    def drop(self, partition: int) -> None:
        """Own a partition no more."""
        self._owned.pop(partition, None)

    def write(self, blocks: Sequence[Block]) -> None:
        """Write a round. Returns when all of it is stored.

        Raises:
            GivenUpError: see :meth:`claim`; the ranges stay open.
            FencedError: another process has claimed one of the partitions.
        """
        started = monotonic()
        sealed = [(block, seal(block, self._owned[block.partition].heads)) for block in blocks]
        epochs = {block.partition: self._owned[block.partition].epoch for block in blocks}

        tries = count()

        def work() -> None:
            is_again = next(tries) > 0
            self._ledger.write_open(blocks, epochs)
            self._ledger.check(epochs)
            for block in blocks:
                self._insert(block)
                if is_again or self._owned[block.partition].begun == block.first_offset:
                    mend(self._client, block)
            write_leaf_indexes(self._client, sealed)
            self._ledger.write_done(sealed, epochs)

        self._persist(work)
        for block, own in sealed:
            self._owned[block.partition].heads.update(own.heads())
            self._meter.count(ARCHIVE_EVENTS, own.events)
            self._meter.count(ARCHIVE_UNREADABLE, own.unreadable)
        self._meter.observe(ARCHIVE_BLOCK_SECONDS, monotonic() - started)

    def write_lost(self, gap: Block) -> None:
        """Note a range that the log no longer has.

        Raises:
            GivenUpError: see :meth:`claim`.
        """
        self._persist(lambda: self._ledger.write_lost(gap, self._owned[gap.partition].epoch))

    def give_up(self) -> None:
        """Have a running call end soon, even if the store hangs. Callable from any thread."""
        self._give_up.set()
        hang_up(self._client)

    def go_on(self) -> None:
        """Take back :meth:`give_up`."""
        self._give_up.clear()

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()

    def _insert(self, block: Block) -> None:
        if not block.records:
            return
        settings = {**_SAME_EVERY_TIME, "insert_deduplication_token": block.token}
        into = INSERT_FRAMES.format(table="frames_in")
        self._client.execute(into, columns_of(block), columnar=True, settings=settings)

    def _persist(self, work: Callable[[], T]) -> T:
        """Do work that may be repeated, until the store has taken it."""
        pause_s = FIRST_PAUSE_S
        while True:
            if self._give_up.is_set():
                raise GivenUpError("归档中止 / the archive gives up a round", cause="it stops, or loses its partitions")
            try:
                with translated(self._store):
                    done = work()
            except StoreAwayError as error:
                self.is_store_well = False
                self._meter.count(ARCHIVE_RETRIES)
                log.warning("archive_store_away", reason=error.cause, again_in_s=pause_s)
                self._client.disconnect()
                self._give_up.wait(pause_s)
                pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
            else:
                self.is_store_well = True
                return done
