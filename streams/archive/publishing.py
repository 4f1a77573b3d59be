"""Publishes signed checkpoints outside of the store, to ``campus.checkpoints``, within a second of sealing.

The archive tells what it claims, settles and gives away; the rest happens beside it. Neither Kafka nor the store being
away for a while stops the archive: the checkpoint follows when both are back, and covers all that was settled
meanwhile. What does stop it is a store that does not extend what was published.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.checkpoints import Checkpoint, Signed, checkpoint_key, checkpoint_of
from schemas.errors import DataFaultError
from schemas.metrics import ARCHIVE_CHECKPOINTS, ARCHIVE_TAMPERED, Meter
from schemas.topics import CHECKPOINTS
from streams.archive.checkpoints import Notary
from streams.archive.extension import TamperedError
from streams.archive.store_client import StoreAwayError

log = structlog.get_logger(__name__)
T = TypeVar("T")
PERIOD_S: Final = 0.5
"""At most one signature per partition in this time; with the signing itself, it stays under a second."""
SEND_S: Final = 10.0
RETRY_S: Final = 1.0


class Witness(Protocol):
    """Is told by the archive what it owns and settles. Called in the event loop."""

    async def claimed(self, partition: int) -> None:
        """Nobody else writes this partition now, and nothing is read from it before this returns."""
        ...

    def settled(self, partitions: Collection[int]) -> None:
        """Ranges of these partitions are stored."""
        ...

    def dropped(self, partition: int) -> None:
        """The partition is no longer ours."""
        ...

    def give_up(self) -> None:
        """End a running :meth:`claimed` soon."""
        ...


class CheckpointPublisher:
    """The witness that signs and publishes.

    Args:
        bootstrap: Kafka.
        prefix: put before topic names.
        notary: used from one thread of the publisher's own.
        meter: told about checkpoints.
    """

    def __init__(self, bootstrap: str, prefix: str, notary: Notary, meter: Meter) -> None:
        self._bootstrap = bootstrap
        self._topic = prefix + CHECKPOINTS.name
        self._notary = notary
        self._meter = meter
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="notary")
        self._waiting: set[int] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._unsent: dict[str, Signed] = {}
        self._published: dict[int, Signed] = {}
        self._read_until = 0
        self._told_keys: frozenset[str] = frozenset()

    async def claimed(self, partition: int) -> None:
        """Check the store against the last published checkpoint, and begin to sign.

        Raises:
            TamperedError: the store does not extend it.
            KeyFaultError: it was signed by a key that is not ours.
            KafkaError, StoreAwayError: try again.
        """
        await self._read_published()
        try:
            await self._in_thread(self._notary.take_up, partition, self._published.get(partition))
        except TamperedError as error:
            self._meter.count(ARCHIVE_TAMPERED)
            log.critical("archive_tampered", partition=partition, error=error.message)
            raise
        self.settled([partition])

    def settled(self, partitions: Collection[int]) -> None:
        """Have these partitions signed within the period."""
        self._waiting.update(partitions)
        self._wake.set()

    def dropped(self, partition: int) -> None:
        """Sign it no more."""
        self._waiting.discard(partition)
        self._notary.drop(partition)

    def give_up(self) -> None:
        """End what waits for the store."""
        self._notary.give_up()

    def stop(self) -> None:
        """Have :meth:`run` end, after a last turn."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Sign and publish until :meth:`stop`."""
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, enable_idempotence=True)
        try:
            await self._start(producer)
            while not self._stopping.is_set():
                await self._wake.wait()
                self._wake.clear()
                started = time.monotonic()
                is_done = await self._turn(producer)
                if not is_done:
                    self._wake.set()
                await self._pause((PERIOD_S if is_done else RETRY_S) - (time.monotonic() - started))
            await self._turn(producer)
        finally:
            await producer.stop()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()
        self._notary.close()

    async def _start(self, producer: AIOKafkaProducer) -> None:
        while not self._stopping.is_set():
            try:
                await producer.start()
            except KafkaError as error:
                log.warning("checkpoints_kafka_away", error=type(error).__name__)
                await self._pause(RETRY_S)
            else:
                return

    async def _pause(self, seconds: float) -> None:
        """Wait, unless told to stop."""
        try:
            await asyncio.wait_for(self._stopping.wait(), max(0.0, seconds))
        except TimeoutError:
            return

    async def _turn(self, producer: AIOKafkaProducer) -> bool:
        """Sign every partition that waits and send what is unsent. Whether nothing is left over."""
        waiting, self._waiting = self._waiting, set()  # what is settled from now on waits for the next turn
        try:
            for signed in await self._in_thread(self._notary.sign, waiting):
                self._unsent[checkpoint_key(checkpoint_of(signed.body))] = signed
        except StoreAwayError as error:
            self._waiting |= waiting
            log.warning("checkpoints_store_away", reason=error.cause)
            return False
        try:
            async with asyncio.timeout(SEND_S):
                await self._send(producer)
        except (KafkaError, TimeoutError) as error:
            log.warning("checkpoints_kafka_away", error=type(error).__name__)
            return False
        return True

    async def _send(self, producer: AIOKafkaProducer) -> None:
        sending = dict(self._unsent)
        keys = {f"key/{key_id}": statement for key_id, statement in self._notary.keychain().by_id().items()}
        if self._told_keys != frozenset(keys):
            sending = keys | sending
        waits = [
            await producer.send(self._topic, msgspec.json.encode(signed), key=key.encode(), partition=0)
            for key, signed in sending.items()
        ]
        for wait in waits:
            await wait
        self._told_keys = frozenset(keys)
        for key, signed in sending.items():
            if self._unsent.get(key) is signed:
                del self._unsent[key]
                self._meter.count(ARCHIVE_CHECKPOINTS)

    async def _read_published(self) -> None:
        """Read on in the topic to its present end; keep the newest checkpoint of every partition of this archive."""
        place = TopicPartition(self._topic, 0)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            begin = (await consumer.beginning_offsets([place]))[place]
            consumer.seek(place, max(begin, self._read_until))
            while await consumer.position(place) < end:
                for record in (await consumer.getmany(timeout_ms=1000)).get(place, ()):
                    self._note(record.key or b"", record.value or b"", record.offset)
            self._read_until = end
        finally:
            await consumer.stop()

    def _note(self, key: bytes, value: bytes, offset: int) -> None:
        if not key.startswith(b"checkpoint/"):
            return
        try:
            signed = msgspec.json.decode(value, type=Signed)
            found = checkpoint_of(signed.body)
        except (msgspec.MsgspecError, ValueError, KeyError) as error:
            raise DataFaultError(
                f"{self._topic} 偏移 {offset} 不是检查点 / offset {offset} is no checkpoint", cause=str(error)
            ) from error
        if found.archive == self._notary.archive and found.size >= self._size(found):
            self._published[found.partition] = signed

    def _size(self, found: Checkpoint) -> int:
        known = self._published.get(found.partition)
        return checkpoint_of(known.body).size if known else 0

    async def _in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)
