"""Writing to the real topics of the live view, and the API over them: in the test's loop or as a process."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka import AIOKafkaProducer

from api.live.follower import Follower
from deploy.supervisor.ports import free_port
from schemas.clock import Clock, WallClock
from schemas.partitioning import partition_of
from schemas.registry import AnyFact, fact_key
from schemas.topics import ALERTS, REGISTRY, ROLLUP, STATE, Topic
from tests.api.support.serving import PARTITIONS, Client, Rig, serving
from tests.api.support.waiting import eventually


class Log:
    """Appends records where the stream workers would."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str) -> None:
        self.producer = producer
        self.prefix = prefix

    async def append(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        entity_id = key.decode().partition("/")[0]
        partition = 0 if topic is REGISTRY else partition_of(entity_id, PARTITIONS)
        await self.producer.send_and_wait(self.prefix + topic.name, value, key, partition)

    async def state(self, record: tuple[bytes, bytes | None]) -> None:
        await self.append(STATE, *record)

    async def rollup(self, record: tuple[bytes, bytes | None]) -> None:
        await self.append(ROLLUP, *record)

    async def alert(self, record: tuple[bytes, bytes]) -> None:
        await self.append(ALERTS, *record)

    async def fact(self, fact: AnyFact) -> None:
        await self.append(REGISTRY, fact_key(fact).encode(), fact.model_dump_json().encode())


@asynccontextmanager
async def writing(bootstrap: str, prefix: str, **options: Any) -> AsyncIterator[Log]:  # noqa: ANN401 — aiokafka's
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", **options)
    await producer.start()
    try:
        yield Log(producer, prefix)
    finally:
        await producer.stop()


@asynccontextmanager
async def following(rig: Rig, bootstrap: str, prefix: str, log_clock: Clock | None = None) -> AsyncIterator[Client]:
    """The API over the real log, served when it has caught up."""
    follower = Follower(bootstrap, rig.hub, prefix=prefix, partitions=PARTITIONS, log_clock=log_clock or WallClock())
    task = asyncio.create_task(follower.run())
    try:
        await eventually(lambda: follower.is_caught_up() or task.done(), within_s=60)
        assert not task.done(), task.exception()
        async with serving(rig.context()) as client:
            yield client
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass
class ApiProcess:
    """`campanile api` on ports of its own, started again on the same ones."""

    bootstrap: str
    prefix: str
    directory: Path
    settings: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port, self.ops_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.ops = f"http://127.0.0.1:{self.ops_port}"

    def start(self) -> None:
        environment = os.environ | {
            "CAMPANILE_KAFKA__BOOTSTRAP": self.bootstrap,
            "CAMPANILE_PREFIX": self.prefix,
            "CAMPANILE_PARTITIONS": str(PARTITIONS),
            "CAMPANILE_API__PORT": str(self.port),
            "CAMPANILE_OPS__PORT": str(self.ops_port),
            "CAMPANILE_DATA_DIR": str(self.directory),
            **self.settings,
        }
        with (self.directory / "api.jsonl").open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "api"], env=environment, stdout=sink, stderr=sink
            )

    async def ready(self, http: aiohttp.ClientSession, *, within_s: float = 120.0) -> None:
        async with asyncio.timeout(within_s):
            while True:
                assert self.process is not None
                assert self.process.poll() is None, self.words()
                try:
                    async with http.get(f"{self.base}/readyz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(60)

    def terminate(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def words(self) -> str:
        return (self.directory / "api.jsonl").read_text(encoding="utf-8")[-3000:]
