"""The archive's consumer of the log, as aiokafka wants to be set up."""

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from schemas.topics import METADATA_MAX_AGE_MS
from streams.archive.block import LogRecord

FETCH_AT_LEAST_BYTES = 256 << 10
"""Or what there is after 100 ms: history has time, and every fetch costs the same. Not longer, since other requests on
the same connection wait behind a fetch."""
FETCH_BYTES = 16 << 20
"""What one answer of the broker may hold: it bounds the memory that lies before the collector."""


def log_consumer(bootstrap: str, group_id: str) -> AIOKafkaConsumer:
    """A consumer that shares partitions within its group and commits only when told to."""
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_min_bytes=FETCH_AT_LEAST_BYTES,
        fetch_max_wait_ms=100,
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=FETCH_BYTES // 4,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=3_000,
        max_poll_interval_ms=300_000,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
    )


def log_record(record: ConsumerRecord) -> LogRecord:
    """A record as the archive keeps it."""
    return LogRecord(record.offset, record.timestamp, record.value or b"")
