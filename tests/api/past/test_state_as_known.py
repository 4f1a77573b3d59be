"""What was known at an instant is, byte for byte, what the live document said at that instant."""

from collections.abc import Iterator

import msgspec
import pytest
from clickhouse_driver import Client

from api.past.known import state_as_known
from api.past.question import Folding, Instant, PastState
from api.past.snapshots import DocumentId
from schemas.clock import HOUR_MS
from schemas.documents import document_key
from schemas.ids import CampusId
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.systems import systems
from tests.api.past.past_log import PastLog
from tests.api.support.serving import PARTITIONS
from tests.api.support.world import N1, N2, N3, S1, S2

pytestmark = pytest.mark.engine

CAMPUSES = (N1, N2, N3, S1, S2)
FROM_MS = 1_795_600_000_000
FOLDING = Folding(systems(), PARTITIONS)
EVERYTHING = [DocumentId(campus_id, name) for campus_id in CAMPUSES for name in systems()]


@pytest.fixture
def client(database: StoreSettings) -> Iterator[Client]:
    with archive_reader(database) as made:
        yield made


def asked(client: Client, at_ms: int, *campus_ids: CampusId) -> PastState:
    wanted = [document for document in EVERYTHING if not campus_ids or document.campus_id in campus_ids]
    return state_as_known(client, FOLDING, wanted, Instant(at_ms, at_ms))


def said(state: PastState) -> dict[str, bytes]:
    return {document_key(*key): msgspec.json.encode(status) for key, status in state.statuses.items()}


def test_the_answer_is_the_live_document_of_that_instant_whatever_it_is_folded_on_from(
    client: Client, database: StoreSettings
) -> None:
    log, truth = PastLog(CAMPUSES, FROM_MS), {}
    for _ in range(12):
        log.run(frames=10)
        truth[log.now_ms + 100] = log.documents()
        log.keep_snapshots(share=0.2)
    log.run(frames=1)
    log.store(database)
    log.store_snapshots(database)
    for at_ms, live in truth.items():
        state = asked(client, at_ms)
        assert said(state) == live
        assert all(place.is_complete for place in state.places.values())
        for campus_id in CAMPUSES:
            assert said(asked(client, at_ms, campus_id)) == {
                key: value for key, value in live.items() if key.startswith(f"{campus_id}/")
            }


def test_before_the_first_event_nothing_was_known(client: Client, database: StoreSettings) -> None:
    log = PastLog(CAMPUSES, FROM_MS)
    log.run(frames=3)
    log.store(database)
    state = asked(client, FROM_MS)
    assert state.statuses == {}
    assert {(place.offset, place.recorded_ms, place.gaps) for place in state.places.values()} == {(-1, None, ())}
    assert all(place.is_complete for place in state.places.values())


def test_of_a_log_whose_beginning_is_gone_nothing_is_said_to_be_complete(
    client: Client, database: StoreSettings
) -> None:
    log = PastLog(CAMPUSES, FROM_MS)
    log.run(frames=3)
    log.records = [record for record in log.records if record.offset > 0]
    log.store(database)
    places = asked(client, FROM_MS).places.values()
    assert {(place.is_complete, place.gaps) for place in places} == {(False, ("no_beginning",))}


def test_of_a_partition_without_any_record_it_cannot_be_told_whether_the_archive_is_behind(client: Client) -> None:
    assert {place.gaps for place in asked(client, FROM_MS).places.values()} == {("archive_behind",)}


def test_an_answer_that_the_archive_has_not_reached_says_so(client: Client, database: StoreSettings) -> None:
    log = PastLog(CAMPUSES, FROM_MS)
    log.run(frames=3)
    log.store(database)
    state = asked(client, log.now_ms + HOUR_MS)
    assert said(state) == log.documents()
    assert {place.gaps for place in state.places.values()} == {("archive_behind",)}
