"""Where the archive stands in a partition, told from its rows in ``archive_ranges``. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_SETTLED = 1 << 63


class RangeState(StrEnum):
    """What a row says about its range."""

    OPEN = "open"
    """A block is about to be written, and may be there in part."""
    DONE = "done"
    """The block is stored."""
    LOST = "lost"
    """The log had dropped these records before they could be stored."""


@dataclass(frozen=True)
class Range:
    """Both offsets belong to it."""

    first_offset: int
    last_offset: int
    state: RangeState
    epoch: int

    @property
    def rank(self) -> int:
        """Decides between rows with the same first offset: a settled one counts, else the one of the newest owner."""
        return self.epoch + (0 if self.state is RangeState.OPEN else _SETTLED)


@dataclass(frozen=True)
class Resume:
    """How to go on in a partition."""

    next_offset: int | None
    """The first offset of the next block; None: nothing was ever archived here, begin where the log begins."""
    replay_to: int | None = None
    """The last offset that the next block must have, because a block with these bounds was begun."""


def resume_from(rows: Iterable[Range]) -> Resume:
    """How to go on, from the newest rows of a partition.

    The row with the greatest first offset decides; of several with the same, the one with the highest rank. An open row
    that a fenced owner left behind begins where a settled range or its successor's open row begins, and so loses.
    """
    newest = max(rows, key=lambda row: (row.first_offset, row.rank), default=None)
    if newest is None:
        return Resume(None)
    if newest.state is RangeState.OPEN:
        return Resume(newest.first_offset, newest.last_offset)
    return Resume(newest.last_offset + 1)


@dataclass(frozen=True)
class Place:
    """Where to begin in the log as it is now."""

    next_offset: int
    replay_to: int | None = None
    lost_to: int | None = None
    """The log no longer has the records from ``Resume.next_offset`` (or 0) up to here."""


def place_in_log(resume: Resume, *, begin: int, end: int) -> Place | None:
    """Lay the archive's position against the log; None if the log ends before it.

    Args:
        resume: where the archive stands.
        begin: the first offset that the log still has.
        end: the offset that the log's next record will get.
    """
    wanted = resume.next_offset or 0
    if wanted > end or (resume.replay_to is not None and resume.replay_to >= end):
        return None
    if begin > wanted:  # a block that was begun cannot be repeated: it is lost up to where the log begins
        return Place(begin, lost_to=begin - 1)
    return Place(wanted, resume.replay_to)
