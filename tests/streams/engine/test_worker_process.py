"""A worker as a process: ready, folding, letting time pass, measured, and gone when told."""

import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import pytest

from deploy.supervisor.health import ask
from deploy.supervisor.ports import free_port
from deploy.topic_plan import TopicAdmin
from schemas.alerts import Alert
from schemas.frame import is_frame
from schemas.partitioning import partition_of
from schemas.topics import ALERTS, EVENTS, INPUT, ROLLUP
from streams.engine.stage import Wire
from tests.faults.streams_fleet import Fleet, compare_with_truth, consortia_of, found_organisation, until
from tests.streams.core.tally_system import frame, reading
from tests.streams.engine.log_bench import PARTITIONS, append, committed, documents

pytestmark = pytest.mark.engine
CAMPUS = "c-421122-003"
PLACE = partition_of(CAMPUS, PARTITIONS)


@pytest.fixture
def fleet(kafka_bootstrap: str, prefix: str, tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(Wire(kafka_bootstrap, prefix, PARTITIONS), tmp_path)
    yield fleet
    fleet.clear()


def metric(base: str, name: str) -> str:
    with closing(urllib.request.urlopen(f"{base}/metrics", timeout=60)) as page:  # noqa: S310 — our own http address
        lines = page.read().decode().splitlines()
    return next((line.rsplit(" ", 1)[1] for line in lines if line.startswith(name)), "")


async def test_an_outage_that_nobody_mentions_again_becomes_an_alert_of_campus_and_consortium(fleet: Fleet) -> None:
    """The product's clock runs sixty times as fast: the minute after which an outage counts takes a second."""
    wire, base = fleet.wire, f"http://127.0.0.1:{(port := free_port())}"
    await found_organisation(wire)
    now_ms = time.time_ns() // 1_000_000
    instant = {"CLOCK__WALL_ORIGIN_MS": str(now_ms), "CLOCK__ORIGIN_MS": str(now_ms), "CLOCK__SPEED": "60"}
    fleet.start("a", OPS__PORT=str(port), **instant)

    async def is_ready() -> bool:
        return ask(base, "/readyz")[0] == 200

    await until(is_ready, within_s=120)
    down = reading(
        1, campus=CAMPUS, type="net_health.link.down.v1", occurredms=now_ms, receivedms=now_ms, data={"cause": "fibre"}
    )
    await append(wire, EVENTS, PLACE, [frame(down)])

    async def is_raised() -> bool:
        alerts = [msgspec.json.decode(record.value, type=Alert) for record in await committed(wire, ALERTS, PLACE)]
        return any(alert.rule.startswith("net_health.uplink_down") and alert.offset > 0 for alert in alerts)

    await until(is_raised, within_s=60)

    async def is_rolled_up() -> bool:
        (consortium,) = consortia_of(CAMPUS)
        found = await documents(wire, ROLLUP, partition_of(consortium, PARTITIONS))
        return b'"links_down":1' in found.get(f"{consortium}/net_health", b"")

    await until(is_rolled_up, within_s=60)
    assert ask(base, "/livez")[0] == 200
    assert metric(base, 'campanile_stream_events_total{system="net_health"}') == "1.0"
    assert await fleet.stop() == [0]
    assert any(not is_frame(record.value) for record in await committed(wire, EVENTS, PLACE))
    await compare_with_truth(wire)


async def test_a_worker_that_is_told_to_stop_before_it_is_ready_stops(fleet: Fleet) -> None:
    fleet.start("a", OPS__PORT=str(port := free_port()))

    async def is_listening() -> bool:
        return ask(f"http://127.0.0.1:{port}", "/livez")[0] == 200

    await until(is_listening, within_s=60)
    assert await fleet.stop() == [0]


async def test_a_worker_that_joined_when_the_broker_did_not_know_the_topics_takes_them_once_it_does(
    fleet: Fleet, kafka_bootstrap: str, prefix: str
) -> None:
    admin = TopicAdmin(kafka_bootstrap, prefix=prefix, partitions=PARTITIONS, replication_factor=1)
    with closing(admin):
        admin.delete_all((EVENTS, INPUT))
        fleet.start("a")

        async def has_said(words: str) -> bool:
            return words in (fleet.directory / "a.jsonl").read_text()

        await until(partial(has_said, "Ignoring missing topic"), within_s=120)
        assert not await has_said("partition_restored")
        admin.apply(admin.plan())
    await until(partial(has_said, "partition_restored"), within_s=120)
    assert await fleet.stop() == [0]
