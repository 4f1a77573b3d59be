"""What ends a stream worker. Nothing is repaired in place: the process exits with a code of its own and is restarted.

``CampanileError``
└── ``StreamError``
    ├── ``FencedError``   exit 70: another worker owns the partition
    ├── ``StalledError``  exit 71: records wait and the position does not move
    └── ``BrokenError``   exit 72: Kafka or the stream engine failed in a way that must not be passed over
"""

from schemas.errors import CampanileError


class StreamError(CampanileError):
    """Root of the streams' errors."""

    code = "CAMP-700"
    exit_code = 72


class FencedError(StreamError):
    """Another worker has opened a partition that this one held: nothing more may be written."""

    code = "CAMP-701"
    exit_code = 70

    def __init__(self, stage: str, partition: int, cause: str) -> None:
        super().__init__(
            f"分区 {stage}/{partition} 已由另一进程接管 / partition {stage}/{partition} was taken over",
            cause=f"this process was silent for longer than its session timeout ({cause})",
            remedy="none needed: it is restarted and takes its share again; if it recurs, look for a starved machine",
        )


class StalledError(StreamError):
    """Records wait in a partition and its position has not moved."""

    code = "CAMP-702"
    exit_code = 71

    def __init__(self, stage: str, partition: int, position: int, lag: int) -> None:
        super().__init__(
            f"分区 {stage}/{partition} 停滞 / partition {stage}/{partition} stands at {position}, {lag} records behind",
            cause="the consumer stopped delivering, or a record takes longer than streams.stall_s",
            remedy="none needed: it is restarted and heals the gap from the log; the log shows what every task did",
        )


class BrokenError(StreamError):
    """Kafka or the engine failed."""

    code = "CAMP-703"
    exit_code = 72

    def __init__(self, what: str, error: BaseException) -> None:
        super().__init__(
            f"流处理中断 / stream processing broke: {what}",
            cause=f"{type(error).__name__}: {error}",
            remedy="restarted by the supervisor; if it recurs: campanile doctor",
        )
