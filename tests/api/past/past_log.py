"""A morning of several campuses as records of the log, folded as a worker folds it, and put into a real store."""

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

import msgspec

from deploy.bench.load import EventMaker
from schemas.clock import MINUTE_MS
from schemas.documents import decode_stored
from schemas.frame import encode_tick, join_frame, stamp
from schemas.ids import CampusId
from schemas.partitioning import partition_of
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect
from streams.core.campus_ledger import CampusLedger
from streams.snapshots.snapshot import StateRecord, snapshots_of
from streams.snapshots.writing import write_snapshots
from streams.systems import systems
from tests.api.support.serving import PARTITIONS

FRAME_MS = 500


@dataclass
class Recorded:
    """One record of the log."""

    partition: int
    offset: int
    recorded_ms: int
    value: bytes


@dataclass
class PastLog:
    """``run`` lets time pass; ``documents`` is what a live worker had said by then."""

    campus_ids: tuple[CampusId, ...]
    from_ms: int
    seed: int = 1
    records: list[Recorded] = field(default_factory=list)
    snapshots: list[tuple[int, StateRecord]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now_ms = self.from_ms
        self._dice = Random(self.seed)
        groups: defaultdict[int, list[str]] = defaultdict(list)
        for campus_id in self.campus_ids:
            groups[partition_of(campus_id, PARTITIONS)].append(campus_id)
        self._makers = {number: EventMaker(tuple(names), self.seed) for number, names in groups.items()}
        self._ledgers = {number: CampusLedger(number, systems(), lambda _campus: ()) for number in groups}
        self._sent: list[tuple[bytes, int]] = []
        self._stored: dict[bytes, bytes] = {}

    def run(self, frames: int, events: int = 6) -> None:
        """So many frames of each partition, some events late, some sent twice, and now and then a tick."""
        for _ in range(frames):
            self.now_ms += FRAME_MS
            for partition in self._makers:
                self._append(partition, self._frame(partition, events))
                if self._dice.random() < 0.2:
                    self._append(partition, encode_tick(self.now_ms))

    def append(self, campus_id: str, value: bytes) -> None:
        """One record of a test's own."""
        self._append(partition_of(campus_id, PARTITIONS), value)

    def documents(self) -> dict[str, bytes]:
        """The status of every document as it stands now, by key."""
        return {key.decode(): bytes(decode_stored(value).status) for key, value in self._written().items()}

    def keep_snapshots(self, share: float = 1.0) -> None:
        """Let some of the documents be written as snapshots."""
        for key, value in self._written().items():
            if self._dice.random() < share:
                partition = partition_of(key.decode().partition("/")[0], PARTITIONS)
                self.snapshots.append((partition, StateRecord(key, value, self.now_ms)))

    def store(self, settings: StoreSettings) -> None:
        """Put the log into a store, as the archive does."""
        client = connect(settings, as_bytes=True)
        rows = [[one.partition, one.offset, one.recorded_ms, one.value] for one in self.records]
        for start in range(0, len(rows), 100):  # blocks, so that there are parts to be merged
            client.execute("INSERT INTO frames_in (partition, offset, recorded_at, value) VALUES", rows[start:][:100])
        client.disconnect()

    def store_snapshots(self, settings: StoreSettings) -> None:
        """Put the snapshots into a store, as the archive does."""
        client = connect(settings, as_bytes=True)
        for partition, record in self.snapshots:
            write_snapshots(client, snapshots_of(partition, [record], systems()))
        client.disconnect()

    def _written(self) -> dict[bytes, bytes]:
        for ledger in self._ledgers.values():
            self._stored |= dict(ledger.harvest(everything=True).documents)
        return self._stored

    def _append(self, partition: int, value: bytes) -> None:
        ledger = self._ledgers[partition]
        offset = ledger.next_offset
        self.records.append(Recorded(partition, offset, self.now_ms + 20, value))
        ledger.fold(offset, value)

    def _frame(self, partition: int, events: int) -> bytes:
        stamped = []
        for raw in self._makers[partition].events(events):
            if self._sent and self._dice.random() < 0.05:
                copy, sent_ms = self._dice.choice(self._sent)
                if partition_of(msgspec.json.decode(copy)["campusid"], PARTITIONS) == partition:
                    stamped.append(stamp(copy, sent_ms, self.now_ms))
            late_ms = self._dice.choice((0, 0, 0, 800, 5_000, 10 * MINUTE_MS))
            occurred_ms = self.now_ms - late_ms - self._dice.randrange(300)
            stamped.append(stamp(raw, occurred_ms, self.now_ms))
            self._sent.append((raw, occurred_ms))
        return join_frame(stamped)
