"""Every topic of the log, declared once; gateway, streams, archive, API and ``campanile topics`` read this table."""

from dataclasses import dataclass
from typing import Final, Literal

from schemas.clock import DAY_MS, MINUTE_MS

METADATA_MAX_AGE_MS: Final = 5_000
"""How old what a member of a consumer group knows of the topics may get. A broker that has just started may not know
them all yet; whoever joins then gets nothing to do, and would ask again only after five minutes, as clients do."""

Cleanup = Literal["delete", "compact", "compact,delete"]


@dataclass(frozen=True)
class Topic:
    """A topic as it must be; ``partitioned`` topics get the deployment's partition count, others one partition."""

    name: str
    meaning: str
    cleanup: Cleanup
    retention_ms: int | None = None
    """None where compaction alone decides."""
    partitioned: bool = True
    max_message_bytes: int = 8 << 20
    min_compaction_lag_ms: int | None = None
    """Younger records are never compacted away: readers that resume find every one of them."""

    def config(self) -> dict[str, str]:
        """Kafka's topic settings."""
        settings = {
            "cleanup.policy": self.cleanup,
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": "LogAppendTime",  # "recorded" is the log's clock, whatever the sender's says
        }
        if self.retention_ms is not None:
            settings["retention.ms"] = str(self.retention_ms)
        if "compact" in self.cleanup:
            settings |= {
                "segment.ms": str(10 * MINUTE_MS),
                "min.cleanable.dirty.ratio": "0.1",
                "max.compaction.lag.ms": str(60 * MINUTE_MS),
            }
        if self.min_compaction_lag_ms is not None:
            settings["min.compaction.lag.ms"] = str(self.min_compaction_lag_ms)
            settings["max.compaction.lag.ms"] = str(2 * self.min_compaction_lag_ms)
        return settings


EVENTS: Final = Topic("campus.events", "frames of admitted events, and ticks", "delete", 7 * DAY_MS)
DEADLETTER: Final = Topic("campus.deadletter", "refused input: reason, raw bytes, origin", "delete", 30 * DAY_MS)
REGISTRY: Final = Topic("campus.registry", "organisation and credential facts", "compact", partitioned=False)
IDENTITY: Final = Topic(
    "campus.identity",
    "who may sign in, their sessions and tokens; read by the API alone",
    "compact",
    partitioned=False,
    max_message_bytes=64 << 10,
)
STATE: Final = Topic("campus.state", "one document per campus and system, one progress row a partition", "compact")
INPUT: Final = Topic("consortium.input", "framed summaries of changed campuses", "delete", DAY_MS)
ROLLUP: Final = Topic("consortium.state", "one rollup per consortium and system", "compact")
ALERTS: Final = Topic("campus.alerts", "alert transitions", "compact,delete", 90 * DAY_MS, min_compaction_lag_ms=DAY_MS)
CHECKPOINTS: Final = Topic("campus.checkpoints", "signed heads of the archive, and keys", "compact", partitioned=False)

TOPICS: Final = (EVENTS, DEADLETTER, REGISTRY, IDENTITY, STATE, INPUT, ROLLUP, ALERTS, CHECKPOINTS)
