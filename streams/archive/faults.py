"""What can stop an archive process."""

from schemas.errors import CampanileError, DataFaultError
from streams.archive.ranges import Resume


class FencedError(CampanileError):
    """Another archive process has claimed a partition that this one was writing."""

    code = "CAMP-430"


class LogShorterError(DataFaultError):
    """The store holds records of the log that the log itself does not have."""

    code = "CAMP-531"


class GivenUpError(CampanileError):
    """A round was abandoned because the process stops or loses the partition; its range stays open."""

    code = "CAMP-431"


def log_shorter(topic: str, partition: int, resume: Resume, end: int) -> LogShorterError:
    """The error for a partition whose log ends at ``end``, before where the archive stands."""
    archived = resume.next_offset if resume.replay_to is None else resume.replay_to + 1
    return LogShorterError(
        f"日志短于归档 / partition {partition} of {topic} ends at {end}, the archive at {archived}",
        cause="Kafka's data was removed or restored from an older copy, or the store belongs to another Kafka",
        remedy="restore Kafka's data, or begin another archive: CAMPANILE_STORE__DATABASE=…",
    )
