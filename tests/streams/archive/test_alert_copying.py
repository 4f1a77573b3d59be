"""Alert transitions from their topic into the store: every one, each once, however often the copier starts."""

import asyncio

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from schemas.alerts import AlertState
from schemas.topics import ALERTS
from streams.archive.alerts import AlertCopier
from streams.archive.settings import StoreSettings
from streams.archive.store_client import rows, session
from tests.api.support.world import N1, AlertMaker

pytestmark = pytest.mark.engine
COUNT = "SELECT count(), uniqExact(alert_id) FROM alerts FINAL"


async def counted(store: StoreSettings, *, until: int) -> tuple[int, int]:
    async with asyncio.timeout(60):
        while True:
            with session(store) as client:
                ((found, alerts),) = rows(client, COUNT)
            if found >= until:
                return found, alerts
            await asyncio.sleep(0.1)


async def test_every_transition_is_copied_once_across_restarts(
    kafka_bootstrap: str, prefix: str, database: StoreSettings
) -> None:
    maker = AlertMaker(N1)
    records = [maker.record(number) for number in range(20)]
    records += [maker.record(number, AlertState.CLEARED) for number in range(10)]
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:
        for half, until in ((records[:15], 15), (records[15:], 30)):
            for key, value in [*half, (b"junk", b"{}")]:
                await producer.send_and_wait(prefix + ALERTS.name, value, key=key)
            copying = asyncio.create_task(AlertCopier(kafka_bootstrap, prefix, database).run())
            await counted(database, until=until)
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)
    copying = asyncio.create_task(AlertCopier(kafka_bootstrap, prefix, database).run())
    assert await counted(database, until=30) == (30, 20)
    copying.cancel()
    await asyncio.gather(copying, return_exceptions=True)
    with session(database) as client:
        stored = rows(client, "SELECT alert_id, state, detail FROM alerts FINAL")
    assert {(name, state) for name, state, _ in stored} == {
        (str(alert.alert_id), alert.state.value) for alert in maker.made
    }
    assert {msgspec.json.decode(detail)["temperature_c"] for _, _, detail in stored} == {-3.5}
