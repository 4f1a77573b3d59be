"""From a request's events to verdicts, each event judged by itself: accepted, duplicate or rejected."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ingest.credentials import Grant
from ingest.framing import Portion
from ingest.rejections import Reason, Rejection, rejection
from ingest.remembered import EventKey, Remembered
from ingest.validation import MAX_EVENT_BYTES, Validator, ValidEvent
from schemas.clock import DAY_MS, Clock
from schemas.frame import stamp
from schemas.partitioning import partition_of

OwnerT = TypeVar("OwnerT")
YEAR_2000_MS = 946_684_800_000


@dataclass(frozen=True)
class Refused:
    """One rejected event with its place in the request and its bytes."""

    index: int
    raw: bytes
    rejection: Rejection


@dataclass
class Admitted(Generic[OwnerT]):
    """The verdicts on one request, before Kafka has been asked."""

    received_ms: int
    portions: dict[int, Portion[OwnerT, EventKey]] = field(default_factory=dict)
    """What was accepted, by partition."""
    accepted: int = 0
    duplicates: int = 0
    refused: list[Refused] = field(default_factory=list)


class Admission:
    """Judges events of authenticated sources; remembers nothing but which partition a campus has."""

    def __init__(self, validator: Validator, remembered: Remembered, partitions: int, clock: Clock) -> None:
        self._validator = validator
        self._remembered = remembered
        self._partitions = partitions
        self._clock = clock
        self._partition_of: dict[str, int] = {}

    def admit(self, events: Iterable[bytes], grant: Grant, owner: OwnerT, *, plain: bool) -> Admitted[OwnerT]:
        """The verdicts on ``events``, stamped and sorted into partitions where they were accepted.

        An event that the same request holds twice, or that Kafka has lately acknowledged, is a duplicate. ``plain``
        says that :func:`ingest.duplicate_keys.is_plain` holds for every one of them.
        """
        admitted: Admitted[OwnerT] = Admitted(self._clock.now_ms())
        latest_ms = admitted.received_ms + DAY_MS
        seen: set[EventKey] = set()
        for index, raw in enumerate(events):
            verdict = self._judge(raw, grant, latest_ms, plain=plain)
            if isinstance(verdict, Rejection):
                admitted.refused.append(Refused(index, raw, verdict))
                continue
            key = (grant.token_id, verdict.source, verdict.id)
            if key in seen or key in self._remembered:
                admitted.duplicates += 1
                continue
            seen.add(key)
            self._take(admitted, owner, key, verdict, raw)
        return admitted

    def _judge(self, raw: bytes, grant: Grant, latest_ms: int, *, plain: bool) -> ValidEvent | Rejection:
        if len(raw) > MAX_EVENT_BYTES:
            return rejection(Reason.TOO_LARGE)
        verdict = self._validator.check(raw, grant.campus_ids, plain=plain)
        if isinstance(verdict, Rejection):
            return verdict
        reason = _objection(verdict, grant, latest_ms)
        return verdict if reason is None else rejection(reason, verdict.id)

    def _take(self, admitted: Admitted[OwnerT], owner: OwnerT, key: EventKey, event: ValidEvent, raw: bytes) -> None:
        partition = self._partition_of.get(event.campus_id)
        if partition is None:
            partition = self._partition_of[event.campus_id] = partition_of(event.campus_id, self._partitions)
        portion = admitted.portions.get(partition)
        if portion is None:
            portion = admitted.portions[partition] = Portion(partition, owner)
        portion.add(stamp(raw, event.occurred_ms, admitted.received_ms), key)
        admitted.accepted += 1


def _objection(event: ValidEvent, grant: Grant, latest_ms: int) -> Reason | None:
    """Why a valid event may still not enter."""
    if event.campus_id not in grant.campus_ids:
        return Reason.FOREIGN_CAMPUS
    if event.type not in grant.types:
        return Reason.FOREIGN_SYSTEM
    if event.occurred_ms > latest_ms:
        return Reason.FROM_THE_FUTURE
    if event.occurred_ms < YEAR_2000_MS:
        return Reason.BEFORE_2000
    return None
