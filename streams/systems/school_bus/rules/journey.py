"""Rules about the journey against its plan: it happens, in time, on the approved route, and comes to an end."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.clock import HOUR_MS, MINUTE_MS
from schemas.documents import NEVER_MS
from streams.core.spans import Span, rule_of_spans
from streams.core.spell import begun_ms, causes
from streams.core.system import Rule, RuleKind
from streams.systems.school_bus.rules.children import knows_trip
from streams.systems.school_bus.state import SchoolBusState, Trip
from streams.systems.school_bus.trip_facts import halted_ms, is_running, open_trips, until_end_ms

LATE_MS: Final = 10 * MINUTE_MS
ABANDONED_MS: Final = 2 * HOUR_MS
"""How long after its planned end a trip that never began is still asked for."""
OVERRUN_MS: Final = 30 * MINUTE_MS
LONGEST_TRIP_MS: Final = 3 * HOUR_MS
"""For a trip of which no plan is known."""


class Appointment(NamedTuple):
    """A planned instant of a trip and when it was kept; None: not yet."""

    planned_ms: int
    actual_ms: int | None


def _trip_not_started(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        if trip.plan is not None:
            deadline_ms = trip.plan.start_ms + LATE_MS
            until_ms = min(
                trip.plan.end_ms + ABANDONED_MS,
                trip.start.first_ms if trip.start is not None else NEVER_MS,
                trip.end.at_ms if trip.end is not None else NEVER_MS,
            )
            yield Span(
                trip_id,
                deadline_ms,
                deadline_ms,
                until_ms,
                (trip.plan.event_id,),
                {"bus": trip.bus, "planned_start_ms": trip.plan.start_ms},
            )


def trip_late(state: SchoolBusState) -> Iterator[Span]:
    """From the first appointment missed by ten minutes until one is kept again, or the trip ends."""
    for trip_id, trip in open_trips(state):
        if trip.start is None:
            continue
        missed: Appointment | None = None
        for appointment in _appointments(trip):
            planned_ms, actual_ms = appointment
            if actual_ms is not None and actual_ms - planned_ms < LATE_MS:
                if missed is not None:
                    yield _lateness(trip_id, trip, missed, actual_ms)
                missed = None
            elif missed is None:
                missed = appointment
        if missed is not None:
            yield _lateness(trip_id, trip, missed, NEVER_MS)


def _lateness(trip_id: str, trip: Trip, missed: Appointment, until_ms: int) -> Span:
    deadline_ms = missed.planned_ms + LATE_MS
    detail: dict[str, int | float | str] = {"bus": trip.bus, "planned_ms": missed.planned_ms}
    if missed.actual_ms is not None:
        detail["delay_s"] = (missed.actual_ms - missed.planned_ms) // 1000
    return Span(trip_id, deadline_ms, deadline_ms, min(until_ms, until_end_ms(trip)), (), detail)


def _appointments(trip: Trip) -> list[Appointment]:
    """Start and stops in planned order; a stop that was passed by, as later ones tell, is none."""
    plan, start = trip.plan, trip.start
    planned = dict(zip(plan.stop_ids, plan.stop_planned_ms, strict=False)) if plan is not None else {}
    kept = []
    if plan is not None and start is not None:
        kept.append(Appointment(plan.start_ms, start.first_ms))
    for stop_id, halt in trip.halts.items():
        at_ms = halted_ms(halt)
        if halt.delta_s is not None:
            kept.append(Appointment(at_ms - halt.delta_s * 1000, at_ms))
        elif stop_id in planned:
            kept.append(Appointment(planned[stop_id], at_ms))
    last_ms = max((planned_ms for planned_ms, _ in kept), default=0)
    missing = [
        Appointment(planned_ms, None)
        for stop_id, planned_ms in planned.items()
        if stop_id not in trip.halts and planned_ms > last_ms
    ]
    return sorted(kept) + sorted(missing)


def _trip_overrun(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        if trip.start is not None:
            planned = trip.plan is not None and trip.plan.end_ms > trip.start.first_ms
            limit_ms = (
                trip.plan.end_ms + OVERRUN_MS
                if trip.plan is not None and planned
                else trip.start.first_ms + LONGEST_TRIP_MS
            )
            yield Span(trip_id, limit_ms, limit_ms, until_end_ms(trip), (trip.start.first_id,), {"bus": trip.bus})


def _stop_unapproved(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        if trip.plan is not None and trip.plan.stop_ids:
            approved = frozenset(trip.plan.stop_ids)
            for stop_id, halt in trip.halts.items():
                if stop_id not in approved:
                    at_ms = halted_ms(halt)
                    yield Span(
                        f"{trip_id}/{stop_id}",
                        at_ms,
                        at_ms,
                        until_end_ms(trip),
                        (halt.arrived_id,) if halt.arrived_id else (),
                        {"bus": trip.bus, "stop": stop_id},
                    )


def _route_deviated(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        began_ms = begun_ms(trip.off_route)
        if began_ms is not None and is_running(trip):
            yield Span(
                trip_id,
                began_ms,
                began_ms,
                causes=causes(trip.off_route),
                detail={"bus": trip.bus, "distance_m": trip.off_route_m},
            )


RULES: Final[tuple[Rule[SchoolBusState], ...]] = (
    rule_of_spans(
        "school_bus.trip_not_started",
        _trip_not_started,
        kind=RuleKind.ABSENCE,
        severity=3,
        title_zh="班次未按计划发车",
        title_en="planned trip has not started",
        citation="校车安全管理条例 (国务院令第617号) 第16条 标牌载明运行时间 [V]；10分钟 / ten minutes [A]",
        withdrawable=True,
        known=knows_trip,
    ),
    rule_of_spans(
        "school_bus.trip_late",
        trip_late,
        kind=RuleKind.THRESHOLD,
        severity=3,
        title_zh="校车晚点",
        title_en="bus is late",
        citation="校车安全管理条例 (国务院令第617号) 第16条 标牌载明停靠站点和时间 [V]；10分钟 / ten minutes [A]",
        withdrawable=True,
        known=knows_trip,
    ),
    rule_of_spans(
        "school_bus.trip_overrun",
        _trip_overrun,
        kind=RuleKind.STUCK,
        severity=3,
        title_zh="班次迟迟未结束",
        title_en="trip does not come to an end",
        citation="校车安全管理条例 (国务院令第617号) 第16条 [V]；超计划30分钟 / 30 min past the plan [A]",
        withdrawable=True,
        known=knows_trip,
    ),
    rule_of_spans(
        "school_bus.stop_unapproved",
        _stop_unapproved,
        kind=RuleKind.THRESHOLD,
        severity=3,
        title_zh="在未经批准的站点停靠",
        title_en="halt at a stop that is not approved",
        citation="校车安全管理条例 (国务院令第617号) 第32条 [V]",
    ),
    rule_of_spans(
        "school_bus.route_deviated",
        _route_deviated,
        kind=RuleKind.THRESHOLD,
        severity=3,
        title_zh="偏离审定路线",
        title_en="off the approved route",
        citation="校车安全管理条例 (国务院令第617号) 第30条 [V]；150米、60秒 / 150 m for 60 s [A]",
    ),
)
