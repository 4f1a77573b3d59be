"""The API over the real log: catching up, committed records only, restart, reconnection."""

import asyncio
import time
from contextlib import closing

import pytest

from api.live.follower import Follower
from deploy.http_server import listening_socket
from deploy.topic_plan import TopicAdmin
from schemas.alerts import AlertState
from schemas.clock import DAY_MS, ManualClock
from schemas.errors import ConfigurationError
from schemas.partitioning import partition_of
from schemas.topics import STATE
from tests.api.support.log import Log, following, writing
from tests.api.support.serving import PARTITIONS, Rig
from tests.api.support.sse import EventReader, until
from tests.api.support.tally import Tally
from tests.api.support.waiting import eventually
from tests.api.support.world import (
    BUS,
    CANTEEN,
    N1,
    N2,
    N3,
    NORTH,
    AlertMaker,
    bearer,
    campus_record,
    campus_status,
    rollup_record,
    stored,
)

pytestmark = pytest.mark.engine
SUPERVISOR = bearer("supervisor")


async def test_ready_means_that_the_end_seen_at_the_start_was_reached(kafka_bootstrap: str, prefix: str) -> None:
    async with writing(kafka_bootstrap, prefix) as log:
        for n in range(200):
            await log.state(campus_record(N1, CANTEEN, n))
        await log.rollup(rollup_record(NORTH, CANTEEN, 5))
        await log.append(STATE, b"@next", b'{"next_offset":1,"emit":[]}')
    rig = Rig()
    async with following(rig, kafka_bootstrap, prefix):
        document = rig.view.document(N1, CANTEEN)
        assert document is not None
        assert document.head.counts == {"n": 199}
        assert rig.view.document_counts == {"campus.state": 1, "consortium.state": 1, "campus.alerts": 0}


async def test_aborted_transactions_are_never_seen_and_do_not_hinder(kafka_bootstrap: str, prefix: str) -> None:
    rig = Rig()
    async with writing(kafka_bootstrap, prefix, transactional_id=f"{prefix}writer") as log:
        async with log.producer.transaction():
            await log.state(campus_record(N1, CANTEEN, 1))
        await log.producer.begin_transaction()
        await log.state(campus_record(N1, CANTEEN, 666))
        await log.producer.abort_transaction()
        async with following(rig, kafka_bootstrap, prefix) as client, client.stream(SUPERVISOR) as reader:
            first = await until(reader, "live")
            async with log.producer.transaction():
                await log.state(campus_record(N1, CANTEEN, 2))
            second = await until(reader, "campus")
    assert [event.data["counts"]["n"] for event in (*first[1:-1], *second)] == [1, 2]


async def test_api_started_anew_resumes_without_loss_or_repeat(kafka_bootstrap: str, prefix: str) -> None:
    maker = AlertMaker(N2)
    async with writing(kafka_bootstrap, prefix) as log:
        await log.state(campus_record(N1, CANTEEN, 1))
        await log.alert(maker.record(1))
        async with following(Rig(), kafka_bootstrap, prefix) as client, client.stream(SUPERVISOR) as reader:
            await until(reader, "live")
        await log.state(campus_record(N2, BUS, 2))
        await log.state(campus_record(N2, BUS, 3))
        await log.alert(maker.record(1, AlertState.CLEARED))
        await log.alert(maker.record(2))
        async with following(Rig(), kafka_bootstrap, prefix) as client:
            async with client.stream(SUPERVISOR, last_id=reader.last_id) as again:
                events = await until(again, "live")
            async with client.stream(SUPERVISOR, last_id=again.last_id) as idle:
                nothing = await until(idle, "live")
    assert [event.data["counts"]["n"] for event in events if event.name == "campus"] == [3]
    told = {(event.data["subject"], event.data["state"]) for event in events if event.name == "alert"}
    assert told == {("sensor-1", "cleared"), ("sensor-2", "open")}
    assert len(events) == 4
    assert [event.name for event in nothing] == ["live"]


async def test_transitions_that_the_log_may_have_compacted_are_not_trusted(kafka_bootstrap: str, prefix: str) -> None:
    maker = AlertMaker(N2)
    async with writing(kafka_bootstrap, prefix) as log:
        async with following(Rig(), kafka_bootstrap, prefix) as client, client.stream(SUPERVISOR) as reader:
            await until(reader, "live")
        await log.alert(maker.record(1))
        two_days_on = ManualClock(time.time_ns() // 1_000_000 + 2 * DAY_MS)
        async with (
            following(Rig(), kafka_bootstrap, prefix, two_days_on) as client,
            client.stream(SUPERVISOR, last_id=reader.last_id) as again,
        ):
            events = await until(again, "live")
    assert [event.name for event in events] == ["resync", "snapshot", "alert", "live"]
    assert events[0].data == {"reason": "too_old"}


async def test_record_that_is_no_document_is_skipped_and_its_neighbours_count(
    kafka_bootstrap: str, prefix: str
) -> None:
    async with writing(kafka_bootstrap, prefix) as log:
        await log.state((b"n-1/canteen", b"{not json"))
        await log.alert((b"x", b'{"alert_id":"x"}'))
        await log.producer.send_and_wait(prefix + STATE.name, b"{}", b"\xff\xfe", 0)
        misplaced = next(place for place in range(PARTITIONS) if place != _home(N1))
        key, value = campus_record(N1, BUS, 5)
        await log.producer.send_and_wait(prefix + STATE.name, value, key, misplaced)
        await log.state((b"n-2/canteen", stored(campus_status(N2, CANTEEN))))
        rig = Rig()
        async with following(rig, kafka_bootstrap, prefix):
            assert rig.view.document_counts["campus.state"] == 1
            assert rig.view.document(N2, CANTEEN) is not None


def _home(campus_id: str) -> int:
    return partition_of(campus_id, PARTITIONS)


async def test_reader_that_keeps_hanging_up_hears_everything_once(kafka_bootstrap: str, prefix: str) -> None:
    async with writing(kafka_bootstrap, prefix) as log, following(Rig(), kafka_bootstrap, prefix) as client:
        async with client.stream(SUPERVISOR) as reader:
            await until(reader, "live")
        tally = Tally(reader.last_id)
        work = asyncio.create_task(_morning(log))
        async with asyncio.timeout(60):
            while sorted(tally.newest.values()) != [294, 295, 296, 297, 298, 299] or len(tally.alerts) < 30:
                async with client.stream(SUPERVISOR, last_id=tally.last_id) as again:
                    await _hear(again, tally, at_most=7)
        await work
        async with client.stream(SUPERVISOR, last_id=tally.last_id) as again:
            assert [event.name for event in await until(again, "live")] == ["live"]
    assert sorted(tally.alerts) == sorted(f"sensor-{n}" for n in range(0, 300, 10))


async def _morning(log: Log) -> None:
    maker = AlertMaker(N3)
    for n in range(300):
        await log.state(campus_record((N1, N2, N3)[n % 3], (CANTEEN, BUS)[n % 2], n))
        if n % 10 == 0:
            await log.alert(maker.record(n))


async def _hear(reader: EventReader, tally: Tally, *, at_most: int) -> None:
    """Take a few events and hang up; nothing may come that was told before."""
    heard = 0
    async with asyncio.timeout(60):
        async for event in reader.events():
            heard += tally.take(event)
            if heard >= at_most or len(tally.alerts) >= 30:
                return


async def test_topics_of_another_shape_end_the_reader_with_words(kafka_bootstrap: str, prefix: str) -> None:
    follower = Follower(kafka_bootstrap, Rig().hub, prefix=prefix, partitions=PARTITIONS + 1, log_clock=ManualClock())
    async with asyncio.timeout(60):
        with pytest.raises(ConfigurationError, match="partitions"):
            await follower.run()


async def test_reader_waits_for_a_kafka_that_is_away() -> None:
    with closing(listening_socket("127.0.0.1", 0)) as nobody:
        bootstrap = f"127.0.0.1:{nobody.getsockname()[1]}"
        follower = Follower(bootstrap, Rig().hub, prefix="", partitions=PARTITIONS, log_clock=ManualClock())
        task = asyncio.create_task(follower.run())
        with pytest.raises(TimeoutError):
            await eventually(task.done, within_s=1.5)
        assert not follower.is_caught_up()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_reader_waits_for_topics_that_are_not_there_yet(kafka_bootstrap: str, prefix: str) -> None:
    late = f"{prefix}late-"
    rig = Rig()
    follower = Follower(kafka_bootstrap, rig.hub, prefix=late, partitions=PARTITIONS, log_clock=ManualClock())
    task = asyncio.create_task(follower.run())
    admin = TopicAdmin(kafka_bootstrap, prefix=late, partitions=PARTITIONS, replication_factor=1)
    try:
        assert not follower.is_caught_up()
        admin.apply(admin.plan())
        await eventually(follower.is_caught_up)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        admin.delete_all()
        admin.close()
