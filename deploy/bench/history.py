"""Questions to the past over the archive of a term: ten million events, or as many as CAMPANILE_BENCH_EVENTS says.

With CAMPANILE_BENCH_DIR the archive is kept in that directory and found again. What is timed is what a route does
between its decision and its answer, the JSON of the page included.
"""

import os
import resource
import statistics
import time
from collections.abc import Callable
from typing import Final

from clickhouse_driver import Client

from api.authority.scope import Interval, Scope, Slot
from api.history import events
from api.history.aggregates import aggregates
from api.history.question import Question
from deploy.bench.figures import Figure, Report
from deploy.bench.own_store import own_store, with_tables
from deploy.bench.term import CAMPUSES, DAYS, FROM_MS, STRETCH_DAY, campuses, load_term, term_of
from deploy.bench.throughput import Say
from schemas.clock import DAY_MS
from schemas.ids import SystemName
from schemas.systems import SYSTEMS
from streams.archive.reading import archive_reader
from streams.archive.store_client import session

EVENTS: Final = 10_000_000
RUNS: Final = 7


def measure(say: Say) -> Report:
    """Fill a store of its own, then ask."""
    report, count = Report("history"), int(os.environ.get("CAMPANILE_BENCH_EVENTS", EVENTS))
    with own_store() as store:
        filled = with_tables(store, "campanile")
        load_term(filled, term_of(count), say)
        with archive_reader(filled) as client:
            report.add(Figure("archived events", _count(client), "events", count, "at_least"))
            _ask_all(client, report)
        with session(filled) as client:
            whole = _question(40, 1)
            took_ms = _timed(lambda: aggregates(client, whole, whole.scope, "hour"))
            report.add(Figure("40 campuses, one day, counted by hour", took_ms, "ms", 1_000))
    report.notes.append(f"{CAMPUSES} campuses over {DAYS} days; median of {RUNS}")
    return report


def _count(client: Client) -> int:
    return int(client.execute("SELECT count() FROM events")[0][0])


def _ask_all(client: Client, report: Report) -> None:
    day = _question(1, 1)
    rows = sum(1 for _ in _lines(client, day))
    report.add(Figure("events of one campus-day", rows, "events"))
    report.add(Figure("one campus, one day, every event", _timed(lambda: list(_lines(client, day))), "ms", 100))
    report.add(Figure("one campus, one day, first page of 500", _timed(lambda: _page(client, day)), "ms", 100))
    many = _question(40, 1)
    report.add(Figure("40 campuses, one day, every event", _timed(lambda: list(_lines(client, many))), "ms", 1_000))
    month = _question(40, 31)
    report.add(Figure("40 campuses, 31 days, first page of 500", _timed(lambda: _page(client, month)), "ms", 1_000))
    report.add(Figure("peak memory of the reader", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"))


def _page(client: Client, question: Question) -> events.Page:
    return events.page(client, question, 500, None)


def _lines(client: Client, question: Question) -> list[bytes]:
    """Every line of the stream but its last."""
    body = b"".join(events.stream(client, question, 1_000_000, None))
    return body.splitlines()[:-1]


def _question(count: int, days: int) -> Question:
    interval = Interval(FROM_MS + STRETCH_DAY * DAY_MS, FROM_MS + (STRETCH_DAY + days) * DAY_MS)
    systems = tuple(SystemName(name) for name in SYSTEMS)
    slots = tuple(Slot(campus_id, frozenset(systems), *interval) for campus_id in campuses()[:count])
    return Question(
        scope=Scope(slots),
        pupil_scope=Scope(()),
        interval=interval,
        clock="occurred",
        systems=systems,
        types=(),
        subjects=(),
        speaks_of_pupils=False,
        purpose="",
        digest="bench",
    )


def _timed(work: Callable[[], object]) -> float:
    """Median of some runs, ms."""
    found: list[float] = []
    for _ in range(RUNS):
        started = time.monotonic()
        work()
        found.append((time.monotonic() - started) * 1000)
    return statistics.median(found)
