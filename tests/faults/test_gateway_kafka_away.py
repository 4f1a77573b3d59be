"""Kafka freezes, dies and comes back behind a gateway under load: 503 meanwhile, nothing acknowledged is lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.kafka.probe import wait_for_kafka
from deploy.supervisor.ports import free_port
from deploy.supervisor.process import ChildProcess, ProcessSpec
from deploy.topic_plan import TopicAdmin
from tests.faults.gateway_load import Senders
from tests.fixtures.kafka import JARS_DIR, PARTITIONS
from tests.ingest.ingest_samples import event
from tests.ingest.running_gateway import LogReader, RunningGateway, credential, put_facts, until

pytestmark = [pytest.mark.engine, pytest.mark.slow]
PREFIX = "away-"
IMPATIENT = {
    "CAMPANILE_GATEWAY__ACK_TIMEOUT_S": "2",
    "CAMPANILE_GATEWAY__DELIVERY_TIMEOUT_S": "3",
    "CAMPANILE_GATEWAY__MAX_HELD_BYTES": str(16 << 20),
}
MEMORY_GROWTH_BYTES = 64 << 20
STOP_S = 60.0


class MortalKafka:
    """A Kafka of the test's own, which may be frozen and killed."""

    def __init__(self, directory: Path) -> None:
        self.bootstrap = f"127.0.0.1:{free_port()}"
        environment = {
            "CAMPANILE_DATA_DIR": str(directory),
            "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
            "CAMPANILE_EMBEDDED__KAFKA_PORT": self.bootstrap.rpartition(":")[2],
        }
        self.child = ChildProcess(ProcessSpec("kafka", ("kafka",), environment), directory / "kafka.jsonl", 1.0)

    def start(self) -> None:
        self.child.start()
        assert wait_for_kafka(self.bootstrap, timeout_s=120, is_hopeless=lambda: not self.child.is_running())

    def signal(self, number: signal.Signals) -> None:
        assert self.child.pid is not None
        os.kill(self.child.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        until(lambda: not self.child.is_running())


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalKafka]:
    kafka = MortalKafka(tmp_path_factory.mktemp("mortal"))
    kafka.start()
    admin = TopicAdmin(kafka.bootstrap, prefix=PREFIX, partitions=PARTITIONS, replication_factor=1)
    admin.apply(admin.plan())
    admin.close()
    put_facts(kafka.bootstrap, PREFIX, credential())
    yield kafka
    if kafka.child.is_running():
        kafka.signal(signal.SIGCONT)
    kafka.child.stop(15)


def test_a_frozen_and_a_dead_kafka_are_answered_503_and_nothing_acknowledged_is_lost(
    kafka: MortalKafka, tmp_path: Path
) -> None:
    with RunningGateway(kafka.bootstrap, PREFIX, tmp_path, IMPATIENT) as gateway:

        def refuses() -> bool:
            answer = gateway.post([event(id="probe")])
            return answer.status == 503 and int(answer.headers["retry-after"]) >= 1

        senders = Senders(gateway.port)
        with senders.at_work():
            senders.acknowledge(500)
            before = gateway.memory_bytes()
            kafka.signal(signal.SIGSTOP)
            until(refuses)
            many_answers = len(senders.statuses) + 200
            until(lambda: len(senders.statuses) >= many_answers)
            assert gateway.memory_bytes() - before < MEMORY_GROWTH_BYTES
            kafka.signal(signal.SIGCONT)
            senders.acknowledge(500)
            kafka.kill()
            until(lambda: refuses() and not gateway.is_ready())
            kafka.start()
            senders.acknowledge(500)
            until(gateway.is_ready)

    logged = {found.id for found in LogReader(kafka.bootstrap, PREFIX).events()}
    assert senders.acknowledged - logged == set()
    assert set(senders.statuses) <= {202, 503}
    assert "" not in senders.retry_afters


def test_a_stop_while_kafka_is_frozen_is_clean_and_acknowledges_nothing(kafka: MortalKafka, tmp_path: Path) -> None:
    with RunningGateway(kafka.bootstrap, PREFIX, tmp_path, {}) as gateway:
        senders = Senders(gateway.port)
        with senders.at_work():
            senders.acknowledge(200)
            kafka.signal(signal.SIGSTOP)
            gateway.signal(signal.SIGTERM)
            assert gateway.running.wait(STOP_S) == 0
            kafka.signal(signal.SIGCONT)

    logged = {found.id for found in LogReader(kafka.bootstrap, PREFIX).events()}
    assert senders.acknowledged - logged == set()
    assert set(senders.statuses) <= {0, 202, 503}


def test_a_gateway_that_starts_before_kafka_says_503_until_kafka_is_there(tmp_path: Path) -> None:
    kafka = MortalKafka(tmp_path)
    gateway = RunningGateway(kafka.bootstrap, PREFIX, tmp_path, IMPATIENT)
    gateway.launch()
    try:
        until(lambda: gateway.listens() and gateway.ops("/livez")[0] == 200)
        assert gateway.ops("/readyz")[0] == 503
        answer = gateway.post([event()])
        assert (answer.status, answer.json["code"]) == (503, "CAMP-150")

        kafka.start()
        admin = TopicAdmin(kafka.bootstrap, prefix=PREFIX, partitions=PARTITIONS, replication_factor=1)
        admin.apply(admin.plan())
        admin.close()
        put_facts(kafka.bootstrap, PREFIX, credential())

        until(gateway.is_ready)
        until(lambda: gateway.post([event()]).status == 202)
    finally:
        gateway.kill()
        kafka.child.stop(15)
