"""A large signed archive for the proof benchmark: as many blocks as wanted, of four kinds, made inside the store.

Its rows are those that the archive itself would have written: roots and indexes by the archive's own sealing, chained
from block to block, trees and signatures by its notary. What repeats is the text of the frames.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final, NamedTuple

from clickhouse_driver import Client

from deploy.bench.load import EventMaker
from schemas.clock import WallClock
from schemas.frame import join_frame, stamp
from streams.archive.block import Block, LogRecord
from streams.archive.checkpoints import Notary
from streams.archive.indexing import write_leaf_indexes
from streams.archive.ledger import Ledger
from streams.archive.merkle import chain_hash, tree_hash
from streams.archive.reading import archive_reader
from streams.archive.sealing import Head, Seal, seal
from streams.archive.settings import StoreSettings
from streams.archive.signing import SigningKeys

PARTITIONS: Final = 8
CAMPUSES: Final = 208
"""Of a partition: an eighth of a province's."""
FRAMES: Final = 160
FRAME_EVENTS: Final = 300
BLOCK_EVENTS: Final = FRAMES * FRAME_EVENTS
_KINDS: Final = 4
_AT_ONCE: Final = 8
_FROM_MS: Final = 1_795_500_000_000
_MODEL: Final = (
    "CREATE TABLE IF NOT EXISTS bench_frames (kind UInt8, offset UInt64, value String CODEC(ZSTD(1))) "
    "ENGINE = MergeTree ORDER BY (kind, offset)"
)
_COPY: Final = """
INSERT INTO frames (partition, offset, recorded_at, value)
SELECT %(partition)s, model.offset + block.number * %(frames)s,
    fromUnixTimestamp64Milli(toInt64(%(from_ms)s + block.number * 5000), 'UTC'), model.value
FROM (SELECT number FROM numbers(%(first)s, %(count)s)) AS block CROSS JOIN bench_frames AS model
WHERE model.kind = (block.number + %(partition)s) %% %(kinds)s
"""


class Kind(NamedTuple):
    """One kind of block: its records from offset 0 on, its seal as the first of its chain, and each campus's tree."""

    records: tuple[LogRecord, ...]
    sealed: Seal
    trees: dict[str, bytes]


def fill(store: StoreSettings, keys: SigningKeys, events: int) -> int:
    """Archive and sign about that many events, eight partitions of them; returns how many."""
    kinds = [_kind(seed) for seed in range(_KINDS)]
    blocks = max(1, events // (BLOCK_EVENTS * PARTITIONS))
    notary = Notary(store, keys, WallClock())
    try:
        with archive_reader(store) as client:
            client.execute(_MODEL)
            frames = [(n, one.offset, one.value) for n, kind in enumerate(kinds) for one in kind.records]
            client.execute("INSERT INTO bench_frames (kind, offset, value) VALUES", frames)
            for partition in range(PARTITIONS):
                notary.take_up(partition, None)
                for sealed in _portions(kinds, partition, blocks):
                    _write(client, partition, sealed)
                    notary.sign([partition])
    finally:
        notary.close()
    return blocks * PARTITIONS * BLOCK_EVENTS


def _kind(seed: int) -> Kind:
    """A block's frames, in which the events of every campus are mixed: the hardest case for a proof."""
    maker = EventMaker(tuple(f"c-{number:04}" for number in range(CAMPUSES)), seed)
    events = [stamp(raw, _FROM_MS, _FROM_MS) for _ in range(BLOCK_EVENTS // 240) for raw in maker.events(240)]
    Random(seed).shuffle(events)  # noqa: S311 — a reproducible load, no secret
    frames = [join_frame(events[at : at + FRAME_EVENTS]) for at in range(0, BLOCK_EVENTS, FRAME_EVENTS)]
    records = tuple(LogRecord(offset, _FROM_MS, frame) for offset, frame in enumerate(frames))
    sealed = seal(Block("campus.events", 0, 0, FRAMES - 1, records), {})
    return Kind(records, sealed, {index.campus_id: tree_hash(index.groups) for index in sealed.indexes})


def _portions(kinds: list[Kind], partition: int, blocks: int) -> Iterator[list[tuple[Block, Seal]]]:
    """A partition's blocks, each chained to the one before it, some at a time."""
    heads: dict[str, Head] = {}
    for first in range(0, blocks, _AT_ONCE):
        portion = []
        for number in range(first, min(first + _AT_ONCE, blocks)):
            own = _chained(kinds[(number + partition) % _KINDS], heads, number * FRAMES)
            heads |= own.heads()
            records = kinds[0].records
            first_offset = number * FRAMES
            portion.append((Block("campus.events", partition, first_offset, first_offset + FRAMES - 1, records), own))
        yield portion


def _chained(kind: Kind, heads: dict[str, Head], shift: int) -> Seal:
    """The seal of a block of that kind behind others, its offsets moved."""
    roots = []
    for root in kind.sealed.roots:
        before = heads.get(root.campus_id, Head())
        new = chain_hash(before.root, kind.trees[root.campus_id])
        roots.append(replace(root, sequence=before.sequence + 1, previous_root=before.root, root=new))
    ends = tuple(end + shift for end in kind.sealed.indexes[0].ends)
    indexes = tuple(replace(index, ends=ends) for index in kind.sealed.indexes)
    return replace(kind.sealed, roots=tuple(roots), indexes=indexes)


def _write(client: Client, partition: int, sealed: list[tuple[Block, Seal]]) -> None:
    first = sealed[0][0].first_offset // FRAMES
    sizes = {"first": first, "count": len(sealed), "frames": FRAMES, "kinds": _KINDS, "from_ms": _FROM_MS}
    client.execute(_COPY, sizes | {"partition": partition})
    write_leaf_indexes(client, sealed)
    Ledger(client, "bench").write_done(sealed, {partition: 1})
