"""What is asked of the past, and the documents that answer it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from api.past.extent import Extent
from api.past.snapshots import DocumentId
from schemas.documents import CampusStatus
from schemas.ids import SystemName
from streams.core.system import System


class PastClock(StrEnum):
    """By which clock the past is cut."""

    KNOWN = "known"
    """As known then: what the log held at the instant; exactly what the live document said."""
    WAS = "was"
    """As it was: what is known today of what had happened by the instant."""


@dataclass(frozen=True)
class Instant:
    """The instant asked for, on the product's clock and on the log's own."""

    at_ms: int
    log_ms: int


@dataclass(frozen=True)
class Folding:
    """What is needed to fold: the systems and the number of partitions of the log."""

    systems: Mapping[SystemName, System[Any]]
    partitions: int


@dataclass(frozen=True)
class LogPlace:
    """How far an answer follows the log of one partition."""

    partition: int
    offset: int
    """The last record that counts; -1: none."""
    recorded_ms: int | None
    is_complete: bool
    """Whether it is certain that no record is missing."""
    gaps: tuple[str, ...] = ()
    """Why it is not: ``archive_behind``, ``lost``, ``no_beginning``."""


@dataclass
class PastState:
    """The documents at an instant, and how far they follow the log."""

    statuses: dict[DocumentId, CampusStatus] = field(default_factory=dict)
    places: dict[int, LogPlace] = field(default_factory=dict)


def place_of(extent: Extent, first_needed: int) -> LogPlace:
    """How far an answer that needed the records from ``first_needed`` on follows the log.

    A log that was empty until then is followed to its end, unless it had records that are no longer there.
    """
    gaps = []
    if not extent.has_later:
        gaps.append("archive_behind")
    last = extent.first_offset - 1 if extent.is_empty else extent.last_offset
    if any(start <= last and end >= first_needed for start, end in extent.lost):
        gaps.append("lost")
    if first_needed < extent.first_offset:
        gaps.append("no_beginning")
    return LogPlace(extent.partition, extent.last_offset, extent.recorded_ms, not gaps, tuple(gaps))


def not_reached(partition: int) -> LogPlace:
    """The place of a partition of which nothing is archived, by the instant or after it."""
    return LogPlace(partition, -1, None, is_complete=False, gaps=("archive_behind",))
