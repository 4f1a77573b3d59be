"""The gateway is killed under load; what it acknowledged is in the log, and it comes back."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.gateway_load import Senders
from tests.ingest.running_gateway import LogReader, RunningGateway, credential, put_facts

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def test_every_acknowledged_event_survives_the_kill_of_the_gateway(
    kafka_bootstrap: str, prefix: str, tmp_path: Path, faults: int
) -> None:
    put_facts(kafka_bootstrap, prefix, credential())
    draw = random.Random(11)

    with RunningGateway(kafka_bootstrap, prefix, tmp_path, {}) as gateway:
        senders = Senders(gateway.port)
        with senders.at_work():
            for _ in range(faults):
                senders.acknowledge(draw.randrange(200, 1500))
                time.sleep(draw.random() * 0.02)  # not a wait: the kill shall hit any point between two answers
                gateway.kill()
                gateway.start()
            senders.acknowledge(500)

    logged = {event.id for event in LogReader(kafka_bootstrap, prefix).events()}
    assert senders.acknowledged - logged == set()
    assert set(senders.statuses) <= {0, 202, 503}
    assert senders.statuses.count(0) >= faults


def test_a_stop_under_load_finishes_what_was_begun_and_loses_nothing(
    kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    put_facts(kafka_bootstrap, prefix, credential())

    with RunningGateway(kafka_bootstrap, prefix, tmp_path, {}) as gateway:
        senders = Senders(gateway.port)
        with senders.at_work():
            senders.acknowledge(1000)
            gateway.signal(signal.SIGTERM)
            assert gateway.running.wait(60) == 0

    logged = {event.id for event in LogReader(kafka_bootstrap, prefix).events()}
    assert senders.acknowledged - logged == set()
    assert set(senders.statuses) <= {0, 202, 503}
