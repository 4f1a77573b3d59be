"""The county against the real gateway and the real Kafka: all of it arrives, in order, and nothing is refused."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.demo.delivery import Delivery
from deploy.demo.facts import registry_facts, source_token
from deploy.demo.planning import plan_county
from deploy.demo.school_day import SchoolDay
from deploy.demo.scripting import write_script
from deploy.demo.sender import Sender
from deploy.demo.simulation import simulate
from deploy.registry_writer import write_facts
from deploy.supervisor.health import is_ready
from deploy.supervisor.ports import free_port
from deploy.supervisor.process import ChildProcess, ProcessSpec
from schemas.clock import ManualClock, WallClock
from schemas.frame import decode_frame, is_frame
from schemas.topics import DEADLETTER, EVENTS
from tests.fixtures.kafka import PARTITIONS
from tests.fixtures.processes import wait_until

pytestmark = [pytest.mark.engine]

COUNTY = plan_county(campuses=8, consortia=2)
DAY = SchoolDay(1_795_449_600_000)
UNTIL_MS = DAY.at(7, 0)


@pytest.fixture
def gateway(kafka_bootstrap: str, prefix: str, tmp_path: Path) -> Iterator[str]:
    """Base address of a gateway whose clock has just come to the end of the simulated span."""
    write_facts(kafka_bootstrap, prefix, registry_facts(COUNTY))
    port, ops_port = free_port(), free_port()
    environment = {
        "CAMPANILE_DATA_DIR": str(tmp_path),
        "CAMPANILE_KAFKA__BOOTSTRAP": kafka_bootstrap,
        "CAMPANILE_PREFIX": prefix,
        "CAMPANILE_PARTITIONS": str(PARTITIONS),
        "CAMPANILE_GATEWAY__PORT": str(port),
        "CAMPANILE_OPS__PORT": str(ops_port),
        "CAMPANILE_CLOCK__ORIGIN_MS": str(UNTIL_MS),
        "CAMPANILE_CLOCK__WALL_ORIGIN_MS": str(WallClock().now_ms()),
    }
    spec = ProcessSpec("gateway", ("gateway",), environment, f"http://127.0.0.1:{ops_port}")
    child = ChildProcess(spec, tmp_path / "gateway.jsonl", backoff_max_s=1.0)
    child.start()
    try:
        wait_until(lambda: is_ready(spec, kafka_bootstrap), timeout_s=60, what="the gateway is ready")
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stop(15.0)


async def test_everything_that_the_county_sends_is_in_the_log_once_besides_its_copies_and_in_order(
    gateway: str, kafka_bootstrap: str, prefix: str
) -> None:
    emissions = list(simulate(COUNTY, DAY, write_script(COUNTY, DAY), DAY.opens_ms, UNTIL_MS))
    async with aiohttp.ClientSession() as session:
        sender = Sender(
            Delivery(session, gateway),
            lambda campus_id: source_token(COUNTY.seed, campus_id).text,
            ManualClock(UNTIL_MS),
        )
        await sender.run(iter(emissions))
    assert sender.progress.sent == len(emissions)
    assert sender.progress.rejected == 0
    assert sender.progress.accepted + sender.progress.duplicates == len(emissions)

    sequences: dict[str, list[int]] = defaultdict(list)
    for value in _values(kafka_bootstrap, prefix + EVENTS.name):
        for event in decode_frame(value) if is_frame(value) else ():
            sequences[event.source].append(event.sequence)
    assert sum(len(set(numbers)) for numbers in sequences.values()) == len({item.raw for item in emissions})
    for numbers in sequences.values():
        firsts = list(dict.fromkeys(numbers))
        assert firsts == list(range(1, len(firsts) + 1))
    assert _values(kafka_bootstrap, prefix + DEADLETTER.name) == []


def _values(bootstrap: str, topic: str) -> list[bytes]:
    """Every record's value of a topic, partition by partition."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest")
    try:
        places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        found: list[bytes] = []
        while any(consumer.position(place) < end for place, end in ends.items()):
            for records in consumer.poll(timeout_ms=500).values():
                found += [record.value for record in records]
        return found
    finally:
        consumer.close()
