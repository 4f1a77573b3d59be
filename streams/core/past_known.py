"""What was known at an instant: the live ledger, begun from snapshots and fed the records that followed. Pure.

"Known" means the log cut at that instant. A document depends on the events of its campus and system, and on ticks, and
on nothing else, so the ledger may be given frames from which all other campuses were taken out: the documents are the
same, byte for byte, as those of the worker that folded everything.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from schemas.documents import CampusStatus, MemberSummary, decode_campus_status, decode_stored
from schemas.errors import DataFaultError
from schemas.frame import is_frame, join_frame, split_frame
from schemas.ids import SystemName
from schemas.upcasting import Upcasts
from streams.core.campus_ledger import CampusLedger
from streams.core.campus_record import member_line
from streams.core.refusal import UNREADABLE_DOCUMENT
from streams.core.rollup import Rollup
from streams.core.system import System


class UnusableSnapshotError(DataFaultError):
    """A snapshot says of itself that this version's fold made it, and cannot be read as such."""

    code = "CAMP-566"


class PastRecord(NamedTuple):
    """One record of ``campus.events``, or what of a frame concerns the documents asked for."""

    offset: int
    value: bytes


class _Addressed(msgspec.Struct, gc=False):
    campusid: str


_EACH: Final = msgspec.json.Decoder(list[_Addressed])
_ONE: Final = msgspec.json.Decoder(_Addressed)


def known_documents(
    partition: int,
    systems: Mapping[SystemName, System[Any]],
    snapshots: Mapping[str, bytes],
    records: Iterable[PastRecord],
    upcasts: Upcasts | None = None,
) -> dict[str, bytes]:
    """The stored record of every document of one partition after the last of ``records``.

    Args:
        partition: the partition of the log.
        systems: those to fold; events of others are passed over.
        snapshots: by document key, each no newer than the last record.
        records: everything that concerns a snapshot's document after its position, in order; more does no harm.
        upcasts: steps between versions of events; left out: those that the systems declare.

    Raises:
        UnusableSnapshotError: a snapshot cannot be read.
    """
    ledger = CampusLedger(partition, systems, lambda _campus_id: (), upcasts)
    ledger.restore((key.encode(), value) for key, value in snapshots.items())
    for record in records:
        ledger.fold(record.offset, record.value)
    harvest = ledger.harvest(everything=True)
    if any(letter.reason == UNREADABLE_DOCUMENT for letter in harvest.letters):
        raise UnusableSnapshotError(
            "快照无法读取 / a snapshot cannot be read",
            cause="折叠版本未随状态的改变而提高 / the fold's version was not raised with its state",
            remedy="raise `version` of the system",
        )
    return dict(snapshots) | {key.decode(): value for key, value in harvest.documents}


def only_of(value: bytes, campus_ids: Collection[str]) -> bytes | None:
    """A frame without the events of other campuses; None if nothing is left of it. A tick stays as it is."""
    if not is_frame(value):
        return value
    try:
        slices = split_frame(value)
    except msgspec.MsgspecError:  # no event of it was ever folded
        return None
    kept = [bytes(raw) for raw, own in zip(slices, _own(value, slices, campus_ids), strict=True) if own]
    return join_frame(kept) if kept else None


def _own(value: bytes, slices: list[msgspec.Raw], campus_ids: Collection[str]) -> list[bool]:
    try:
        return [event.campusid in campus_ids for event in _EACH.decode(value)]
    except msgspec.MsgspecError:  # a damaged event among them: one by one
        return [_names(raw, campus_ids) for raw in slices]


def _names(raw: msgspec.Raw, campus_ids: Collection[str]) -> bool:
    try:
        return _ONE.decode(raw).campusid in campus_ids
    except msgspec.MsgspecError:
        return False


def status_of(value: bytes) -> CampusStatus:
    """What people may see of a stored document."""
    return decode_campus_status(decode_stored(value).status)


def rolled_up(consortium_id: str, statuses: Iterable[CampusStatus]) -> dict[str, Rollup]:
    """The rollups of a consortium by system, from its members' documents."""
    rollups: dict[str, Rollup] = {}
    for status in statuses:
        line: MemberSummary = member_line(status, consortium_id)
        rollups.setdefault(status.system, Rollup(consortium_id, status.system)).take(0, line)
    return rollups
