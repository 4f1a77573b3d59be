"""State at an instant, in the middle of a term's archive, and what the tables for it cost.

The term (:mod:`deploy.bench.term`) has ten million events, or as many as CAMPANILE_BENCH_EVENTS says; with
CAMPANILE_BENCH_DIR it is kept there and found again. The instants lie in a stretch of two minutes at a county's raw
peak: frames of 20 ms, 6,800 events a second over 400 campuses; snapshots lie a minute apart there, so that an answer
folds half a minute of the log on average.
"""

import os
import statistics
import time
from collections.abc import Callable
from typing import Final

from clickhouse_driver import Client

from api.past.known import state_as_known
from api.past.question import Folding, Instant, PastState
from api.past.snapshots import DocumentId
from api.past.was import state_as_it_was
from deploy.bench.figures import Figure, Report, percentile
from deploy.bench.load import EventMaker
from deploy.bench.own_store import own_store, with_tables
from deploy.bench.term import CAMPUSES, PARTITIONS, STRETCH_MS, Term, campuses, load_term, term_of
from deploy.bench.throughput import Say
from deploy.migrations.source import Migration, shipped_migrations
from schemas.frame import encode_tick, join_frame, stamp
from schemas.ids import CampusId
from schemas.partitioning import partition_of
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.archive.store_client import rows
from streams.core.campus_ledger import CampusLedger
from streams.snapshots.snapshot import StateRecord, snapshots_of
from streams.snapshots.writing import write_snapshots
from streams.systems import systems

RATE_PER_S: Final = 6_800
FRAMES_PER_S: Final = 50
SECONDS: Final = 120
SNAPSHOT_EVERY_S: Final = 60
FROM_MS: Final = STRETCH_MS
QUESTIONS: Final = 20
EVENTS: Final = 10_000_000
"""How many the archive holds at least when it is asked; CAMPANILE_BENCH_EVENTS says another number."""
PAST_MIGRATION: Final = 6
_INSERT: Final = "INSERT INTO frames_in (partition, offset, recorded_at, value) VALUES"
Record = tuple[int, int, int, bytes]
Ask = Callable[[Client, Folding, list[DocumentId], Instant], PastState]


class Filler:
    """Makes the log second by second, and folds it for its snapshots."""

    def __init__(self, campuses: tuple[CampusId, ...], first_offsets: tuple[int, ...]) -> None:
        groups: dict[int, list[str]] = {number: [] for number in range(PARTITIONS)}
        for campus_id in campuses:
            groups[partition_of(campus_id, PARTITIONS)].append(campus_id)
        self._makers = {number: EventMaker(tuple(names), number) for number, names in groups.items()}
        self._ledgers = {number: CampusLedger(number, systems(), lambda _campus: ()) for number in groups}
        self._next = {number: first_offsets[number] for number in groups}

    def second(self, number: int) -> list[Record]:
        """The records of one second."""
        found: list[Record] = []
        each = RATE_PER_S // FRAMES_PER_S // PARTITIONS
        for tick in range(FRAMES_PER_S):
            at_ms = FROM_MS + number * 1000 + tick * (1000 // FRAMES_PER_S)
            for partition, maker in self._makers.items():
                events = [stamp(raw, at_ms - 150, at_ms) for raw in maker.events(each)]
                found.append(self._record(partition, at_ms, join_frame(events)))
        found += [
            self._record(partition, FROM_MS + number * 1000 + 999, encode_tick(at_ms)) for partition in self._makers
        ]
        return found

    def keep_snapshots(self, client: Client, at_ms: int) -> int:
        """Put every document into the store, as samples would."""
        kept = 0
        for partition, ledger in self._ledgers.items():
            records = [StateRecord(key, value, at_ms) for key, value in ledger.harvest(everything=True).documents]
            write_snapshots(client, snapshots_of(partition, records, systems()))
            kept += len(records)
        return kept

    def _record(self, partition: int, at_ms: int, value: bytes) -> Record:
        offset = self._next[partition]
        self._next[partition] += 1
        self._ledgers[partition].fold(offset, value)
        return partition, offset, at_ms + 30, value


def measure(say: Say) -> Report:
    """Fill, ask twenty times each, and compare inserts with and without the past's tables."""
    report, wanted = Report("past"), int(os.environ.get("CAMPANILE_BENCH_EVENTS", EVENTS))
    term = term_of(wanted)
    with own_store() as store:
        filled = with_tables(store, "campanile")
        load_term(filled, term, say)
        sample = _stretch(filled, term, say)
        with archive_reader(filled) as client:
            events = int(rows(client, "SELECT count() FROM events")[0][0])
        report.add(Figure("archived events", events, "events", wanted, "at_least"))
        _ask_all(filled, campuses(), report)
        _cost(store, sample, report)
    report.notes.append(f"{CAMPUSES} campuses, {RATE_PER_S:,} events/s, a snapshot every {SNAPSHOT_EVERY_S} s")
    return report


def _stretch(store: StoreSettings, term: Term, say: Say) -> list[Record]:
    """Put the stretch into the term, unless it is there; its last five seconds."""
    filler, sample, kept = Filler(campuses(), term.first_of_stretch), list[Record](), list[Record]()
    with archive_reader(store) as client:
        is_there = bool(rows(client, "SELECT count() >= 4000 FROM snapshots")[0][0])
        for number in range(5 if is_there else SECONDS):
            sample += filler.second(number)
            if number % 5 == 4:  # as the archive does: a block holds five seconds
                if not is_there:
                    client.execute(_INSERT, [list(column) for column in zip(*sample, strict=True)], columnar=True)
                kept, sample = sample, []
            if number % SNAPSHOT_EVERY_S == SNAPSHOT_EVERY_S - 1:
                say(f"  {number + 1} s of log, {filler.keep_snapshots(client, FROM_MS + number * 1000):,} snapshots")
    return kept


def _ask_all(store: StoreSettings, among: tuple[CampusId, ...], report: Report) -> None:
    asks: tuple[tuple[str, Ask], ...] = (("as known", state_as_known), ("as it was", state_as_it_was))
    with archive_reader(store) as client:
        for label, ask in asks:
            for size, target_ms in ((1, 300.0), (10, 1500.0), (40, 1500.0)):
                starts = [number * 17 % (len(among) - size) for number in range(QUESTIONS)]
                took = [_timed(client, ask, among[it : it + size], number) for number, it in enumerate(starts)]
                name = "a campus" if size == 1 else f"a consortium of {size}"
                report.add(Figure(f"{name}, {label}, median", statistics.median(took), "ms"))
                report.add(Figure(f"{name}, {label}, p95", percentile(took, 0.95), "ms", target_ms))


def _timed(client: Client, ask: Ask, campuses: tuple[CampusId, ...], number: int) -> float:
    """One question about campuses; each has another instant."""
    folding = Folding(systems(), PARTITIONS)
    wanted = [DocumentId(campus_id, name) for campus_id in campuses for name in folding.systems]
    at_ms = FROM_MS + 1000 * (SNAPSHOT_EVERY_S + 2) + number * 1000 * (SECONDS - SNAPSHOT_EVERY_S - 4) // QUESTIONS
    started = time.perf_counter()
    state = ask(client, folding, wanted, Instant(at_ms, at_ms))
    took_ms = (time.perf_counter() - started) * 1000
    if len({document.campus_id for document in state.statuses}) != len(campuses):
        raise RuntimeError("a campus is missing in an answer")
    return took_ms


def _cost(store: StoreSettings, sample: list[Record], report: Report) -> None:
    """The same block into tables with and without those of the past, in turns."""
    plain = tuple(migration for migration in shipped_migrations() if migration.version < PAST_MIGRATION)
    stores = (with_tables(store, "without", plain), with_tables(store, "with", (*plain, *_past())))
    columns = [list(column) for column in zip(*sample, strict=True)]
    events = sum(value.count(b'"receivedms"') for _, _, _, value in sample)
    took: dict[str, list[float]] = {made.database: [] for made in stores}
    for turn in range(5):
        for made in stores:
            with archive_reader(made) as client:
                started = time.perf_counter()
                client.execute(_INSERT, columns, columnar=True)
                if turn:  # the first one warms up
                    took[made.database].append((time.perf_counter() - started) * 1e6 / events)
    without, with_past = (min(took[made.database]) for made in stores)
    report.add(Figure("insert without the past's tables", without, "µs/event"))
    report.add(Figure("insert with them", with_past, "µs/event"))


def _past() -> tuple[Migration, ...]:
    return tuple(migration for migration in shipped_migrations() if migration.version == PAST_MIGRATION)
