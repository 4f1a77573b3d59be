"""Questions to the past over an archive of ten million events (CAMPANILE_BENCH_EVENTS says another number).

The events are made inside the store: two hundred campuses, a hundred days, in the shares of a school day. What is timed
is what a route does between its decision and its answer, the JSON of the page included.
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
from deploy.bench.throughput import Say
from schemas.clock import DAY_MS
from schemas.ids import CampusId, SystemName
from schemas.systems import SYSTEMS
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session

EVENTS: Final = 10_000_000
CAMPUSES: Final = 200
DAYS: Final = 100
FROM_MS: Final = 1_787_000_400_000
PORTION: Final = 1_000_000
RUNS: Final = 7
_MAKE: Final = """
INSERT INTO events (campus_id, system, type, subject, occurred_at, received_at, recorded_at, source, event_id,
    sequence, data, partition, offset, frame_index, precedence, keep_days)
SELECT
    concat('c-421122-', leftPad(toString(n %% %(campuses)s), 3, '0')),
    splitByChar('.', type_name)[1],
    ['canteen.temp.sampled.v1', 'school_bus.position.reported.v1', 'net_health.link.minute_digest.v1',
     'device_control.devices.heartbeat_digest.v1', 'lesson_ops.lesson.started.v1'][1 + cityHash64(n) %% 5] AS type_name,
    concat('device-', toString(cityHash64(n, 1) %% 40)),
    fromUnixTimestamp64Milli(toInt64(%(from_ms)s + intDiv(n * %(span_ms)s, %(events)s)), 'UTC') AS at,
    at + toIntervalMillisecond(40 + cityHash64(n, 2) %% 400) AS received,
    received + toIntervalMillisecond(30),
    concat('urn:campanile:edge:', toString(n %% %(campuses)s)),
    lower(hex(cityHash64(n, 3))),
    n,
    concat('{"zone":"freezer","temp_c":', toString(-18 - (cityHash64(n, 4) %% 50) / 10),
           ',"latitude_deg":30.', toString(cityHash64(n, 5) %% 1000000), ',"note":"', hex(cityHash64(n, 6)), '"}'),
    n %% 8,
    intDiv(n, 800),
    n %% 100,
    9223372036854775807 - n,
    1095
FROM (SELECT number AS n FROM numbers(%(first)s, %(count)s))
"""
_SETTLE: Final = """
INSERT INTO archive_ranges (partition, first_offset, last_offset, state, epoch, topic, records, events,
    unreadable, rank)
SELECT number, 0, %(last)s, 'done', 1, 'campus.events', 1, 1, 0, 1 FROM numbers(8)
"""


def measure(say: Say) -> Report:
    """Fill a store of its own, then ask."""
    report, count = Report("history"), int(os.environ.get("CAMPANILE_BENCH_EVENTS", EVENTS))
    with own_store() as store:
        filled = with_tables(store, "campanile")
        _fill(filled, count, say)
        with archive_reader(filled) as client:
            report.add(Figure("archived events", _count(client), "events", count, "at_least"))
            _ask_all(client, report)
        with session(filled) as client:
            whole = _question(40, 1)
            took_ms = _timed(lambda: aggregates(client, whole, whole.scope, "hour"))
            report.add(Figure("40 campuses, one day, counted by hour", took_ms, "ms", 1_000))
    report.notes.append(f"{CAMPUSES} campuses over {DAYS} days; median of {RUNS}")
    return report


def _fill(store: StoreSettings, count: int, say: Say) -> None:
    started = time.monotonic()
    with session(store) as client:
        for first in range(0, count, PORTION):
            portion = {"first": first, "count": min(PORTION, count - first), "events": count}
            sizes = {"campuses": CAMPUSES, "from_ms": FROM_MS, "span_ms": DAYS * DAY_MS}
            client.execute(_MAKE, portion | sizes)
        client.execute(_SETTLE, {"last": count})
    say(f"  {count:,} events made in {time.monotonic() - started:.0f} s")


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


def _question(campuses: int, days: int) -> Question:
    interval = Interval(FROM_MS + 50 * DAY_MS, FROM_MS + (50 + days) * DAY_MS)
    systems = tuple(SystemName(name) for name in SYSTEMS)
    slots = tuple(Slot(CampusId(f"c-421122-{number:03}"), frozenset(systems), *interval) for number in range(campuses))
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
