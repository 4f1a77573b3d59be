"""What Kafka has acknowledged is in its log once and in order, however often the node is killed."""

import asyncio
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.kafka.probe import wait_for_kafka
from deploy.supervisor.ports import free_port
from deploy.supervisor.process import ChildProcess, ProcessSpec
from deploy.topic_plan import TopicAdmin, TopicPlan
from schemas.topics import Topic
from tests.fixtures.kafka import JARS_DIR, START_S, STOP_S

pytestmark = [pytest.mark.engine, pytest.mark.slow]

KILLED = Topic("killed", "what is written while Kafka is killed", "delete", partitioned=False)
DELIVERY_MS = 120_000
BATCH = 50


@pytest.fixture
def node(tmp_path: Path) -> Iterator[tuple[ChildProcess, str]]:
    port = free_port()
    environment = {
        "CAMPANILE_DATA_DIR": str(tmp_path),
        "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
        "CAMPANILE_EMBEDDED__KAFKA_PORT": str(port),
    }
    child = ChildProcess(ProcessSpec("kafka", ("kafka",), environment), tmp_path / "kafka.jsonl", 1.0)
    _start(child, f"127.0.0.1:{port}")
    yield child, f"127.0.0.1:{port}"
    child.stop(STOP_S)


async def test_killed_kafka_keeps_every_acknowledged_record_once_and_in_order(
    node: tuple[ChildProcess, str], faults: int
) -> None:
    child, bootstrap = node
    dice = random.Random(20_261_124)
    admin = TopicAdmin(bootstrap, prefix="", partitions=1, replication_factor=1)
    admin.apply(TopicPlan(create=(KILLED,)))
    admin.close()
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, request_timeout_ms=DELIVERY_MS, retry_backoff_ms=200
    )
    await producer.start()
    acknowledged = 0
    for _ in range(faults):
        fatal = dice.randrange(BATCH)
        sent = []
        for number in range(BATCH):
            sent.append(await producer.send(KILLED.name, b"%d" % (acknowledged + number), partition=0))
            if number == fatal:
                await asyncio.sleep(dice.random() / 100)  # somewhere between "still here" and "acknowledged"
                child.signal(signal.SIGKILL)
                child.wait(STOP_S)
                _start(child, bootstrap)
        await asyncio.gather(*sent)
        acknowledged += BATCH
    await producer.stop()

    assert await _read(bootstrap) == [b"%d" % number for number in range(acknowledged)]


def _start(child: ChildProcess, bootstrap: str) -> None:
    child.start()
    assert wait_for_kafka(bootstrap, timeout_s=START_S, is_hopeless=lambda: not child.is_running()), child.last_words()


async def _read(bootstrap: str) -> list[bytes]:
    place = TopicPartition(KILLED.name, 0)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as consumer:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        values: list[bytes] = []
        while await consumer.position(place) < end:
            values += [record.value for record in (await consumer.getmany(timeout_ms=1000)).get(place, ())]
    return values
