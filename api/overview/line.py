"""One line of an overview: a system of a campus, judged against the clock at the moment of reading.

Green without data is a lie: a system that was never heard from is ``no_data``, one not heard from for too long is
``stale``, one with silent devices is ``silent``; only what is fresh, complete and without alert is ``ok``.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from api import examples
from api.live.change import StatusHead


class Condition(StrEnum):
    """What a line says at a glance."""

    ALERT = "alert"
    NO_DATA = "no_data"
    STALE = "stale"
    SILENT = "silent"
    """Fresh, but not every expected device is heard."""
    OK = "ok"


class SystemLine(BaseModel):
    """A system of a campus. Instants in epoch ms, UTC; null where nothing was heard yet."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [examples.LINE]})

    campus_id: str
    system: str
    condition: Condition
    severity: int
    """0 no open alert, else the worst: 1 red … 4 blue."""
    open_alerts: tuple[int, int, int, int]
    """Open alerts of severity 1, 2, 3 and 4."""
    counts: dict[str, int]
    devices_heard: int
    devices_expected: int
    devices_silent: int
    """Silent ones that were heard before, or missing ones of those expected, whichever are more."""
    heard_ms: int | None
    age_ms: int | None
    """How long ago anything was heard."""
    watermark_ms: int | None
    """Before it, nothing more is expected."""
    position: int | None


def line_of(  # noqa: PLR0913 — the judgement's inputs, each named at the call
    campus_id: str,
    system: str,
    head: StatusHead | None,
    *,
    devices_expected: int,
    at_ms: int,
    stale_after_ms: int,
) -> SystemLine:
    """The line of a system from its newest status, or from none."""
    if head is None:
        return _silence(campus_id, system, devices_expected)
    age_ms = max(0, at_ms - head.heard_ms)
    silent = max(head.devices_silent, devices_expected - head.devices_heard, 0)
    severities = [alert.severity for alert in head.alerts]
    return SystemLine(
        campus_id=campus_id,
        system=system,
        condition=_condition(head.severity, is_stale=age_ms > stale_after_ms, silent=silent),
        severity=head.severity,
        open_alerts=(severities.count(1), severities.count(2), severities.count(3), severities.count(4)),
        counts=head.counts,
        devices_heard=head.devices_heard,
        devices_expected=devices_expected,
        devices_silent=silent,
        heard_ms=head.heard_ms,
        age_ms=age_ms,
        watermark_ms=head.watermark_ms,
        position=head.position,
    )


def _silence(campus_id: str, system: str, devices_expected: int) -> SystemLine:
    return SystemLine(
        campus_id=campus_id,
        system=system,
        condition=Condition.NO_DATA,
        severity=0,
        open_alerts=(0, 0, 0, 0),
        counts={},
        devices_heard=0,
        devices_expected=devices_expected,
        devices_silent=devices_expected,
        heard_ms=None,
        age_ms=None,
        watermark_ms=None,
        position=None,
    )


def _condition(severity: int, *, is_stale: bool, silent: int) -> Condition:
    if severity:
        return Condition.ALERT
    if is_stale:
        return Condition.STALE
    return Condition.SILENT if silent else Condition.OK


SortKey = tuple[int, int, float, str, str]


def worst_first(line: SystemLine) -> SortKey:
    """Sort key: worst severity, then most silent devices, then longest unheard; never heard is the longest."""
    age = float("inf") if line.age_ms is None else float(line.age_ms)
    return line.severity or 5, -line.devices_silent, -age, line.campus_id, line.system
