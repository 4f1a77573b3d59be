"""What the log says, from its records alone: the same driver as live, over archived or recorded history. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from schemas.alerts import Alert
from schemas.deadletter import DeadLetter
from schemas.documents import MemberSummary
from schemas.ids import SystemName
from streams.core.campus_ledger import CampusLedger, ConsortiaOf
from streams.core.consortium_ledger import ConsortiumLedger
from streams.core.system import System


class LogRecord(NamedTuple):
    """One record of ``campus.events``."""

    partition: int
    offset: int
    value: bytes


@dataclass
class Recomputed:
    """Everything that follows from a part of the log. Values are the stored records' bytes, by key."""

    campuses: dict[str, bytes] = field(default_factory=dict)
    consortia: dict[str, bytes] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)


def recompute(
    records: Iterable[LogRecord], systems: Mapping[SystemName, System[Any]], consortia_of: ConsortiaOf = lambda _: ()
) -> Recomputed:
    """Fold records, in order within each partition, from nothing."""
    ledgers: dict[int, CampusLedger] = {}
    for record in records:
        ledger = ledgers.get(record.partition)
        if ledger is None:
            ledger = ledgers[record.partition] = CampusLedger(record.partition, systems, consortia_of)
        ledger.fold(record.offset, record.value)
    result = Recomputed()
    lines: list[MemberSummary] = []
    for partition in sorted(ledgers):
        harvest = ledgers[partition].harvest(everything=True)
        result.campuses |= {key.decode(): value for key, value in harvest.documents}
        result.alerts += harvest.alerts
        result.letters += harvest.letters
        lines += harvest.lines
    result.consortia = _rolled_up(lines)
    return result


def _rolled_up(lines: list[MemberSummary]) -> dict[str, bytes]:
    ledger = ConsortiumLedger(0)
    ledger.fold(0, msgspec.json.encode(lines))
    return {key.decode(): value for key, value in ledger.harvest(everything=True).documents}
