"""The tables of the archive agree with one another and with what an event is; what is too old goes."""

import json
from collections.abc import Iterator

import msgspec
import pytest
from clickhouse_driver import Client

from schemas.clock import DAY_MS
from schemas.frame import LoggedEvent, join_frame, stamp
from schemas.retention import KEEP_DAYS
from schemas.systems import catalogue
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect, rows

pytestmark = pytest.mark.engine

OF_THE_EVENT = {
    "id": "event_id",
    "source": "source",
    "type": "type",
    "subject": "subject",
    "campusid": "campus_id",
    "occurredms": "occurred_at",
    "receivedms": "received_at",
    "data": "data",
    "sequence": "sequence",
    "bootid": "boot_id",
}
OF_THE_ARCHIVE = {"system", "recorded_at", "partition", "offset", "frame_index", "precedence", "keep_days"}


@pytest.fixture
def client(database: StoreSettings) -> Iterator[Client]:
    made = connect(database)
    yield made
    made.disconnect()


def columns(client: Client, table: str) -> dict[str, str]:
    found = rows(
        client,
        "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = %(table)s",
        {"table": table},
    )
    return dict(found)


def columns_with_default(client: Client, table: str) -> set[str]:
    """Those that fill themselves."""
    query = "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = %(table)s"
    return {name for (name,) in rows(client, f"{query} AND default_kind = 'DEFAULT'", {"table": table})}


def now_ms(client: Client) -> int:
    found: int = rows(client, "SELECT toUnixTimestamp64Milli(now64(3))")[0][0]
    return found


def event(type_name: str, number: int = 0) -> bytes:
    fields = {"id": f"{type_name}-{number}", "source": "s", "type": type_name, "subject": "x", "campusid": "c"}
    return stamp(json.dumps(fields | {"data": {}}).encode(), 1_795_500_000_000, 1_795_500_000_001)


def insert(client: Client, recorded_ms: int, *events: bytes, offset: int = 0) -> None:
    client.execute(
        "INSERT INTO frames_in (partition, offset, recorded_at, value) VALUES",
        [(0, offset, recorded_ms, join_frame(list(events)).decode())],
    )


@pytest.mark.parametrize(
    ("view", "table"),
    [
        ("frames_in_to_frames", "frames"),
        ("frames_in_to_events", "events"),
        ("archive_ranges_to_heads", "archive_heads"),
    ],
)
def test_a_view_fills_every_column_of_its_table(client: Client, view: str, table: str) -> None:
    assert columns(client, view).keys() == columns(client, table).keys() - columns_with_default(client, table)


def test_every_field_of_an_event_has_a_column(client: Client) -> None:
    fields = {field.name for field in msgspec.structs.fields(LoggedEvent)}
    assert fields == OF_THE_EVENT.keys()
    assert columns(client, "events").keys() == set(OF_THE_EVENT.values()) | OF_THE_ARCHIVE


@pytest.mark.parametrize(
    ("type_name", "days"),
    [
        ("school_bus.pupil.boarded.v1", 30),
        ("school_bus.position.reported.v1", 180),
        ("canteen.sample.retained.v1", 730),
        ("lesson_ops.lesson.started.v1", 1095),
    ],
)
def test_rows_are_kept_as_long_as_their_type_says_and_no_longer(client: Client, type_name: str, days: int) -> None:
    now = now_ms(client)
    insert(client, now - (days + 1) * DAY_MS, event(type_name, 1), offset=1)
    insert(client, now - (days - 1) * DAY_MS, event(type_name, 2), offset=2)
    client.execute("OPTIMIZE TABLE events FINAL")
    assert rows(client, "SELECT event_id FROM events") == [(f"{type_name}-2",)]


def test_the_store_keeps_every_declared_type_for_the_time_of_its_class(client: Client) -> None:
    insert(client, now_ms(client), *map(event, catalogue()))

    kept = dict(rows(client, "SELECT type, keep_days FROM events"))
    assert kept == {name: KEEP_DAYS[declared.retention] for name, declared in catalogue().items()}


def test_numbers_that_travel_as_text_and_odd_ones_become_columns(client: Client) -> None:
    good = event("a.b.v1")
    odd = good.replace(b'"id": "a.b.v1-0"', b'"sequence": "x", "bootid": 4294967296, "id": "odd"')
    counted = good.replace(b'"id": "a.b.v1-0"', b'"sequence": "42", "bootid": 7, "id": "counted"')
    late = good.replace(b'"occurredms":"1795500000000"', b'"occurredms":"99999999999999"').replace(b"v1-0", b"v1-late")
    insert(client, now_ms(client), good, odd, counted, late)
    found = rows(client, "SELECT event_id, sequence, boot_id FROM events ORDER BY frame_index")
    assert found == [("a.b.v1-0", -1, 0), ("odd", -1, 0), ("counted", 42, 7), ("a.b.v1-late", -1, 0)]
    assert rows(client, "SELECT toUnixTimestamp64Milli(occurred_at) FROM events WHERE event_id = 'a.b.v1-0'") == [
        (1_795_500_000_000,)
    ]


def test_a_lookup_by_event_id_reads_few_rows(client: Client) -> None:
    now = now_ms(client)
    insert(client, now, *[event("a.b.v1", number) for number in range(3000)])
    plan = rows(client, "EXPLAIN indexes = 1 SELECT * FROM events WHERE event_id = 'a.b.v1-77'")
    assert any("by_event_id" in line for (line,) in plan)
