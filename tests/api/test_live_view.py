"""The live view by itself: newest document wins, replay changes nothing, alerts open and close."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.authority.sight import Sight, known_systems
from api.live.audience import Audience, Seen, Selection
from api.live.owed import owed
from api.live.view import LiveView, Record, RefusedRecordError
from schemas.alerts import AlertState
from schemas.partitioning import partition_of
from schemas.topics import ALERTS, ROLLUP, STATE
from tests.api.support.serving import PARTITIONS, Rig
from tests.api.support.world import BUS, CANTEEN, N1, N2, NORTH, AlertMaker, campus_record, rollup_record

ALL = Sight(others="full", full=known_systems())
SEEN: frozenset[Seen] = frozenset({("campus", N1, ALL), ("campus", N2, ALL), ("consortium", NORTH, ALL)})
EVERYTHING = Selection(frozenset({N1, N2}), frozenset({NORTH}), seen=SEEN)


def record(n: int, offset: int) -> Record:
    key, value = campus_record(N1, CANTEEN, n)
    return Record(STATE, partition_of(N1, PARTITIONS), offset, key, value)


def test_newest_document_of_a_key_wins() -> None:
    view = LiveView(PARTITIONS)
    for n in range(3):
        view.apply(record(n, n))
    document = view.document(N1, CANTEEN)
    assert document is not None
    assert (document.head.counts, document.offset) == ({"n": 2}, 2)
    assert view.document_counts["campus.state"] == 1


@given(st.lists(st.integers(0, 20), max_size=40))
def test_record_that_comes_again_changes_nothing(offsets: list[int]) -> None:
    view = LiveView(PARTITIONS)
    shown = []
    for offset in offsets:
        change = view.apply(record(offset, offset))
        if change is not None:
            shown.append(change.offset)
    assert shown == sorted(set(shown))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"n-1/canteen", b"{"),
        (b"n-1/canteen", b'{"due_ms":1,"position":1}'),
        (b"n-1/canteen", b"\xff"),
        (b"n-2/canteen", b"{}"),
        (b"\xff\xff", b"{}"),
    ],
)
def test_refused_record_moves_the_position_and_changes_nothing(key: bytes, value: bytes) -> None:
    view = LiveView(PARTITIONS)
    place = partition_of(N1, PARTITIONS)
    with pytest.raises(RefusedRecordError):
        view.apply(Record(STATE, place, 5, key, value))
    assert view.positions.values[place] == 6
    assert view.document_counts["campus.state"] == 0


def test_rollup_is_kept_without_its_members() -> None:
    view = LiveView(PARTITIONS)
    key, value = rollup_record(NORTH, CANTEEN, 3)
    change = view.apply(Record(ROLLUP, partition_of(NORTH, PARTITIONS), 0, key, value))
    assert change is not None
    kept = msgspec.json.decode(change.data)
    assert kept["counts"] == {"n": 3}
    assert set(kept) == {
        "consortium_id",
        "system",
        "position",
        "clock_ms",
        "watermark_ms",
        "heard_ms",
        "severity",
        "counts",
        "devices_heard",
        "devices_silent",
        "alerts",
    }


def test_document_written_over_several_lines_is_one_line_of_a_stream() -> None:
    rig = Rig()
    key, value = campus_record(N1, CANTEEN, 1)
    spread = value.replace(b'"position":1,', b'"position":1,\r\n\r\n ')
    assert spread != value
    rig.state((key, spread))
    document = rig.view.document(N1, CANTEEN)
    assert document is not None
    assert b"\n" not in document.data
    assert b"\r" not in document.data
    assert document.head.counts == {"n": 1}


def test_alerts_open_close_and_open_again() -> None:
    rig, maker = Rig(), AlertMaker(N1)
    for state in (AlertState.OPEN, AlertState.CLEARED, AlertState.OPEN, AlertState.WITHDRAWN):
        rig.alert(maker.record(1, state))
        rig.alert(maker.record(2))
        is_open = state is AlertState.OPEN
        assert len(list(rig.view.alerts.of_campus(N1))) == 1 + is_open == rig.view.alerts.open_count


def test_kept_transitions_are_bounded_and_the_floor_says_from_where_they_are_whole() -> None:
    view = LiveView(1, alerts_kept=3)
    maker = AlertMaker(N1)
    for offset in range(10):
        key, value = maker.record(offset)
        view.apply(Record(ALERTS, 0, offset, key, value))
    assert view.alerts.floors == [7]
    assert [change.offset for change in view.alerts.since(0, 0)] == [9, 8, 7]


def test_reader_is_owed_what_is_its_own_in_log_order() -> None:
    rig = Rig()
    for n in range(4):
        rig.state(campus_record((N1, N2)[n % 2], (CANTEEN, BUS)[n // 2], n))
        rig.state(campus_record("s-1", CANTEEN, n))
    audience = Audience(EVERYTHING, rig.view.positions, bytes(5))
    changes = owed(rig.view, audience, None)
    assert {(change.entity_id, change.system) for change in changes} == {
        (N1, CANTEEN),
        (N2, CANTEEN),
        (N1, BUS),
        (N2, BUS),
    }
    places = [(change.slot, change.offset) for change in changes]
    assert places == sorted(places)
    told = tuple(rig.view.positions.values[slot] for slot in audience.slots)
    assert owed(rig.view, audience, told) == []
