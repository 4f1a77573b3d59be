"""The gateway is killed under load; what it acknowledged is in the log, and it comes back."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.gateway_load import Senders
from tests.ingest.running_gateway import LogReader, RunningGateway, credential, put_facts, until

pytestmark = [pytest.mark.engine, pytest.mark.slow]
SENDERS = 6


def has_acknowledged(senders: Senders, more: int) -> None:
    """Wait until so many more events were acknowledged."""
    goal = len(senders.acknowledged) + more
    until(lambda: len(senders.acknowledged) >= goal, 60)


async def test_every_acknowledged_event_survives_the_kill_of_the_gateway(
    kafka_bootstrap: str, prefix: str, tmp_path: Path, faults: int
) -> None:
    put_facts(kafka_bootstrap, prefix, credential())
    draw = random.Random(11)

    with RunningGateway(kafka_bootstrap, prefix, tmp_path, {}) as gateway:
        senders = Senders(gateway.port)

        def kill_again_and_again(load: Senders) -> None:
            for _ in range(faults):
                has_acknowledged(load, draw.randrange(200, 1500))
                time.sleep(draw.random() * 0.02)  # not a wait: the kill shall hit any point between two answers
                gateway.kill()
                gateway.start()
            has_acknowledged(load, 500)

        await senders.run(SENDERS, kill_again_and_again)

    logged = {event.id for event in LogReader(kafka_bootstrap, prefix).events()}
    assert senders.acknowledged - logged == set()
    assert set(senders.statuses) <= {0, 202, 503}
    assert senders.statuses.count(0) >= faults


async def test_a_stop_under_load_finishes_what_was_begun_and_loses_nothing(
    kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    put_facts(kafka_bootstrap, prefix, credential())

    with RunningGateway(kafka_bootstrap, prefix, tmp_path, {}) as gateway:
        senders = Senders(gateway.port)

        def stop(load: Senders) -> None:
            has_acknowledged(load, 1000)
            gateway.signal(signal.SIGTERM)
            assert gateway.running.wait(10) == 0

        await senders.run(SENDERS, stop)

    logged = {event.id for event in LogReader(kafka_bootstrap, prefix).events()}
    assert senders.acknowledged - logged == set()
    assert set(senders.statuses) <= {0, 202, 503}
