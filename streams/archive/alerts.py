"""Copies the transitions of alerts from their topic into the store.

Recomputing them on demand would cost a fold over all that lies before; they are few, so they are copied. A transition
is named by its alert, its state and the place in the log that decided it, all three the same at every replay: a record
that is copied twice replaces itself, and offsets may be committed after the insert without care for the moment between.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from clickhouse_driver import Client

from schemas.alerts import Alert, AlertState
from schemas.topics import ALERTS
from streams.archive.log_consumer import log_consumer
from streams.archive.settings import StoreSettings
from streams.archive.store_client import StoreAwayError, session

log = structlog.get_logger(__name__)
_ALERT: Final = msgspec.json.Decoder(Alert)
POLL_MS: Final = 500
RETRY_S: Final = 1.0
LEAVE_S: Final = 3.0
_COLUMNS: Final = (
    "campus_id, system, at, alert_id, state, partition, offset, rule, rule_version, severity, subject, "
    "since_at, raised_at, causes, detail, recorded_at"
)


class AlertRow(NamedTuple):
    """A transition, and when the log took it (epoch ms)."""

    alert: Alert
    recorded_ms: int


def insert_alerts(client: Client, rows: Sequence[AlertRow]) -> None:
    """Put transitions into the store. Putting one there again changes nothing.

    The client gives and takes text.
    """
    client.execute(f"INSERT INTO alerts ({_COLUMNS}) VALUES", [_columns(*row) for row in rows])


def _columns(alert: Alert, recorded_ms: int) -> tuple[object, ...]:
    is_open = alert.state is AlertState.OPEN or alert.cleared_ms is None
    return (
        *(alert.campus_id, alert.system, alert.raised_ms if is_open else alert.cleared_ms),
        *(str(alert.alert_id), alert.state.value, alert.partition, alert.offset),
        *(alert.rule, alert.rule_version, alert.severity, alert.subject, alert.since_ms, alert.raised_ms),
        *(list(alert.causes), msgspec.json.encode(alert.detail).decode(), recorded_ms),
    )


class AlertCopier:
    """Follows ``campus.alerts`` as a group of its own, beside the archive of the log."""

    def __init__(self, bootstrap: str, prefix: str, store: StoreSettings) -> None:
        self._bootstrap, self._group_id = bootstrap, prefix + "archive-alerts"
        self._topic = prefix + ALERTS.name
        self._store = store

    async def run(self) -> None:
        """Copy until cancelled; a Kafka or a store that is away is waited for.

        Raises:
            StoreRefusedError: the store has other tables than this version needs.
        """
        while True:
            consumer = log_consumer(self._bootstrap, self._group_id)
            consumer.subscribe([self._topic])
            try:
                await consumer.start()
                while True:
                    await self._round(consumer)
            except (KafkaError, StoreAwayError) as error:
                log.warning("alerts_not_copied", error=type(error).__name__)
            finally:
                await self._leave(consumer)
            await asyncio.sleep(RETRY_S)

    async def _round(self, consumer: AIOKafkaConsumer) -> None:
        fetched = await consumer.getmany(timeout_ms=POLL_MS)
        rows = [
            AlertRow(alert, record.timestamp)
            for records in fetched.values()
            for record in records
            if record.value is not None and (alert := _decoded(record.value)) is not None
        ]
        if rows:
            await asyncio.to_thread(self._insert, rows)
        if fetched:
            await consumer.commit()

    def _insert(self, rows: list[AlertRow]) -> None:
        with session(self._store) as client:
            insert_alerts(client, rows)

    @staticmethod
    async def _leave(consumer: AIOKafkaConsumer) -> None:
        """Leave the group; a Kafka that is gone is not waited for."""
        try:
            await asyncio.wait_for(consumer.stop(), LEAVE_S)
        except TimeoutError:
            log.warning("alerts_left_without_kafka")


def _decoded(value: bytes) -> Alert | None:
    """The alert of a record; None of what is none, which is said in the log and passed over."""
    try:
        return _ALERT.decode(value)
    except msgspec.MsgspecError as error:
        log.warning("alert_unreadable", error=str(error))
        return None
