"""No document shows a single rider: their marks are cut out before anybody can ask, and nothing else is."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.live.withheld import without_riders
from schemas.documents import StoredDocument, document_key
from streams.systems.school_bus.state import Halt, HeadCount, SchoolBusState, Trip
from tests.api.support.serving import Rig
from tests.api.support.world import BUS, CANTEEN, N2, campus_record, campus_status

MARKS = st.dictionaries(st.integers(0, 2**32 - 1), st.integers(1, 2**42), max_size=4)
TRIPS = st.builds(
    Trip,
    carried=st.integers(0, 60),
    route_id=st.from_regex(r"[a-z0-9.:_-]{0,12}", fullmatch=True),
    head_count=st.none() | st.builds(HeadCount, boarded=st.integers(0, 60)),
    halts=st.dictionaries(st.sampled_from(["s-1", "boarded_ms", "alighted_ms"]), st.builds(Halt), max_size=2),
    boarded_ms=MARKS,
    alighted_ms=MARKS,
    aboard=st.integers(0, 60),
    checks_ms=st.lists(st.integers(1, 2**42), max_size=2),
)
STATES = st.builds(SchoolBusState, trips=st.dictionaries(st.sampled_from(["t-1", "t-2", "boarded_ms"]), TRIPS))


@given(state=STATES)
def test_the_marks_go_and_everything_else_stays(state: SchoolBusState) -> None:
    expected = msgspec.json.decode(msgspec.json.encode(state))
    for trip in expected.get("trips", {}).values():
        for member in ("boarded_ms", "alighted_ms"):
            if trip.get(member):
                del trip[member]
    raw = msgspec.json.encode(state)
    assert msgspec.json.decode(without_riders(raw)) == expected
    assert msgspec.json.decode(without_riders(msgspec.json.format(raw).replace(b"\n", b" "))) == expected


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (b'{"a":1,"boarded_ms":{"7":1},"alighted_ms":{"7":2}}', b'{"a":1}'),
        (b'{"boarded_ms":{"7":1,"8":2}}', b"{}"),
        (b'{"alighted_ms":{"7":1},"b":2}', b'{"b":2}'),
        (b'{"a": 1, "boarded_ms": {"7": 1} }', b'{"a": 1}'),
    ],
)
def test_no_comma_is_left_over(status: bytes, shown: bytes) -> None:
    assert without_riders(status) == shown


def test_a_document_without_riders_is_passed_on_as_it_is() -> None:
    status = msgspec.json.encode(campus_status(N2, CANTEEN))
    assert without_riders(status) is status


def test_the_view_holds_the_marks_apart_from_what_it_shows() -> None:
    rig = Rig()
    state = SchoolBusState(trips={"t-1": Trip(boarded_ms={4_077_123_456: 1}, aboard=1)})
    status = campus_status(N2, BUS, state=msgspec.Raw(msgspec.json.encode(state)))
    stored = StoredDocument(due_ms=1, position=1, status=msgspec.Raw(msgspec.json.encode(status)))

    rig.state((document_key(N2, BUS).encode(), msgspec.json.encode(stored)))
    rig.state(campus_record(N2, CANTEEN, 1))

    shown, kept, kitchen = rig.view.document(N2, BUS), rig.view.unabridged(N2, BUS), rig.view.document(N2, CANTEEN)
    assert shown is not None
    assert kept is not None
    assert kitchen is not None
    assert b"4077123456" not in shown.data
    assert b"4077123456" in kept.data
    assert b'"aboard":1' in shown.data
    assert rig.view.unabridged(N2, CANTEEN) is kitchen
    rig.state((document_key(N2, BUS).encode(), None))
    assert rig.view.unabridged(N2, BUS) is None
