"""What was so at an instant: every event by its own time, late ones too, once each."""

from collections.abc import Iterator

import msgspec
import pytest
from clickhouse_driver import Client

from api.past.errors import TooFarError
from api.past.known import state_as_known
from api.past.question import Folding, Instant
from api.past.snapshots import DocumentId
from api.past.was import state_as_it_was
from schemas.clock import DAY_MS, MINUTE_MS
from schemas.documents import CampusStatus, document_key
from schemas.frame import decode_frame, is_frame, join_frame, stamp
from schemas.ids import SystemName
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.core.past_was import happened_ms
from streams.systems import systems
from tests.api.past.past_log import PastLog
from tests.api.support.serving import PARTITIONS
from tests.api.support.world import N1, N2, N3, S1, S2
from tests.end_to_end.truth import counted, distinct, folded

pytestmark = pytest.mark.engine

CAMPUSES = (N1, N2, N3, S1, S2)
FROM_MS = 1_795_600_000_000
FOLDING = Folding(systems(), PARTITIONS)
EVERYTHING = [DocumentId(campus_id, name) for campus_id in CAMPUSES for name in systems()]


@pytest.fixture
def client(database: StoreSettings) -> Iterator[Client]:
    with archive_reader(database) as made:
        yield made


def asked(client: Client, at_ms: int) -> dict[DocumentId, CampusStatus]:
    return state_as_it_was(client, FOLDING, EVERYTHING, Instant(at_ms, at_ms)).statuses


def test_the_state_is_the_fold_of_what_had_happened_by_then_whenever_it_was_told(
    client: Client, database: StoreSettings
) -> None:
    log = PastLog(CAMPUSES, FROM_MS)
    for _ in range(10):
        log.run(frames=10)
        log.keep_snapshots(share=0.2)
    log.store(database)
    log.store_snapshots(database)
    logged = [event for one in log.records if is_frame(one.value) for event in decode_frame(one.value)]
    for at_ms in range(FROM_MS - 9 * MINUTE_MS, log.now_ms, 3 * MINUTE_MS + 1):
        happened = [event for event in distinct(logged) if happened_ms(event) <= at_ms]
        states, counts = folded(happened), counted(happened)
        found = asked(client, at_ms)
        assert {(key.campus_id, key.system) for key in found} == set(states)
        for key, status in found.items():
            truth = key.campus_id, key.system
            assert msgspec.json.decode(status.state) == states[truth], (at_ms, document_key(*key))
            assert status.events == counts[truth]
            assert (status.clock_ms, status.late, status.duplicates) == (at_ms, 0, 0)


def test_what_was_told_late_was_so_but_not_known(client: Client, database: StoreSettings) -> None:
    log = PastLog(CAMPUSES, FROM_MS)
    log.run(frames=60)
    log.store(database)
    at_ms = FROM_MS - MINUTE_MS
    assert asked(client, at_ms)
    assert state_as_known(client, FOLDING, EVERYTHING, Instant(at_ms, at_ms)).statuses == {}


def test_copy_of_what_a_snapshot_holds_counts_once_and_what_came_days_late_counts(
    client: Client, database: StoreSettings
) -> None:
    document, first = DocumentId(N1, SystemName("canteen")), temperature("e-1", FROM_MS)
    log = PastLog(CAMPUSES, FROM_MS)
    log.append(N1, frame(first, FROM_MS + 100))
    log.keep_snapshots()
    log.append(N1, frame(first, FROM_MS + 9_000))
    log.append(N1, frame(temperature("e-2", FROM_MS - 40 * DAY_MS), FROM_MS + 9_500))
    log.append(N1, frame(temperature("e-3", FROM_MS + 3_000), FROM_MS + 9_900))
    log.store(database)
    before = asked(client, FROM_MS + 5_000)
    log.store_snapshots(database)
    assert {it: status.events for it, status in before.items()} == {document: 3}
    assert {it: status.events for it, status in asked(client, FROM_MS + 5_000).items()} == {document: 3}


def test_more_than_may_be_folded_is_refused(client: Client, database: StoreSettings) -> None:
    log = PastLog(CAMPUSES, FROM_MS)
    log.run(frames=10)
    log.store(database)
    instant = Instant(log.now_ms, log.now_ms)
    events = sum(status.events for status in state_as_it_was(client, FOLDING, EVERYTHING, instant).statuses.values())
    assert state_as_it_was(client, FOLDING, EVERYTHING, instant, most=events).statuses
    for most in (events - 1, events // 10):
        with pytest.raises(TooFarError):
            state_as_it_was(client, FOLDING, EVERYTHING, instant, most=most)


def test_which_snapshot_is_near_makes_no_difference_to_the_alerts(client: Client, database: StoreSettings) -> None:
    log = PastLog(CAMPUSES, FROM_MS)
    for _ in range(8):
        log.run(frames=5)
        log.keep_snapshots(share=0.5)
    log.store(database)
    instants = range(FROM_MS, log.now_ms, 7_001)
    before = {at_ms: {key: alerts(status) for key, status in asked(client, at_ms).items()} for at_ms in instants}
    assert any(found for statuses in before.values() for found in statuses.values())
    log.store_snapshots(database)
    for at_ms in instants:
        assert {key: alerts(status) for key, status in asked(client, at_ms).items()} == before[at_ms]


def temperature(event_id: str, occurred_ms: int) -> tuple[bytes, int]:
    head = b'{"specversion":"1.0","source":"urn:campanile:edge:x:canteen","type":"canteen.temp.sampled.v1"'
    return b'%b,"campusid":"%b","subject":"freezer-1","data":{"zone":"freezer","temp_c":-18.0},"id":"%b"}' % (
        head,
        N1.encode(),
        event_id.encode(),
    ), occurred_ms


def frame(event: tuple[bytes, int], received_ms: int) -> bytes:
    raw, occurred_ms = event
    return join_frame([stamp(raw, occurred_ms, received_ms)])


def alerts(status: CampusStatus) -> set[tuple[str, str, int]]:
    return {(line.rule, line.subject, line.since_ms) for line in status.alerts}
