"""From a request's events to verdicts, each event judged by itself: accepted, duplicate or rejected."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ingest.batch_validation import BatchValidator, Columns
from ingest.content_modes import RawEvents
from ingest.credentials import Grant
from ingest.event_types import EventTypes
from ingest.framing import Portion
from ingest.rejections import Reason, Rejection, rejection
from ingest.remembered import EventKey, Remembered, keys_of
from ingest.validation import MAX_EVENT_BYTES, Validator, ValidEvent
from schemas.clock import DAY_MS
from schemas.frame import stamp_all
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


class _Partitions(dict[str, int]):
    """Partition of each campus that has sent; there are never more than the registry's credentials name."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def __missing__(self, campus_id: str) -> int:
        partition = self[campus_id] = partition_of(campus_id, self._count)
        return partition


class Admission:
    """Judges the events of authenticated sources."""

    def __init__(self, types: EventTypes, remembered: Remembered, partitions: int) -> None:
        self._pupil_types = types.pupil_fields.keys()
        self._validator = Validator(types)
        self._batches = BatchValidator(types)
        self._remembered = remembered
        self._partitions = _Partitions(partitions)

    def judge(self, events: RawEvents, grant: Grant, admitted: Admitted[OwnerT]) -> Columns:
        """What is valid; what is not is put down in ``admitted``.

        Pupils' fields are to be sealed before what is valid is taken.
        """
        return self._all_at_once(events, grant, admitted.received_ms) or self._one_by_one(events, grant, admitted)

    def _all_at_once(self, events: RawEvents, grant: Grant, received_ms: int) -> Columns | None:
        if events.batch is None:
            return None
        columns = self._batches.read(events.batch, events.events, grant.campus_ids, grant.types)
        if columns is None or not (
            min(columns.occurred_ms) >= YEAR_2000_MS and max(columns.occurred_ms) <= received_ms + DAY_MS
        ):
            return None
        return columns

    def _one_by_one(self, events: RawEvents, grant: Grant, admitted: Admitted[OwnerT]) -> Columns:
        columns = Columns([], [], [], [], [])
        pupil_types = self._pupil_types
        latest_ms = admitted.received_ms + DAY_MS
        for index, raw in enumerate(events.events):
            verdict = self._judge(raw, grant, latest_ms)
            if isinstance(verdict, Rejection):
                admitted.refused.append(Refused(index, raw, verdict))
                continue
            if verdict.type in pupil_types:
                columns.pupils.append((len(columns.raws), verdict.type))
            columns.raws.append(raw)
            columns.ids.append(verdict.id)
            columns.sources.append(verdict.source)
            columns.campus_ids.append(verdict.campus_id)
            columns.occurred_ms.append(verdict.occurred_ms)
        return columns

    def _judge(self, raw: bytes, grant: Grant, latest_ms: int) -> ValidEvent | Rejection:
        if len(raw) > MAX_EVENT_BYTES:
            return rejection(Reason.TOO_LARGE)
        verdict = self._validator.check(raw, grant.campus_ids)
        if isinstance(verdict, Rejection):
            return verdict
        reason = _objection(verdict, grant, latest_ms)
        return verdict if reason is None else rejection(reason, verdict.id)

    def take(self, admitted: Admitted[OwnerT], columns: Columns, grant: Grant, owner: OwnerT) -> None:
        """Leave out duplicates, stamp what was accepted and sort it into partitions.

        An event that the same request holds twice, or that Kafka has lately acknowledged, is a duplicate.
        """
        keys = keys_of(grant.token_id, columns.sources, columns.ids)
        fresh = self._remembered.fresh(keys)
        stamped = stamp_all(columns.raws, columns.occurred_ms, admitted.received_ms)
        partitions = map(self._partitions.__getitem__, columns.campus_ids)
        portions = admitted.portions
        for partition, event, key, is_fresh in zip(partitions, stamped, keys, fresh, strict=True):
            if not is_fresh:
                admitted.duplicates += 1
                continue
            portion = portions.get(partition)
            if portion is None:
                portion = portions[partition] = Portion(partition, owner)
            portion.events.append(event)
            portion.keys.append(key)
        admitted.accepted = len(keys) - admitted.duplicates


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
