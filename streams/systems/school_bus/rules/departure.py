"""Rules about what must be in order before a bus leaves: examination, attendant, safety test, permits."""

from collections.abc import Iterator
from typing import Final

from schemas.clock import MINUTE_MS
from streams.core.spans import Span, rule_of_spans
from streams.core.system import Rule, RuleKind
from streams.systems.school_bus.rules.children import knows_trip
from streams.systems.school_bus.state import SchoolBusState
from streams.systems.school_bus.trip_facts import is_running, open_trips, until_end_ms

REPORT_WITHIN_MS: Final = MINUTE_MS
"""An examination made before the start may be reported this much after it."""


def _no_pretrip_check(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        start, pretrip = trip.start, trip.pretrip
        if start is None or (pretrip is not None and 0 < pretrip.passed_ms <= start.first_ms):
            continue
        until_ms = until_end_ms(trip)
        detail: dict[str, int | float | str] = {"bus": trip.bus}
        if pretrip is not None:
            until_ms = min(until_ms, pretrip.passed_ms or until_ms)
            detail["failed"] = ",".join(pretrip.failed)
        yield Span(trip_id, start.first_ms, start.first_ms + REPORT_WITHIN_MS, until_ms, (start.first_id,), detail)


def _no_attendant(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        if trip.start is not None and not trip.start.attended and is_running(trip):
            began_ms = trip.start.last_ms
            yield Span(trip_id, began_ms, began_ms, causes=(trip.start.last_id,), detail={"bus": trip.bus})


def _inspection_overdue(state: SchoolBusState) -> Iterator[Span]:
    for bus_id, bus in state.buses.items():
        if bus.inspection is not None:
            due_ms = bus.inspection.date_ms
            yield Span(bus_id, due_ms, due_ms, causes=(bus.inspection.event_id,))


def _permit_expired(state: SchoolBusState) -> Iterator[Span]:
    for bus_id, bus in state.buses.items():
        for permit, dated in bus.permits.items():
            yield Span(
                f"{bus_id}/{permit}", dated.date_ms, dated.date_ms, causes=(dated.event_id,), detail={"bus": bus_id}
            )


RULES: Final[tuple[Rule[SchoolBusState], ...]] = (
    rule_of_spans(
        "school_bus.no_pretrip_check",
        _no_pretrip_check,
        kind=RuleKind.ABSENCE,
        severity=2,
        title_zh="未做发车前检查即发车",
        title_en="trip started without a passed vehicle examination",
        citation="校车安全管理条例 (国务院令第617号) 第21、41条 [V]",
        withdrawable=True,
        known=knows_trip,
    ),
    rule_of_spans(
        "school_bus.no_attendant",
        _no_attendant,
        kind=RuleKind.THRESHOLD,
        severity=2,
        title_zh="无随车照管人员",
        title_en="no attendant on board",
        citation="校车安全管理条例 (国务院令第617号) 第38条 [V]",
    ),
    rule_of_spans(
        "school_bus.inspection_overdue",
        _inspection_overdue,
        kind=RuleKind.ABSENCE,
        severity=3,
        title_zh="车辆安全技术检验逾期",
        title_en="half-yearly safety test of the vehicle is overdue",
        citation="校车安全管理条例 (国务院令第617号) 第20条 [V]",
    ),
    rule_of_spans(
        "school_bus.permit_expired",
        _permit_expired,
        kind=RuleKind.ABSENCE,
        severity=2,
        title_zh="校车或驾驶人许可已过期",
        title_en="a permit of the vehicle or its driver has expired",
        citation="校车安全管理条例 (国务院令第617号) 第16、26条 [V]",
    ),
)
