"""What can stop an archive process."""

from schemas.errors import CampanileError, DataFaultError


class FencedError(CampanileError):
    """Another archive process has claimed a partition that this one was writing."""

    code = "CAMP-430"


class LogShorterError(DataFaultError):
    """The store holds records of the log that the log itself does not have."""

    code = "CAMP-531"


class GivenUpError(CampanileError):
    """A round was abandoned because the process stops or loses the partition; its range stays open."""

    code = "CAMP-431"
