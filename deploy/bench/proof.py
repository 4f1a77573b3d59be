"""What proof costs: sealing beside ingest, how far signatures are behind, and how long one proof takes.

The product runs whole under a province's load for a quarter of a minute; then proofs of random events of a large
archive (CAMPANILE_BENCH_EVENTS says how large) are made, one after another, as the API makes them (without HTTP).
"""

import os
import random
import tempfile
import time
from pathlib import Path
from typing import Final

from clickhouse_driver import Client

from api.errors import NotFoundError
from api.proof.inclusion import find_by_position, prove_event
from api.proof.kept import KeptBlocks
from api.proof.stored_events import Position
from deploy.bench.figures import Figure, Report, percentile
from deploy.bench.load import EventMaker
from deploy.bench.own_store import own_store, with_tables
from deploy.bench.proof_archive import BLOCK_EVENTS, FRAME_EVENTS, PARTITIONS, fill
from deploy.bench.rig import Rig, rig
from deploy.bench.throughput import CAMPUSES, Say, run_trial
from deploy.configuration.settings import Settings
from deploy.store_address import store_of
from schemas.errors import UnreachableError
from schemas.frame import join_frame, stamp
from schemas.metrics import ARCHIVE_CHECKPOINTS
from streams.archive.block import Block, LogRecord
from streams.archive.block_tree import BlockTree, SettledRange, head_leaves
from streams.archive.heads import newest_checkpoints
from streams.archive.merkle import tree_hash
from streams.archive.reading import archive_reader
from streams.archive.sealing import seal
from streams.archive.signing import Keychain, SigningKeys
from streams.archive.store_client import rows

RATE: Final = 20_000
SECONDS: Final = 15.0
PROOFS: Final = 200
EVENTS: Final = 4_000_000
SIGNED_WITHIN_S: Final = 30.0


def measure(say: Say) -> Report:
    """Load, wait until all is signed, prove."""
    report = Report("proof")
    seal_us = _sealing_us()
    with rig(CAMPUSES) as made:
        trial = run_trial(made, RATE, SECONDS)
        ingest_us = sum(cost for name, cost in trial.cpu_us_per_event.items() if name not in ("load", "api"))
        report.add(Figure("sealing and signing, CPU per event", seal_us, "µs"))
        report.add(Figure("share of the CPU of ingest, log and archive", 100 * seal_us / ingest_us, "%", 10.0))
        settings = Settings(**made.product.running.settings)
        with archive_reader(store_of(settings)) as client:
            _wait_until_signed(client)
            report.add(Figure("checkpoint behind its block, p99", _behind_s(client), "s", 1.0))
            report.notes.append(_size_note(client, made))
        say(f"  ingest {ingest_us:.1f} µs an event, sealing {seal_us:.2f} µs of it")
    prove_in_large(report, int(os.environ.get("CAMPANILE_BENCH_EVENTS", EVENTS)))
    return report


def prove_in_large(report: Report, events: int) -> None:
    """Prove random events of an archive of that many, in a store of its own."""
    with tempfile.TemporaryDirectory(prefix="campanile-bench-") as directory, own_store() as store:
        filled, keys = with_tables(store, "campanile"), SigningKeys(Path(directory))
        keys.make_first(1)
        count = fill(filled, keys, events)
        with archive_reader(filled) as client:
            started = time.process_time()
            took_ms = _proofs(client, keys.keychain(), count // (PARTITIONS * FRAME_EVENTS))
            cpu_ms = (time.process_time() - started) * 1000 / PROOFS
    report.add(Figure("archived events to prove from", count, "events"))
    report.add(Figure("inclusion proof, p50", percentile(took_ms, 0.5), "ms"))
    report.add(Figure("inclusion proof, p99", percentile(took_ms, 0.99), "ms", 20.0))
    report.add(Figure("inclusion proof, CPU beside the store's", cpu_ms, "ms"))


def _sealing_us() -> float:
    """CPU per event of a large block's roots, of the tree over blocks and of the heads, in microseconds."""
    maker = EventMaker(tuple(f"c-{number:04}" for number in range(CAMPUSES // 8)), seed=1)
    frames = [join_frame([stamp(raw, 1, 2) for raw in maker.events(300)]) for _ in range(BLOCK_EVENTS // 300)]
    records = tuple(LogRecord(number, 1, frame) for number, frame in enumerate(frames))
    block = Block("campus.events", 0, 0, len(records) - 1, records)
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        made = seal(block, {})
        tree = BlockTree()
        tree.grow(SettledRange(0, 0, len(records) - 1, "done", len(records), made.roots))
        tree_hash(head_leaves(made.heads()))
        best = min(best, time.process_time() - started)
    return best / BLOCK_EVENTS * 1e6


def _wait_until_signed(client: Client) -> None:
    """Until no settled block is unsigned.

    Raises:
        UnreachableError: it did not come to that in time.
    """
    deadline = time.monotonic() + SIGNED_WITHIN_S
    while time.monotonic() < deadline:
        if rows(client, _SIGNED) and rows(client, _SETTLED) == rows(client, _SIGNED):
            return
        time.sleep(0.2)
    raise UnreachableError(
        "归档未及时签名 / the archive has not signed in time", remedy="campanile bench --only throughput"
    )


_SETTLED: Final = (
    "SELECT partition, max(last_offset) + 1 FROM archive_ranges WHERE state = 'done' "
    "GROUP BY partition ORDER BY partition"
)
_SIGNED: Final = "SELECT partition, max(next_offset) FROM archive_checkpoints GROUP BY partition ORDER BY partition"
_BEHIND: Final = (
    "SELECT b.partition, b.first_offset, any(r.written_at) AS settled_at, min(c.made_at) AS signed_at "
    "FROM archive_blocks AS b "
    "INNER JOIN archive_ranges AS r ON r.partition = b.partition AND r.first_offset = b.first_offset "
    "AND r.state = 'done' "
    "INNER JOIN archive_checkpoints AS c ON c.partition = b.partition "
    "WHERE c.size > b.block_index GROUP BY b.partition, b.first_offset"
)


def _behind_s(client: Client) -> float:
    """From a block's done row to the signature over it, 99th percentile, in seconds."""
    found = rows(client, f"SELECT dateDiff('millisecond', settled_at, signed_at) FROM ({_BEHIND})")  # noqa: S608 — a constant
    return percentile([row[0] / 1000 for row in found], 0.99)


def _proofs(client: Client, keychain: Keychain, offsets: int) -> list[float]:
    """How long each of some proofs takes, in milliseconds, none from a kept block; ``offsets``: of each partition."""
    dice = random.Random(1)  # noqa: S311 — which events are drawn is no secret
    found = []
    for _ in range(PROOFS):
        position = Position(dice.randrange(PARTITIONS), dice.randrange(offsets), dice.randrange(FRAME_EVENTS))
        started = time.monotonic()
        event = find_by_position(client, position)
        if event is None:
            raise NotFoundError
        prove_event(client, event, keychain, KeptBlocks())
        found.append((time.monotonic() - started) * 1000)
    return found


def _size_note(client: Client, made: Rig) -> str:
    count, blocks = rows(client, "SELECT sum(events), count() FROM archive_ranges WHERE state = 'done'")[0]
    points = made.metric(ARCHIVE_CHECKPOINTS)
    return (
        f"{count:,} events in {blocks} blocks of {count // max(blocks, 1):,} on average, "
        f"{len(newest_checkpoints(client))} partitions, {points:.0f} statements published"
    )
