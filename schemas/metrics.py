"""Every metric of the product in one typed list, and the seam through which it is recorded.

A room declares nothing by itself: it is handed a :class:`Meter` and records by the constants below. Labels are closed
sets (topic, system, reason, status), never an identifier of a campus, device or person.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

MetricKind = Literal["counter", "gauge", "histogram"]
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Metric:
    """One metric: full name with unit, kind, labels, and what it tells an operator."""

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = SECONDS


class Meter(Protocol):
    """Records measurements. Called once per frame, flush or request, never once per event."""

    def count(self, metric: Metric, amount: float = 1, *labels: str) -> None:
        """Add to a counter."""
        ...

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        ...

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Add an observation to a histogram."""
        ...


class NullMeter:
    """Records nothing: for tests and tools."""

    def count(self, metric: Metric, amount: float = 1, *labels: str) -> None:
        """Ignore."""

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Ignore."""

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Ignore."""


GATEWAY_EVENTS = Metric("campanile_gateway_events_total", "counter", "events by verdict", ("verdict",))
GATEWAY_REJECTED = Metric("campanile_gateway_rejected_total", "counter", "rejected events by reason", ("reason",))
GATEWAY_REQUESTS = Metric("campanile_gateway_requests_total", "counter", "ingest requests by HTTP status", ("status",))
GATEWAY_SECONDS = Metric("campanile_gateway_request_seconds", "histogram", "first byte to answer")
GATEWAY_FRAMES = Metric("campanile_gateway_frames_total", "counter", "frames acknowledged by Kafka")
GATEWAY_ACK_SECONDS = Metric("campanile_gateway_ack_seconds", "histogram", "frame handed over to acknowledgement")
GATEWAY_HELD_BYTES = Metric("campanile_gateway_held_bytes", "gauge", "bytes admitted and not yet acknowledged")
STREAM_EVENTS = Metric("campanile_stream_events_total", "counter", "events folded, by system", ("system",))
STREAM_FRAMES = Metric("campanile_stream_frames_total", "counter", "frames by fate", ("stage", "fate"))
STREAM_FLUSH_SECONDS = Metric(
    "campanile_stream_flush_seconds", "histogram", "one transaction of one partition", ("stage",)
)
STREAM_DOCUMENTS = Metric("campanile_stream_documents_written_total", "counter", "documents written", ("stage",))
STREAM_LAG = Metric("campanile_stream_lag_records", "gauge", "records not yet folded", ("stage", "partition"))
STREAM_REFUSED = Metric(
    "campanile_stream_refused_total", "counter", "records and events sent to the dead letters", ("stage", "reason")
)
STREAM_RULES_FAILED = Metric(
    "campanile_stream_rules_failed_total", "counter", "judgements that raised an exception, by rule", ("rule",)
)
STREAM_ALERTS = Metric("campanile_stream_alerts_total", "counter", "alert transitions", ("system", "state"))
ARCHIVE_EVENTS = Metric("campanile_archive_events_total", "counter", "events written to the store")
ARCHIVE_BLOCK_SECONDS = Metric("campanile_archive_block_seconds", "histogram", "one block, open row to done row")
ARCHIVE_LAG = Metric("campanile_archive_lag_records", "gauge", "records not yet archived", ("partition",))
ARCHIVE_UNREADABLE = Metric("campanile_archive_unreadable_total", "counter", "records kept whole, as no frame or tick")
ARCHIVE_RETRIES = Metric("campanile_archive_store_retries_total", "counter", "rounds tried again, the store was away")
ARCHIVE_LOST = Metric("campanile_archive_lost_records_total", "counter", "records that the log dropped unarchived")
ARCHIVE_CHECKPOINTS = Metric("campanile_archive_checkpoints_total", "counter", "signed checkpoints published")
ARCHIVE_TAMPERED = Metric("campanile_archive_tampered_total", "counter", "stores that are not what was signed: alarm")
ARCHIVE_SNAPSHOTS = Metric("campanile_archive_snapshots_total", "counter", "state documents kept as snapshots")
RETENTION_APPLIED = Metric(
    "campanile_retention_applied_timestamp_seconds",
    "gauge",
    "when retention was applied last: alarm when over a day ago",
)
RETENTION_EVENTS = Metric("campanile_retention_expired_events_total", "counter", "rows past their time that went")
RETENTION_FRAMES = Metric("campanile_retention_expired_frames_total", "counter", "frames past their time that went")
RETENTION_KEYS = Metric("campanile_retention_destroyed_keys_total", "counter", "pupils' keys whose week is over")
RETENTION_FAILED = Metric("campanile_retention_failed_total", "counter", "times that retention could not be applied")
STORE_CLIENTS = Metric("campanile_store_clients", "gauge", "connected clients of the embedded store")
STORE_REFUSED = Metric("campanile_store_refused_total", "counter", "clients turned away, as too many are connected")
API_REQUESTS = Metric("campanile_api_requests_total", "counter", "requests", ("route", "status"))
API_DENIED = Metric("campanile_api_denied_total", "counter", "questions answered with no, by rule", ("rule",))
API_HELD_BACK = Metric(
    "campanile_api_held_back_total", "counter", "readings of the archive refused, by reason", ("reason",)
)
API_STREAMS = Metric("campanile_api_streams", "gauge", "open event streams")
API_STREAM_CUT = Metric("campanile_api_streams_cut_total", "counter", "streams cut, by reason", ("reason",))
API_DELIVERED = Metric("campanile_api_delivered_total", "counter", "server-sent events delivered")
API_DOCUMENTS = Metric("campanile_api_documents", "gauge", "documents held by the live view", ("topic",))

METRICS: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
