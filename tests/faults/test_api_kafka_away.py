"""Kafka is killed under the API and comes back: readers stay connected and hear what was written after that."""

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest

from deploy.kafka.probe import wait_for_kafka
from deploy.supervisor.ports import free_port
from deploy.supervisor.process import ChildProcess, ProcessSpec
from deploy.topic_plan import TopicAdmin
from tests.api.support.log import ApiProcess, writing
from tests.api.support.serving import PARTITIONS, Client
from tests.api.support.sse import until
from tests.api.support.world import CANTEEN, N1, bearer, campus_record, facts
from tests.fixtures.kafka import JARS_DIR

pytestmark = [pytest.mark.engine, pytest.mark.slow]
SUPERVISOR = bearer("supervisor")
PREFIX = "away-"


class OwnKafka:
    """A Kafka of the test's own, which it may kill."""

    def __init__(self, directory: Path) -> None:
        port = free_port()
        environment = {
            "CAMPANILE_DATA_DIR": str(directory),
            "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
            "CAMPANILE_EMBEDDED__KAFKA_PORT": str(port),
        }
        self.bootstrap = f"127.0.0.1:{port}"
        self.child = ChildProcess(
            ProcessSpec("kafka", ("kafka",), environment), directory / "kafka.jsonl", backoff_max_s=1.0
        )

    def start(self) -> None:
        self.child.start()
        assert wait_for_kafka(self.bootstrap, timeout_s=120, is_hopeless=lambda: not self.child.is_running()), (
            self.child.last_words()
        )


async def test_api_survives_a_killed_kafka_and_goes_on_where_it_stood(tmp_path: Path) -> None:
    kafka = OwnKafka(tmp_path)
    await asyncio.to_thread(kafka.start)
    try:
        admin = TopicAdmin(kafka.bootstrap, prefix=PREFIX, partitions=PARTITIONS, replication_factor=1)
        admin.apply(admin.plan())
        admin.close()
        await _through_an_outage(kafka, tmp_path)
    finally:
        kafka.child.stop(60)


async def _through_an_outage(kafka: OwnKafka, directory: Path) -> None:
    async with writing(kafka.bootstrap, PREFIX) as log:
        for fact in facts():
            await log.fact(fact)
        await log.state(campus_record(N1, CANTEEN, 1))
    api = ApiProcess(kafka.bootstrap, PREFIX, directory, {})
    api.start()
    try:
        async with aiohttp.ClientSession() as http:
            await api.ready(http)
            async with Client(http, api.base).stream(SUPERVISOR) as reader:
                first = await until(reader, "live")
                kafka.child.signal(signal.SIGKILL)
                assert kafka.child.wait(60)
                async with http.get(f"{api.base}/v1/consortia", headers=SUPERVISOR) as response:
                    assert response.status == 200
                await asyncio.to_thread(kafka.start)
                async with writing(kafka.bootstrap, PREFIX) as log:
                    await log.state(campus_record(N1, CANTEEN, 2))
                second = await until(reader, "campus", within_s=120)
        assert [event.data["counts"]["n"] for event in (*first[1:-1], *second)] == [1, 2]
        assert await asyncio.to_thread(api.terminate) == 0, api.words()
    finally:
        api.kill()
