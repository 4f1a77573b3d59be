"""Samples of the real state topic end up in the real store, and only those of one's own partitions."""

import time

import pytest
from aiokafka import AIOKafkaProducer

from schemas.clock import ManualClock
from schemas.documents import PROGRESS_KEY
from schemas.metrics import NullMeter
from schemas.topics import STATE
from streams.archive.settings import ArchiveSettings, StoreSettings
from streams.archive.store_client import StoreAwayError, rows, session
from streams.core.campus_ledger import CampusLedger
from streams.snapshots.sampling import Snapshotter
from tests.streams.core.tally_system import SYSTEMS, frame, reading

pytestmark = pytest.mark.engine

OWN, FOREIGN = 1, 2


def documents(*campuses: str, readings: int = 1) -> list[tuple[bytes, bytes]]:
    ledger = CampusLedger(OWN, SYSTEMS, lambda _campus: ())
    for offset in range(readings):
        ledger.fold(offset, frame(*(reading(offset + 1, campus=campus) for campus in campuses)))
    return ledger.harvest(everything=True).documents


async def write(bootstrap: str, prefix: str, records: list[tuple[bytes, bytes]], partition: int = OWN) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for key, value in records:
            await producer.send_and_wait(prefix + STATE.name, value, key, partition)


def snapshotter(bootstrap: str, prefix: str, store: StoreSettings, *, seconds_ago: float = 0.0) -> Snapshotter:
    """One that takes the last ten seconds for its window, as seen ``seconds_ago`` (negative: from the future)."""
    return Snapshotter(
        bootstrap,
        prefix,
        ArchiveSettings(snapshot_window_s=10.0),
        store,
        partitions=lambda: [OWN],
        systems=SYSTEMS,
        clock=ManualClock(int((time.time() - seconds_ago) * 1000)),
        meter=NullMeter(),
    )


def kept(store: StoreSettings) -> list[tuple[str, int]]:
    with session(store) as client:
        return [
            (campus, position) for campus, position in rows(client, "SELECT campus_id, position FROM snapshots FINAL")
        ]


async def test_the_newest_documents_of_the_window_are_kept_once(
    kafka_bootstrap: str, prefix: str, database: StoreSettings
) -> None:
    await write(kafka_bootstrap, prefix, documents("c-1", "c-2"))
    await write(kafka_bootstrap, prefix, [*documents("c-1", readings=3), (PROGRESS_KEY, b'{"next_offset":3}')])
    await write(kafka_bootstrap, prefix, documents("c-9"), FOREIGN)
    sampler = snapshotter(kafka_bootstrap, prefix, database)
    assert await sampler.take() == 2
    assert await sampler.take() == 2
    assert sorted(kept(database)) == [("c-1", 2), ("c-2", 0)]


async def test_what_was_written_before_the_window_is_not_read(
    kafka_bootstrap: str, prefix: str, database: StoreSettings
) -> None:
    await write(kafka_bootstrap, prefix, documents("c-1"))
    assert await snapshotter(kafka_bootstrap, prefix, database, seconds_ago=-3600).take() == 0


async def test_an_empty_topic_gives_nothing(kafka_bootstrap: str, prefix: str, database: StoreSettings) -> None:
    assert await snapshotter(kafka_bootstrap, prefix, database).take() == 0


async def test_a_store_that_is_away_is_said(kafka_bootstrap: str, prefix: str) -> None:
    await write(kafka_bootstrap, prefix, documents("c-1"))
    with pytest.raises(StoreAwayError):
        await snapshotter(kafka_bootstrap, prefix, StoreSettings(host="127.0.0.1", port=9)).take()
