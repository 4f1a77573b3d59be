"""Keeps an :class:`Identity` current from ``campus.identity``, and writes to it what signing in decides.

A write returns when the log has acknowledged it and this process has read it back: who signed in a moment ago is known,
who was disabled a moment ago is not let in.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition

from api.log_producer import LogProducer
from deploy.fact_feed import FactFeed
from schemas.errors import UnreachableError
from schemas.identity import AnyIdentityFact, Session, identity_key
from schemas.identity_fold import Identity
from schemas.topics import IDENTITY

ACKNOWLEDGED_WITHIN_S = 10.0
_ENDS_STREAMS = frozenset({"session_end", "user", "password", "api_token"})


class IdentityFeed(FactFeed):
    """Reads the topic from its beginning and then follows it; ``on_authority`` is told what may end an open stream."""

    def __init__(
        self, bootstrap: str, identity: Identity, prefix: str = "", *, on_authority: Callable[[], None]
    ) -> None:
        super().__init__(bootstrap, identity, IDENTITY, prefix)
        self._identity = identity
        self._on_authority = on_authority
        self._moved = asyncio.Condition()

    async def applied(self, offset: int) -> None:
        """Return as soon as the record at that offset has been applied."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._next_offset is not None and self._next_offset > offset)

    async def taken(self, records: Sequence[ConsumerRecord]) -> None:
        """Apply records that came together, then wake who waits for them."""
        may_end_streams = any(map(self._may_end_streams, records))
        await super().taken(records)
        if may_end_streams:
            self._on_authority()
        async with self._moved:
            self._moved.notify_all()

    def _may_end_streams(self, record: ConsumerRecord) -> bool:
        """Whether somebody who was let in may no longer be; a session that is new, or only used, changes nothing."""
        kind, _, entity_id = (record.key or b"").decode(errors="replace").partition("/")
        return kind in _ENDS_STREAMS or (kind == "session" and self._identity.get(Session, entity_id) is not None)


class IdentityTopic:
    """Appends facts to ``campus.identity``; :meth:`run` keeps it connected."""

    def __init__(self, bootstrap: str, feed: IdentityFeed, prefix: str = "") -> None:
        self._feed = feed
        self._place = TopicPartition(prefix + IDENTITY.name, 0)
        self._log = LogProducer(
            bootstrap,
            name="identity",
            client_id="campanile-api",
            acknowledged_within_s=ACKNOWLEDGED_WITHIN_S,
            refused=_unwritten,
        )

    async def write(self, facts: Sequence[AnyIdentityFact], withdrawn: Iterable[str] = ()) -> None:
        """Append facts and then withdrawals of keys; see :class:`api.identity.log.IdentityLog`.

        Raises:
            UnreachableError: Kafka is away, did not acknowledge in time, or what it took was not read back in time.
        """
        records: list[tuple[str, bytes | None]] = [
            (identity_key(fact), fact.model_dump_json().encode()) for fact in facts
        ]
        records += [(key, None) for key in withdrawn]
        if not records:
            return
        async with self._log.appending() as producer:
            await self._feed.applied(await self._append(producer, records))

    async def _append(self, producer: AIOKafkaProducer, records: Sequence[tuple[str, bytes | None]]) -> int:
        """Append in order. Returns the offset of the last record."""
        sent = [
            await producer.send(self._place.topic, value, key.encode(), partition=self._place.partition)
            for key, value in records
        ]
        offsets: list[int] = [(await delivery).offset for delivery in sent]
        return max(offsets)

    async def run(self) -> None:
        """Be connected until cancelled."""
        await self._log.run()


def _unwritten(cause: str) -> UnreachableError:
    return UnreachableError(
        "账号数据未能写入 / what was asked about the account could not be written",
        cause=cause,
        remedy="稍后重试；campanile doctor / try again; campanile doctor",
    )
