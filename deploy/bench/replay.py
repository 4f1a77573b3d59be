"""A county's log replayed as fast as possible over HTTP, and how true to time one at life's own speed is."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from starlette.types import Receive, Scope, Send

from api.authority.scope import Scope as Sight
from api.authority.scope import Slot
from api.replay.control import Control
from api.replay.cursor import Cursor, start_at
from api.replay.horizon import archived_to
from api.replay.query import ReplayQuery
from api.replay.reader import ReplayReader, Stretch
from api.replay.response import ReplayResponse
from api.replay.run import Run
from api.replay.sight import Shown
from api.replay.surroundings import Surroundings
from api.replay.writing import JsonLines
from api.store.pool import StorePool
from deploy.bench.figures import Figure, Report, percentile
from deploy.bench.own_store import own_store, with_tables
from deploy.bench.throughput import Say
from deploy.http_server import http_server, listening_socket
from schemas.ids import CampusId, SystemName
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings

EVENTS: Final = 2_000_000
AT_ONCE: Final = 300_000
FRAME_EVENTS: Final = 300
RATE_PER_S: Final = 6_800
PARTITIONS: Final = 8
CAMPUSES: Final = 400
FROM_MS: Final = 1_795_600_000_000
PACED_S: Final = 8
_FILL: Final = """
INSERT INTO frames_in
SELECT frame %% %(partitions)s, intDiv(frame, %(partitions)s), fromUnixTimestamp64Milli(toInt64(last_ms + 20), 'UTC'),
    concat('[', arrayStringConcat(arraySort(events), ','), ']')
FROM
(
    SELECT intDiv(number, %(frame)s) AS frame, max(at_ms) AS last_ms, groupArray(event) AS events
    FROM
    (
        SELECT number, toInt64(%(from_ms)s) + intDiv(number * 1000, %(rate)s) AS at_ms,
            concat('{"specversion":"1.0","id":"', leftPad(toString(number), 12, '0'), '","source":"urn:campanile:edge:',
                toString(number %% %(campuses)s), ':canteen","type":"canteen.temp.sampled.v1","subject":"freezer-',
                toString(number %% 7), '","time":"2026-11-25T17:46:40.000+08:00","campusid":"c-421100-',
                leftPad(toString(number %% %(campuses)s), 4, '0'), '","data":{"zone":"freezer","temp_c":',
                toString(round(-18 + number %% 40 / 16, 4)), '},"occurredms":"', toString(at_ms),
                '","receivedms":"', toString(at_ms + 150), '"}') AS event
        FROM numbers(%(first)s, %(count)s)
    )
    GROUP BY frame
)
"""
_SETTLE: Final = (
    "INSERT INTO archive_ranges (partition, first_offset, last_offset, state, epoch, topic, records, events, "
    "unreadable, rank) SELECT partition, min(offset), max(offset), 'done', 1, 'campus.events', count(), 0, 0, 1 "
    "FROM frames GROUP BY partition"
)
_READER: Final = (
    "import sys, urllib.request\n"
    "page, last = urllib.request.urlopen(sys.argv[1]), b''\n"
    "while chunk := page.read(1 << 20):\n"
    "    last = (last + chunk)[-4096:]\n"
    "sys.stdout.buffer.write(last.rstrip().splitlines()[-1])\n"
)


def measure(say: Say) -> Report:
    """Fill a store, replay all of it twice to another process, then a few seconds at life's own speed."""
    report = Report("replay")
    with own_store() as empty:
        store = with_tables(empty, "campanile")
        _fill(store, say)
        asyncio.run(_measure(store, report, say))
    report.notes.append(f"{EVENTS:,} events of {CAMPUSES} campuses, 8 partitions; the reader is a process of its own")
    return report


def _fill(store: StoreSettings, say: Say) -> None:
    fixed = {
        "partitions": PARTITIONS,
        "frame": FRAME_EVENTS,
        "from_ms": FROM_MS,
        "rate": RATE_PER_S,
        "campuses": CAMPUSES,
    }
    with archive_reader(store) as client:
        for first in range(0, EVENTS, AT_ONCE):
            count = min(AT_ONCE, EVENTS - first)
            client.execute(_FILL, {**fixed, "first": first, "count": count})
            say(f"  {first + count:,} events archived")
        client.execute(_SETTLE)


async def _measure(store: StoreSettings, report: Report, say: Say) -> None:
    pool = StorePool(lambda: store)
    horizon = await pool.run(archived_to, as_bytes=True)
    whole = _query(horizon, FROM_MS + EVENTS * 1000 // RATE_PER_S + 1)
    ends = []
    for turn in range(2):
        started, before, cpu_s = time.monotonic(), _resident_mib(), time.process_time()
        end, peak = await _over_http(pool, whole)
        took_s, cpu_s = time.monotonic() - started, time.process_time() - cpu_s
        ends.append(end)
        say(f"  run {turn + 1}: {end['count']:,} events in {took_s:.1f} s")
    report.add(Figure("events replayed", end["count"], "events", EVENTS, "at_least"))
    report.add(Figure("as fast as possible, over HTTP", end["count"] / took_s, "events/s", 200_000, "at_least"))
    report.add(Figure("CPU of the serving process", cpu_s / end["count"] * 1e6, "µs/event"))
    report.add(Figure("memory that a second run adds at most", peak - before, "MiB", 64))
    report.add(Figure("digests of two runs that differ", float(ends[0]["digest"] != ends[1]["digest"]), "", 0))
    late_ms = await _lateness(pool, _query(horizon, FROM_MS + PACED_S * 1000))
    report.add(Figure("lateness at 1×, 99th percentile", percentile(late_ms, 0.99), "ms", 20))
    pool.close()


def _query(horizon: tuple[int, ...], to_ms: int) -> ReplayQuery:
    systems = frozenset({SystemName("canteen")})
    slots = (Slot(CampusId(f"c-421100-{number:04}"), systems, FROM_MS, to_ms) for number in range(CAMPUSES))
    return ReplayQuery(Shown(Sight(tuple(slots)), Sight(())), "occurred", FROM_MS, to_ms, horizon, PARTITIONS)


def _run(pool: StorePool, query: ReplayQuery, speed: int) -> Run:
    reader = ReplayReader(query)

    async def read(cursor: Cursor, limit: int) -> Stretch:
        return await pool.run(lambda client: reader.read(client, cursor, limit), as_bytes=True)

    around = Surroundings(read, JsonLines(), bytes(6), lambda: True, 15.0)
    return Run(Control(speed, paused=False, at_ms=query.from_ms), start_at(query.from_ms), around)


async def _over_http(pool: StorePool, query: ReplayQuery) -> tuple[dict[str, int], float]:
    """The last line that a reader in another process got, and the most memory that was resident meanwhile."""
    async with _serving(pool, query) as address:
        reader = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _READER, address, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        peak, last = 0.0, asyncio.create_task(reader.communicate())
        while not last.done():
            peak = max(peak, _resident_mib())
            await asyncio.wait({last}, timeout=0.1)
        found: dict[str, int] = json.loads(last.result()[0])["end"]
        return found, peak


@asynccontextmanager
async def _serving(pool: StorePool, query: ReplayQuery) -> AsyncIterator[str]:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            run = _run(pool, query, 0)
            await ReplayResponse(run, run.media_type, _nothing)(scope, receive, send)

    bound = listening_socket("127.0.0.1", 0)
    server = http_server(app, on_stop=lambda: None)
    server.config.lifespan = "off"
    serve = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"
    finally:
        server.should_exit = True
        await serve
        bound.close()


async def _nothing() -> None:
    """At the end of an answer there is nothing to do."""


async def _lateness(pool: StorePool, query: ReplayQuery) -> list[float]:
    """How late the last event of each write was, in ms, measured from the first write."""
    late: list[float] = []
    run, origin_s = _run(pool, query, 1), 0.0
    async for _ in run.writes():
        now_s, at_ms = time.monotonic(), run.cursor.place.at_ms
        if run.cursor.shown and at_ms < query.to_ms - 1:
            origin_s = origin_s or now_s - (at_ms - FROM_MS) / 1000
            late.append(abs(now_s - origin_s - (at_ms - FROM_MS) / 1000) * 1000)
    return late


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
