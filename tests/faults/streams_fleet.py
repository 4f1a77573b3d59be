"""Stream workers as real processes, a steady load on the log, and the comparison with the truth."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaProducer

from schemas.alerts import Alert
from schemas.documents import decode_consortium_status, decode_progress, decode_stored
from schemas.frame import join_frame
from schemas.ids import CampusId, ConsortiumId, EventTypeName, MembershipId
from schemas.partitioning import partition_of
from schemas.registry import Membership, Mode, fact_key
from schemas.systems import catalogue
from schemas.topics import ALERTS, EVENTS, REGISTRY, ROLLUP, STATE, Topic
from streams.core.recompute import LogRecord, recompute
from streams.engine.stage import Wire
from streams.systems import systems
from tests.streams.core.tally_system import encode, reading
from tests.streams.engine.log_bench import CONSORTIUM_STAGE, PARTITIONS, committed, documents, process

CAMPUSES = [f"c-421122-{number:03d}" for number in range(24)]
EVENTS_PER_FRAME = 12
SESSION_S = 6.0


def consortia_of(campus_id: str) -> tuple[str, ...]:
    number = int(campus_id[-3:])
    return (f"k-{number // 8}", "k-all") if number % 5 == 0 else (f"k-{number // 8}",)


@dataclass
class Fleet:
    """Worker processes by name; each keeps its log file."""

    wire: Wire
    directory: Path
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, **settings: str) -> None:
        """Start a worker; ``settings`` are further variables without their prefix."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CAMPANILE_")} | {
            "CAMPANILE_KAFKA__BOOTSTRAP": self.wire.bootstrap,
            "CAMPANILE_PREFIX": self.wire.prefix,
            "CAMPANILE_PARTITIONS": str(self.wire.partitions),
            "CAMPANILE_DATA_DIR": str(self.directory / name),
            "CAMPANILE_STREAMS__SESSION_TIMEOUT_S": str(SESSION_S),
            "CAMPANILE_STREAMS__FLUSH_ALIVE_MS": "1000",
            **{f"CAMPANILE_{name}": value for name, value in settings.items()},
        }
        with (self.directory / f"{name}.jsonl").open("ab") as output:
            self.workers[name] = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "streams"], env=environment, stdout=output, stderr=output
            )

    def kill(self, name: str) -> None:
        self.workers[name].kill()
        self.workers[name].wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        self.workers[name].send_signal(number)

    async def ended(self, name: str, within_s: float = 60.0) -> int:
        """The exit code of a worker that must end."""

        async def is_over() -> bool:
            return self.workers[name].poll() is not None

        await until(is_over, within_s)
        return self.workers[name].wait()

    async def stop(self) -> list[int]:
        """Ask every worker that still runs to stop; their exit codes."""
        running = [name for name, worker in self.workers.items() if worker.poll() is None]
        for name in running:
            self.signal(name, signal.SIGTERM)
        return [await self.ended(name) for name in running]

    def clear(self) -> None:
        for worker in self.workers.values():
            with suppress(ProcessLookupError):
                worker.kill()
            worker.wait()

    def words(self) -> str:
        return "\n".join(
            line for path in sorted(self.directory.glob("*.jsonl")) for line in path.read_text().splitlines()[-12:]
        )


@dataclass
class Load:
    """Frames of all five systems, some events twice, some uncounted, some late, some that must be refused."""

    wire: Wire
    seed: int = 7
    sent_frames: int = 0
    _counters: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._types = sorted(catalogue())

    async def run(self, producer: AIOKafkaProducer, frames: int, pause_s: float = 0.01) -> None:
        """Send a number of frames; every one of them is acknowledged when this returns."""
        sent = []
        for _ in range(frames):
            campuses = self._random.sample(CAMPUSES, 3)
            by_partition: dict[int, list[bytes]] = {}
            for _ in range(EVENTS_PER_FRAME):
                campus_id = self._random.choice(campuses)
                raw = self._event(campus_id)
                by_partition.setdefault(partition_of(campus_id, PARTITIONS), []).extend(
                    [raw] * self._random.choice([1, 1, 1, 1, 2])
                )
            for partition, raws in by_partition.items():
                sent.append(await producer.send(self.wire.topic(EVENTS), join_frame(raws), partition=partition))
                self.sent_frames += 1
            await asyncio.sleep(pause_s)
        await asyncio.gather(*sent)

    def _event(self, campus_id: str) -> bytes:
        chosen = self._random
        type_name = chosen.choice(self._types) if chosen.random() > 0.01 else "moon.base.v1"
        declared = catalogue().get(EventTypeName(type_name))
        source = f"urn:test:{campus_id}:{type_name.partition('.')[0]}"
        self._counters[source] += 1
        now_ms = time.time_ns() // 1_000_000
        return encode(
            reading(
                self._counters[source],
                id=f"{source}:{self._counters[source]}",
                source=source,
                type=type_name,
                subject=f"s{chosen.randrange(3)}",
                campusid=campus_id,
                occurredms=now_ms - chosen.choice([0, 0, 500, 200_000]),
                receivedms=now_ms,
                data=declared.sample if declared else {},
                sequence=self._counters[source] if chosen.random() > 0.1 else -1,
            )
        )


async def found_organisation(wire: Wire) -> None:
    """Put the memberships into the registry."""
    producer = AIOKafkaProducer(bootstrap_servers=wire.bootstrap, acks="all")
    await producer.start()
    for campus_id in CAMPUSES:
        for consortium_id in consortia_of(campus_id):
            fact = Membership(
                membership_id=MembershipId(f"m-{campus_id}-{consortium_id}"),
                campus_id=CampusId(campus_id),
                consortium_id=ConsortiumId(consortium_id),
                mode=Mode.FUSION,
                valid_from_ms=0,
            )
            value = fact.model_dump_json().encode()
            await producer.send_and_wait(wire.topic(REGISTRY), value, key=fact_key(fact).encode(), partition=0)
    await producer.stop()


async def until(condition: Callable[[], Awaitable[bool]], within_s: float) -> None:
    """Return once the condition holds; TimeoutError when it does not come to hold in time."""
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110 — neither a process nor a topic can wake the loop
            await asyncio.sleep(0.1)


async def positions(wire: Wire) -> dict[int, int]:
    """The rows of progress of the first stage."""
    found = {}
    for partition in range(PARTITIONS):
        row = (await documents(wire, STATE, partition)).get("@next")
        found[partition] = decode_progress(row).next_offset if row else 0
    return found


async def reached(wire: Wire, ends: dict[int, int], within_s: float = 120.0) -> None:
    """Return once everything below ``ends`` is on the state topic."""

    async def all_written() -> bool:
        found = await positions(wire)
        return all(found[partition] >= end for partition, end in ends.items())

    await until(all_written, within_s)


async def log_ends(wire: Wire) -> dict[int, int]:
    return {partition: len(await committed(wire, EVENTS, partition)) for partition in range(PARTITIONS)}


async def compare_with_truth(wire: Wire) -> None:
    """What the stopped workers left must be, byte for byte, what the log says up to their position."""
    progress = await positions(wire)
    records = [
        LogRecord(partition, record.offset, record.value)
        for partition in range(PARTITIONS)
        for record in await committed(wire, EVENTS, partition)
        if record.offset < progress[partition]
    ]
    truth = recompute(records, systems(), consortia_of)
    campuses = await _all_documents(wire, STATE)
    assert campuses.keys() == truth.campuses.keys()
    assert [key for key, value in campuses.items() if value != truth.campuses[key]] == []
    alerts = [
        msgspec.json.decode(record.value, type=Alert)
        for partition in range(PARTITIONS)
        for record in await committed(wire, ALERTS, partition)
    ]
    assert _counted(alerts) == _counted(truth.alerts)
    await _roll_up_the_rest(wire)
    assert _rollups(await _all_documents(wire, ROLLUP)) == _rollups(truth.consortia)


async def _roll_up_the_rest(wire: Wire) -> None:
    """Do what the next owner will do: the last lines of a stopping worker may have come after its own second stage."""
    async with process(wire, CONSORTIUM_STAGE) as worker:
        for partition in range(PARTITIONS):
            await worker.keeper.open(partition)
        await worker.keeper.flush()


def _counted(alerts: Iterable[Alert]) -> Counter[bytes]:
    return Counter(msgspec.json.encode(alert) for alert in alerts)


def _rollups(values: dict[str, bytes]) -> dict[str, object]:
    statuses = {key: decode_consortium_status(decode_stored(value).status) for key, value in values.items()}
    return {key: msgspec.structs.replace(status, position=0) for key, status in statuses.items()}


async def _all_documents(wire: Wire, topic: Topic) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for partition in range(PARTITIONS):
        found |= await documents(wire, topic, partition)
    found.pop("@next", None)
    return found
