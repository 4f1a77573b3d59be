import msgspec
import pytest

from ingest.admission import Admission, Admitted
from ingest.content_modes import RawEvents, split_batch
from ingest.credentials import Grant
from ingest.event_types import EventTypes
from ingest.rejections import Reason
from ingest.remembered import Remembered, keys_of
from schemas.clock import DAY_MS
from schemas.frame import decode_frame, join_frame, split_frame, stamp
from schemas.ids import CampusId, EventTypeName, TokenId
from schemas.partitioning import partition_of
from schemas.systems import catalogue
from tests.ingest.ingest_samples import CAMPUS, CANTEEN, OTHER_CAMPUS, TIME_MS, encode, event

PARTITIONS = 4
RECEIVED_MS = TIME_MS + 70
BUS = "school_bus.stop.arrived.v1"
GRANT = Grant(
    TokenId("abc"),
    frozenset({CampusId(CAMPUS), CampusId(OTHER_CAMPUS)}),
    frozenset(EventTypeName(name) for name in catalogue() if name.startswith("canteen")),
)


@pytest.fixture
def remembered() -> Remembered:
    return Remembered(1000)


@pytest.fixture
def admission(remembered: Remembered) -> Admission:
    return Admission(EventTypes(catalogue()), remembered, PARTITIONS)


def admit(admission: Admission, *events: object) -> Admitted[str]:
    return admit_raw(admission, split_batch(encode([*events])))


def admit_raw(admission: Admission, events: RawEvents) -> Admitted[str]:
    admitted: Admitted[str] = Admitted(RECEIVED_MS)
    columns = admission.judge(events, GRANT, admitted)
    admission.take(admitted, columns, GRANT, "request")
    return admitted


def reasons(admitted: Admitted[str]) -> list[tuple[int, Reason]]:
    return [(refused.index, refused.rejection.reason) for refused in admitted.refused]


def test_an_accepted_event_is_the_sender_s_bytes_with_two_stamps(admission: Admission) -> None:
    raw = encode(event())

    admitted = admit(admission, event())

    (portion,) = admitted.portions.values()
    assert portion.events == [stamp(raw, TIME_MS, RECEIVED_MS)]
    assert portion.partition == partition_of(CAMPUS, PARTITIONS)
    assert decode_frame(join_frame(portion.events))[0].receivedms == RECEIVED_MS


def test_white_space_between_events_is_not_stored(admission: Admission) -> None:
    raw = encode(event())

    admitted = admit_raw(admission, split_batch(b" [ \n" + raw + b" \t , \r\n" + encode(event(id="2")) + b" ] "))

    (portion,) = admitted.portions.values()
    assert split_frame(join_frame(portion.events)) == [msgspec.Raw(stored) for stored in portion.events]
    assert portion.events[0] == stamp(raw, TIME_MS, RECEIVED_MS)


def test_a_bad_event_does_not_stop_its_neighbours(admission: Admission) -> None:
    admitted = admit(admission, event(id="1"), event(id="2", data={"zone": "attic", "temp_c": 1}), event(id="3"), 4)

    assert (admitted.accepted, admitted.duplicates) == (2, 0)
    assert reasons(admitted) == [(1, Reason.INVALID), (3, Reason.INVALID)]
    assert admitted.refused[1].raw == b"4"


def test_foreign_events_are_rejected_one_by_one(admission: Admission) -> None:
    admitted = admit(admission, event(id="1"), event(id="2", campusid="c-9"), event(BUS, id="3"))

    assert admitted.accepted == 1
    assert reasons(admitted) == [(1, Reason.FOREIGN_CAMPUS), (2, Reason.FOREIGN_SYSTEM)]
    assert admitted.refused[0].rejection.event_id == "2"


@pytest.mark.parametrize("good_neighbours", [0, 3])
def test_an_event_from_the_future_is_rejected_and_an_old_one_is_not(admission: Admission, good_neighbours: int) -> None:
    neighbours = [event(id=f"n{number}") for number in range(good_neighbours)]
    later = event(id="later", time="2026-11-25T07:31:05.321+08:00")
    just_in_time = event(id="just", time="2026-11-25T07:31:05.320+08:00")
    old = event(id="old", time="2026-07-01T00:00:00Z")
    reset = event(id="reset", time="1970-01-01T00:00:07Z")

    admitted = admit(admission, *neighbours, later, just_in_time, old, reset)

    assert TIME_MS + DAY_MS + 70 == RECEIVED_MS + DAY_MS
    assert admitted.accepted == good_neighbours + 2
    assert reasons(admitted) == [
        (good_neighbours, Reason.FROM_THE_FUTURE),
        (good_neighbours + 3, Reason.BEFORE_2000),
    ]


def test_the_second_copy_in_a_request_is_a_duplicate_of_the_first(admission: Admission) -> None:
    admitted = admit(admission, event(id="1"), event(id="2"), event(id="1"), event(id="1", source="urn:other"))

    assert (admitted.accepted, admitted.duplicates) == (3, 1)


def test_a_rejected_copy_does_not_make_the_good_one_a_duplicate(admission: Admission) -> None:
    admitted = admit(admission, event(id="1", data={}), event(id="1"))

    assert (admitted.accepted, admitted.duplicates) == (1, 0)


def test_only_what_kafka_acknowledged_makes_a_later_copy_a_duplicate(
    admission: Admission, remembered: Remembered
) -> None:
    first = admit(admission, event())
    again = admit(admission, event())
    for portion in first.portions.values():
        remembered.add(portion.keys)
    after_acknowledgement = admit(admission, event(), event(id="new"))

    assert (again.accepted, again.duplicates) == (1, 0)
    assert (after_acknowledgement.accepted, after_acknowledgement.duplicates) == (1, 1)


def test_another_token_s_event_is_no_duplicate() -> None:
    remembered = Remembered(1000)
    remembered.add(keys_of(TokenId("abc"), ["urn:s"], ["1"]))

    assert list(remembered.fresh(keys_of(TokenId("xyz"), ["urn:s"], ["1"]))) == [True]


def test_events_are_sorted_into_the_partition_of_their_campus_in_order(admission: Admission) -> None:
    campuses = [CAMPUS, OTHER_CAMPUS, CAMPUS, OTHER_CAMPUS, CAMPUS]

    admitted = admit(admission, *[event(id=str(number), campusid=campus) for number, campus in enumerate(campuses)])

    assert partition_of(CAMPUS, PARTITIONS) != partition_of(OTHER_CAMPUS, PARTITIONS)
    ids = {p: [e.id for e in decode_frame(join_frame(found.events))] for p, found in admitted.portions.items()}
    assert ids == {
        partition_of(CAMPUS, PARTITIONS): ["0", "2", "4"],
        partition_of(OTHER_CAMPUS, PARTITIONS): ["1", "3"],
    }


def test_an_event_larger_than_64_kib_is_rejected_and_its_neighbour_is_not(admission: Admission) -> None:
    admitted = admit(admission, event(id="1", dataschema="x" * 70_000), event(id="2"))

    assert reasons(admitted) == [(0, Reason.TOO_LARGE)]
    assert admitted.accepted == 1


def test_an_empty_batch_is_nothing(admission: Admission) -> None:
    admitted = admit(admission)

    assert (admitted.accepted, admitted.duplicates, admitted.refused, admitted.portions) == (0, 0, [], {})


def test_a_single_event_is_judged_as_one_of_a_batch(admission: Admission) -> None:
    admitted = admit_raw(admission, RawEvents([encode(event(CANTEEN))]))

    assert admitted.accepted == 1


def test_what_is_remembered_is_bounded_and_the_newest_half_stays() -> None:
    remembered = Remembered(100)
    for number in range(1000):
        remembered.add(keys_of(TokenId("t"), ["s"], [str(number)]))

    newest = keys_of(TokenId("t"), ["s"] * 50, [str(number) for number in range(950, 1000)])
    assert list(remembered.fresh(newest)) == [False] * 50
    assert len(remembered._new) + len(remembered._old) <= 100
