"""The archive against a real Kafka and a real store."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from schemas.frame import decode_frame, join_frame
from schemas.metrics import NullMeter
from schemas.topics import EVENTS
from streams.archive.archiver import Archiver
from streams.archive.block import Block, LogRecord
from streams.archive.faults import LogShorterError
from streams.archive.ranges import RangeState
from streams.archive.reading import archive_reader, archived_ranges, read_events
from streams.archive.settings import ArchiveSettings, StoreSettings
from streams.archive.store_client import rows
from streams.archive.writing import ArchiveWriter
from tests.fixtures.archive_load import FrameMaker, check_archive, fill_log, is_archived, read_log

pytestmark = pytest.mark.engine

FAST = ArchiveSettings(block_ms=100)
LIMIT_S = 60.0


@asynccontextmanager
async def archiving(bootstrap: str, prefix: str, store: StoreSettings) -> AsyncIterator[Archiver]:
    writer = ArchiveWriter(store, "test", NullMeter())
    archiver = Archiver(bootstrap, prefix, FAST, writer, NullMeter())
    running = asyncio.create_task(archiver.run())
    try:
        yield archiver
    finally:
        archiver.stop()
        await running
        writer.close()


async def until_archived(store: StoreSettings, log: dict[int, list[LogRecord]]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not await asyncio.to_thread(is_archived, store, log):
        assert time.monotonic() < deadline, "the archive does not catch up"
        await asyncio.sleep(0.1)


async def test_the_store_holds_what_the_log_holds_and_every_root_agrees(
    kafka_bootstrap: str, prefix: str, database: StoreSettings
) -> None:
    maker = FrameMaker()
    await fill_log(kafka_bootstrap, prefix, [maker.value() for _ in range(400)])
    async with archiving(kafka_bootstrap, prefix, database) as archiver:
        await until_archived(database, await read_log(kafka_bootstrap, prefix))
        assert archiver.has_claimed_all()
        await fill_log(kafka_bootstrap, prefix, [maker.value() for _ in range(100)])
        log = await read_log(kafka_bootstrap, prefix)
        await until_archived(database, log)
    check_archive(database, log)


async def test_two_archives_share_the_partitions_and_one_goes_on_alone(
    kafka_bootstrap: str, prefix: str, database: StoreSettings
) -> None:
    maker = FrameMaker(2)
    async with archiving(kafka_bootstrap, prefix, database):
        async with archiving(kafka_bootstrap, prefix, database):
            await fill_log(kafka_bootstrap, prefix, [maker.value() for _ in range(200)])
            await until_archived(database, await read_log(kafka_bootstrap, prefix))
        await fill_log(kafka_bootstrap, prefix, [maker.value() for _ in range(100)])
        log = await read_log(kafka_bootstrap, prefix)
        await until_archived(database, log)
    check_archive(database, log)


async def test_columns_say_what_the_events_say(kafka_bootstrap: str, prefix: str, database: StoreSettings) -> None:
    frame = FrameMaker(3).frame(50)
    await fill_log(kafka_bootstrap, prefix, [frame])
    async with archiving(kafka_bootstrap, prefix, database):
        await until_archived(database, await read_log(kafka_bootstrap, prefix))
    with archive_reader(database) as client:
        stored = rows(
            client,
            "SELECT event_id, source, type, subject, campus_id, toUnixTimestamp64Milli(occurred_at), "
            "toUnixTimestamp64Milli(received_at), data, sequence, boot_id, system FROM events ORDER BY frame_index",
        )
    for row, event in zip(stored, decode_frame(frame), strict=True):
        event_id, source, type_name, subject, campus_id, occurred_ms, received_ms, data, sequence, boot_id, system = row
        assert (event_id.decode(), source.decode(), type_name.decode()) == (event.id, event.source, event.type)
        assert (subject.decode(), campus_id.decode()) == (event.subject, event.campusid)
        assert (occurred_ms, received_ms) == (event.occurredms, event.receivedms)
        assert msgspec.json.decode(data) == event.data
        assert (sequence, boot_id, system.decode()) == (event.sequence, event.bootid, event.type.partition(".")[0])


async def test_an_event_that_was_sent_again_is_one_row_and_its_first_position_wins(
    kafka_bootstrap: str, prefix: str, database: StoreSettings
) -> None:
    maker = FrameMaker(4)
    twice = maker.event(campusid="c-421122-001")
    for frame in (join_frame([maker.event(), twice]), join_frame([twice]), join_frame([twice, twice])):
        await fill_log(kafka_bootstrap, prefix, [frame], seed=7)
    async with archiving(kafka_bootstrap, prefix, database):
        log = await read_log(kafka_bootstrap, prefix)
        await until_archived(database, log)
    first = next(record for records in log.values() for record in records if twice in record.value)
    with archive_reader(database) as client:
        assert rows(client, "SELECT count() FROM events") == [(5,)]
        found = rows(client, "SELECT offset, frame_index FROM events FINAL WHERE campus_id = 'c-421122-001'")
    assert (first.offset, 1) in found
    assert len(found) <= 2  # the maker's other event may be of the same campus


async def test_events_are_read_back_in_the_order_of_the_log(
    kafka_bootstrap: str, prefix: str, database: StoreSettings
) -> None:
    maker = FrameMaker(5)
    await fill_log(kafka_bootstrap, prefix, [maker.frame() for _ in range(50)])
    async with archiving(kafka_bootstrap, prefix, database):
        log = await read_log(kafka_bootstrap, prefix)
        await until_archived(database, log)
    with archive_reader(database) as client:
        for number, records in log.items():
            expected = [(record.offset, event) for record in records for event in decode_frame(record.value)]
            assert list(read_events(client, number)) == expected


async def test_records_that_the_log_dropped_first_are_noted_and_the_rest_is_archived(
    kafka_bootstrap: str, prefix: str, database: StoreSettings
) -> None:
    maker = FrameMaker(6)
    await fill_log(kafka_bootstrap, prefix, [maker.value() for _ in range(60)])
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.delete_records({TopicPartition(prefix + EVENTS.name, 0): RecordsToDelete(before_offset=5)})
    await admin.close()
    log = await read_log(kafka_bootstrap, prefix)
    async with archiving(kafka_bootstrap, prefix, database):
        await until_archived(database, log)
    check_archive(database, log)
    with archive_reader(database) as client:
        first = archived_ranges(client, 0)[0]
    assert (first.first_offset, first.last_offset, first.state) == (0, 4, RangeState.LOST)


async def test_a_log_that_is_shorter_than_its_archive_ends_the_process(
    kafka_bootstrap: str, prefix: str, database: StoreSettings
) -> None:
    await fill_log(kafka_bootstrap, prefix, [FrameMaker(7).frame()])
    writer = ArchiveWriter(database, "test", NullMeter())
    writer.claim(2)
    writer.write([Block(prefix + EVENTS.name, 2, 0, 99, (LogRecord(99, 1, b"[]"),))])
    with pytest.raises(LogShorterError, match="100"):
        await Archiver(kafka_bootstrap, prefix, FAST, writer, NullMeter()).run()
    writer.close()
