"""A campus document as a record of ``campus.state``, and back. Layout: :mod:`schemas.documents`. Pure."""

from typing import Final

import msgspec

from schemas.documents import (
    AlertLine,
    CampusStatus,
    MemberSummary,
    StoredDocument,
    decode_campus_status,
    decode_stored,
)
from streams.core.bookkeeping import Bookkeeping, Evidence, decode_bookkeeping
from streams.core.campus_document import CampusDocument
from streams.core.dedupe import Dedupe
from streams.core.judgement import EARLIEST_DUE_MS, OpenAlert
from streams.core.outbox import Outbox
from streams.core.plan import SystemPlan
from streams.core.system import Summary

_encode: Final = msgspec.json.Encoder().encode
_NO_SUMMARY: Final = Summary({}, 0, 0)
_NO_EVIDENCE: Final = Evidence()


def write_campus(document: CampusDocument, told: tuple[str, ...], outbox: Outbox) -> tuple[bytes, list[MemberSummary]]:
    """The stored record, and a line for every consortium that must know of it: those in ``told`` and those it left."""
    left = [consortium for consortium in document.told if consortium not in told]
    document.told = told
    status = _status(document, outbox)
    value = _encode(
        StoredDocument(
            max(document.due_ms, EARLIEST_DUE_MS),
            document.position,
            msgspec.Raw(_encode(status)),
            msgspec.Raw(_encode(_bookkeeping(document))),
        )
    )
    lines = [_line(status, consortium, member=True) for consortium in told]
    lines += [_line(status, consortium, member=False) for consortium in left]
    return value, lines


def read_campus(campus_id: str, plan: SystemPlan, value: bytes) -> CampusDocument:
    """The document of a stored record.

    Raises:
        msgspec.MsgspecError: it is none, or its state is not one that this version of the system understands.
    """
    stored = decode_stored(value)
    status = decode_campus_status(stored.status)
    kept = decode_bookkeeping(stored.keeper)
    document = CampusDocument(campus_id, plan)
    document.restore_state(bytes(status.state))
    document.position, document.due_ms = stored.position, stored.due_ms
    document.clock_ms, document.heard_ms = status.clock_ms, status.heard_ms
    document.events, document.late, document.duplicates = status.events, status.late, status.duplicates
    document.dedupe = Dedupe(kept.sources, kept.recent)
    document.told = kept.told
    for line in status.alerts:
        evidence = kept.evidence.get(line.alert_id, _NO_EVIDENCE)
        opened = OpenAlert(line, evidence.causes, evidence.detail)
        document.open_alerts[line.rule, line.subject, line.since_ms] = opened
    return document


def _status(document: CampusDocument, outbox: Outbox) -> CampusStatus:
    state = document.keep_snapshot(outbox)
    summary = _summarise(document, outbox)
    lines = [opened.line for opened in _in_order(document)]
    return CampusStatus(
        campus_id=document.campus_id,
        system=document.plan.name,
        position=document.position,
        clock_ms=document.clock_ms,
        watermark_ms=max(0, document.clock_ms - document.plan.lateness_ms),
        heard_ms=document.heard_ms,
        severity=lines[0].severity if lines else 0,
        counts=summary.counts,
        devices_heard=summary.devices_heard,
        devices_silent=summary.devices_silent,
        events=document.events,
        late=document.late,
        duplicates=document.duplicates,
        alerts=lines,
        state=msgspec.Raw(state),
    )


def _summarise(document: CampusDocument, outbox: Outbox) -> Summary:
    try:
        return document.plan.system.summarise(document.state, document.clock_ms)
    except Exception:  # noqa: BLE001 — a faulty summary must not hide the state; it is counted as a fault of ours
        outbox.failed_rules[f"{document.plan.name}.summary"] += 1
        return _NO_SUMMARY


def _bookkeeping(document: CampusDocument) -> Bookkeeping:
    evidence = {
        opened.line.alert_id: Evidence(opened.causes, opened.detail)
        for opened in _in_order(document)
        if opened.causes or opened.detail
    }
    return Bookkeeping(document.dedupe.marks, document.dedupe.recent(), evidence, document.told)


def member_line(status: CampusStatus, consortium_id: str) -> MemberSummary:
    """The line that a consortium is told of a document."""
    return _line(status, consortium_id, member=True)


def _line(status: CampusStatus, consortium_id: str, *, member: bool) -> MemberSummary:
    return MemberSummary(
        consortium_id=consortium_id,
        campus_id=status.campus_id,
        system=status.system,
        position=status.position,
        clock_ms=status.clock_ms,
        watermark_ms=status.watermark_ms,
        heard_ms=status.heard_ms,
        severity=status.severity,
        counts=status.counts,
        devices_heard=status.devices_heard,
        devices_silent=status.devices_silent,
        alerts=_by_severity(status.alerts),
        member=member,
    )


def _by_severity(lines: list[AlertLine]) -> tuple[int, int, int, int]:
    counts = [0, 0, 0, 0]
    for line in lines:
        counts[line.severity - 1] += 1
    return (counts[0], counts[1], counts[2], counts[3])


def _in_order(document: CampusDocument) -> list[OpenAlert]:
    """Open alerts, the worst and oldest first: the same whether the document was restored in between or not."""
    return sorted(document.open_alerts.values(), key=_worst_first)


def _worst_first(opened: OpenAlert) -> tuple[int, int, str]:
    return opened.line.severity, opened.line.since_ms, opened.line.alert_id
