"""A county's term as its archive would hold it: four hundred campuses, a hundred days, made inside the store.

Every event goes in as the archive's do, in frames through ``frames_in``, so that each table that is derived from the
log has the rows that it would have. An edge posts twenty events at a time; the shares of types are those of a day
with edge digests. Each partition gets a tick after every round of posts, and a settled range for every five seconds.

Half-way through there is room in the offsets: a benchmark may put a stretch of its own there (:data:`STRETCH_MS`), with
as much archive after it as before.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from deploy.bench.term_sql import EVENTS_SQL, RANGES_SQL, TICKS_SQL
from deploy.bench.throughput import Say
from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.ids import CampusId
from schemas.partitioning import partition_of
from streams.archive.settings import StoreSettings
from streams.archive.store_client import StoreAwayError, connect, rows, session, translated

CAMPUSES: Final = 400
DAYS: Final = 100
PARTITIONS: Final = 8
FRAME_EVENTS: Final = 20
FROM_MS: Final = 1_788_192_000_000
"""Midnight in China, 1 September 2026."""
OPENS_MS: Final = 6 * HOUR_MS
OPEN_MS: Final = 14 * HOUR_MS
STRETCH_DAY: Final = 50
STRETCH_MS: Final = FROM_MS + STRETCH_DAY * DAY_MS - 2 * HOUR_MS
"""22:00 of the day before: nothing of the term lies there."""
STRETCH_OFFSETS: Final = 1_000_000
"""Offsets of each partition that the term leaves free for the stretch."""
_AT_ONCE: Final = 2
_DAY_WITHIN_S: Final = 900.0
_TRIES: Final = 20
_PAUSE_S: Final = 5.0
_IN_LITTLE_MEMORY: Final = {"max_block_size": 2048, "min_insert_block_size_bytes": 16 << 20, "max_threads": 1}
_SINCE: Final = f"toUnixTimestamp64Milli(recorded_at) - {FROM_MS}"
_FOUND: Final = (
    f"SELECT intDiv({_SINCE}, {DAY_MS}) AS day, uniqExact(partition, offset) FROM log_index "  # noqa: S608 — constants
    f"WHERE ({_SINCE}) % {DAY_MS} <= {OPENS_MS + OPEN_MS + MINUTE_MS} GROUP BY day"
)


@dataclass(frozen=True)
class Term:
    """So many events; ``rounds`` is how often a day each campus posts."""

    rounds: int

    @property
    def events(self) -> int:
        """How many the term has."""
        return DAYS * CAMPUSES * self.rounds * FRAME_EVENTS

    @property
    def first_of_stretch(self) -> tuple[int, ...]:
        """By partition: the first offset that is free for the stretch."""
        return tuple(STRETCH_DAY * self.rounds * (size + 1) for size in _sizes())

    def numbers(self) -> dict[str, Any]:
        """The parameters of the statements."""
        sizes = _sizes()
        partitions = [partition_of(campus_id, PARTITIONS) for campus_id in campuses()]
        ranks = [partitions[:number].count(partition) for number, partition in enumerate(partitions)]
        return {
            "campuses": CAMPUSES,
            "partitions": PARTITIONS,
            "frame": FRAME_EVENTS,
            "rounds": self.rounds,
            "round_ms": OPEN_MS // self.rounds,
            "partition_of": partitions,
            "rank_of": ranks,
            "size_of": list(sizes),
            "stretch_day": STRETCH_DAY,
            "stretch_offsets": STRETCH_OFFSETS,
        }


def term_of(events: int) -> Term:
    """The term that has at least so many events."""
    return Term(-(-events // (DAYS * CAMPUSES * FRAME_EVENTS)))


def campuses() -> tuple[CampusId, ...]:
    """The campuses of the term."""
    return tuple(CampusId(f"c-421100-{number:04}") for number in range(CAMPUSES))


def load_term(store: StoreSettings, term: Term, say: Say, days: Sequence[int] = range(DAYS)) -> None:
    """Fill the store's tables with those days; what an earlier run has filled stays and is not made again."""
    started = time.monotonic()
    with session(store) as client:
        client.execute("SYSTEM STOP TTL MERGES")  # the term lies where it lies, whenever it is looked at
        found = dict(rows(client, _FOUND))
    whole = term.rounds * (CAMPUSES + PARTITIONS)
    missing = [day for day in days if found.get(day, 0) < whole]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="term") as pool:
        for number, _ in enumerate(pool.map(lambda day: _load_day(store, term, day), missing), start=1):
            if number % 10 == 0 or number == len(missing):
                done = number * term.events // DAYS
                say(f"  {done:,} events archived, {done / (time.monotonic() - started):,.0f} a second")


def _load_day(store: StoreSettings, term: Term, day: int) -> None:
    asked = term.numbers() | {"day": day, "opens_ms": FROM_MS + day * DAY_MS + OPENS_MS}
    asked["gap"] = STRETCH_OFFSETS if day >= STRETCH_DAY else 0
    for left in reversed(range(_TRIES)):
        try:
            _insert(store, asked)
        except StoreAwayError:  # merges may leave an insert no memory; a row that is written again is the same row
            if not left:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _insert(store: StoreSettings, asked: dict[str, Any]) -> None:
    client = connect(store, timeout_s=_DAY_WITHIN_S)
    try:
        with translated(store):
            for sql in (EVENTS_SQL, TICKS_SQL, RANGES_SQL):
                client.execute(sql, asked, settings=_IN_LITTLE_MEMORY)
    finally:
        client.disconnect()


def _sizes() -> tuple[int, ...]:
    """By partition: how many campuses it has."""
    partitions = [partition_of(campus_id, PARTITIONS) for campus_id in campuses()]
    return tuple(partitions.count(number) for number in range(PARTITIONS))
