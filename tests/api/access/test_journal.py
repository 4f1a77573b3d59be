"""Writing the record of access: what an entry says, and that the log has it before the call returns."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.entries import Actor, encode_entry, read_entries
from api.access.journal import LogJournal, NoJournal
from api.access.reading import Reading
from schemas.envelope import event_adapter
from schemas.errors import UnreachableError
from schemas.ids import CampusId, SystemName
from schemas.partitioning import partition_of
from schemas.registry import Role
from tests.api.support.serving import PARTITIONS
from tests.api.support.waiting import eventually
from tests.api.support.world import N1, N2, NOW_MS
from tests.ingest.running_gateway import LogReader

ACTOR = Actor("p-0017", Role.BUREAU)


def reading(*campus_ids: CampusId, from_ms: int = NOW_MS - 1000, to_ms: int = NOW_MS, purpose: str = "") -> Reading:
    return Reading("history", campus_ids, (SystemName("canteen"),), from_ms, to_ms, purpose)


@given(
    from_ms=st.integers(-(2**62), 2**62),
    to_ms=st.integers(-(2**62), 2**62),
    purpose=st.text(max_size=400),
    role=st.sampled_from(Role),
)
def test_every_entry_is_valid_by_the_contract(from_ms: int, to_ms: int, purpose: str, role: Role) -> None:
    (entry,) = read_entries(reading(N1, from_ms=from_ms, to_ms=to_ms, purpose=purpose), Actor("p-1", role))
    event = event_adapter().validate_json(encode_entry(entry, "e-1", NOW_MS))
    assert (event.campusid, event.data.role, event.data.purpose) == (N1, role, purpose[:200])


def test_one_look_at_several_campuses_is_one_entry_for_each() -> None:
    entries = read_entries(reading(N1, N2, N1), ACTOR)
    assert [entry.campus_id for entry in entries] == [N1, N2]


async def test_where_nothing_can_be_recorded_nothing_can_be_shown() -> None:
    for journal in (NoJournal(), LogJournal("127.0.0.1:1", prefix="", partitions=PARTITIONS)):
        with pytest.raises(UnreachableError):
            await journal.write(read_entries(reading(N1), ACTOR), NOW_MS)


@pytest.mark.engine
async def test_the_log_has_every_entry_when_the_call_returns(kafka_bootstrap: str, prefix: str) -> None:
    journal = LogJournal(kafka_bootstrap, prefix=prefix, partitions=PARTITIONS)
    task = asyncio.create_task(journal.run())
    try:
        await eventually(lambda: journal.is_connected)
        await journal.write(read_entries(reading(N1, N2, purpose="投诉核查"), ACTOR), NOW_MS)
        log = LogReader(kafka_bootstrap, prefix)
        records = await asyncio.to_thread(log.records, "campus.events")
        events = await asyncio.to_thread(log.events)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert {event.campusid for event in events} == {N1, N2}
    assert {record.partition for record in records} == {partition_of(campus, PARTITIONS) for campus in (N1, N2)}
    for event in events:
        assert (event.type, event.source, event.subject) == ("access.read.v1", "urn:campanile:api", "p-0017")
        assert (event.occurredms, event.receivedms) == (NOW_MS, NOW_MS)
        assert event.data["purpose"] == "投诉核查"
    assert len({event.id for event in events}) == 2
