import orjson
import pytest
from kafka import KafkaProducer

from deploy.configuration.settings import ClockSettings
from deploy.event_query import EventQuery, SinceError, line_of, parse_since
from deploy.event_reader import EventReader
from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS, WallClock
from schemas.errors import DataFaultError
from schemas.frame import LoggedEvent, decode_frame, join_frame, stamp
from schemas.partitioning import partition_of
from schemas.topics import EVENTS

MIDNIGHT_MS = 20_000 * DAY_MS - 8 * HOUR_MS
NOW_MS = MIDNIGHT_MS + 9 * HOUR_MS


def _raw(campus_id: str, number: int, received_ms: int, type_name: str = "school_bus.position.reported.v1") -> bytes:
    event = {
        "specversion": "1.0", "id": f"e{number}", "source": "urn:test", "type": type_name, "subject": "bus-1",
        "campusid": campus_id, "data": {"speed_kmh": number},
    }  # fmt: skip
    return stamp(orjson.dumps(event), received_ms - 5, received_ms)


def _event(campus_id: str, number: int, received_ms: int) -> LoggedEvent:
    (event,) = decode_frame(join_frame([_raw(campus_id, number, received_ms)]))
    return event


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        ("start", 0),
        ("10m", NOW_MS - 10 * MINUTE_MS),
        ("08:00", MIDNIGHT_MS + 8 * HOUR_MS),
        ("8:00:30", MIDNIGHT_MS + 8 * HOUR_MS + 30_000),
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T08:00:01", 1000),
    ],
)
def test_since_understands_what_a_person_writes(text: str, expected_ms: int) -> None:
    assert parse_since(text, NOW_MS) == expected_ms


@pytest.mark.parametrize("text", ["yesterday", "25:00", "10x", ""])
def test_since_refuses_what_is_no_instant(text: str) -> None:
    with pytest.raises(SinceError):
        parse_since(text, NOW_MS)


def test_query_filters_by_campus_type_and_receipt() -> None:
    event = _event("c-1", 1, NOW_MS)
    assert EventQuery().wants(event)
    assert EventQuery("c-1", "school_bus.", NOW_MS).wants(event)
    assert not EventQuery("c-2").wants(event)
    assert not EventQuery(type_prefix="canteen").wants(event)
    assert not EventQuery(since_ms=NOW_MS + 1).wants(event)


def test_line_shows_local_time_of_the_device() -> None:
    assert line_of(_event("c-1", 7, NOW_MS)) == (
        '08:59:59.995  c-1  school_bus.position.reported.v1  bus-1  {"speed_kmh":7}'
    )


@pytest.mark.engine
def test_reader_gives_the_wanted_events_in_order_with_their_own_bytes(kafka_bootstrap: str, prefix: str) -> None:
    frames = {campus: [_raw(campus, number, NOW_MS + number) for number in range(3)] for campus in ("c-1", "c-2")}
    tick = b'{"tick_ms":%d}' % NOW_MS
    _append(kafka_bootstrap, prefix, {campus: [tick, join_frame(raw)] for campus, raw in frames.items()})

    with EventReader(kafka_bootstrap, prefix) as reader:
        found = list(reader.read(EventQuery("c-2", since_ms=NOW_MS + 1), from_wall_ms=0, follow=False))

    assert [read.raw for read in found] == frames["c-2"][1:]
    assert {read.partition for read in found} == {partition_of("c-2", 4)}


@pytest.mark.engine
def test_reader_from_an_instant_after_the_last_record_gives_nothing(kafka_bootstrap: str, prefix: str) -> None:
    _append(kafka_bootstrap, prefix, {"c-1": [join_frame([_raw("c-1", 1, NOW_MS)])]})
    with EventReader(kafka_bootstrap, prefix) as reader:
        far_ahead_ms = WallClock().now_ms() + DAY_MS
        assert list(reader.read(EventQuery(), from_wall_ms=far_ahead_ms, follow=False)) == []
        assert list(reader.read(EventQuery(), from_wall_ms=None, follow=False)) == []
        assert len(list(reader.read(EventQuery(), from_wall_ms=WallClock().now_ms(), follow=False))) == 1


def test_time_of_a_scaled_clock_is_found_on_the_machine_s_axis() -> None:
    clock = ClockSettings(wall_origin_ms=1_000_000, origin_ms=NOW_MS, speed=10)
    assert clock.wall_ms(NOW_MS + 60_000) == 1_006_000
    assert ClockSettings().wall_ms(NOW_MS) == NOW_MS


@pytest.mark.engine
def test_record_that_is_no_frame_is_named_by_its_position(kafka_bootstrap: str, prefix: str) -> None:
    _append(kafka_bootstrap, prefix, {"c-1": [b'["no event"]']})
    with (
        EventReader(kafka_bootstrap, prefix) as reader,
        pytest.raises(DataFaultError, match=f"{partition_of('c-1', 4)}/0 "),
    ):
        list(reader.read(EventQuery(), from_wall_ms=0, follow=False))


def _append(bootstrap: str, prefix: str, values: dict[str, list[bytes]]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    for campus_id, records in values.items():
        for value in records:
            producer.send(prefix + EVENTS.name, value, partition=partition_of(campus_id, 4)).get(timeout=60)
    producer.close()
