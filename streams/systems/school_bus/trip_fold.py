"""The part of the fold that files what is said of a trip."""

from bisect import insort
from collections.abc import Callable
from typing import Final

from schemas.frame import LoggedEvent
from streams.core.spell import see_off, see_on
from streams.core.system import Effect
from streams.systems.school_bus.state import (
    MAX_CHECKS,
    MAX_HALTS,
    MAX_RIDERS,
    End,
    Halt,
    HeadCount,
    Plan,
    Pretrip,
    Start,
    Trip,
)
from streams.systems.school_bus.trip_facts import onboard, rider_of, seats

OFF_ROUTE_M: Final = 150
OFF_ROUTE_S: Final = 60


def planned(trip: Trip, event: LoggedEvent) -> Effect:
    """The newest plan counts."""
    data = event.data
    if trip.plan is not None and (event.occurredms, event.id) <= (trip.plan.said_ms, trip.plan.event_id):
        return Effect.NOTHING
    trip.plan = Plan(
        said_ms=event.occurredms,
        event_id=event.id,
        start_ms=data["planned_start_ms"],
        end_ms=data["planned_end_ms"],
        seats=data.get("seats") or 0,
        motorway=data.get("motorway", False),
        stop_ids=data.get("stop_ids", []),
        stop_planned_ms=data.get("stop_planned_ms", []),
    )
    if trip.start is None:
        _name_route(trip, event)
    return Effect.JUDGE


def started(trip: Trip, event: LoggedEvent) -> Effect:
    """The first start begins the trip, the latest one says who is on board."""
    mark = (event.occurredms, event.id)
    start = trip.start
    if start is None:
        start = trip.start = Start(first_ms=event.occurredms, first_id=event.id)
    elif mark < (start.first_ms, start.first_id):
        start.first_ms, start.first_id = mark
    if mark > (start.last_ms, start.last_id):
        start.last_ms, start.last_id = mark
        start.attended = event.data.get("attendant_ref") is not None
        start.seats = event.data.get("seats") or 0
        _name_route(trip, event)
    return Effect.JUDGE


def _name_route(trip: Trip, event: LoggedEvent) -> None:
    trip.route_id, trip.direction = event.data["route_id"], event.data["direction"]


def ended(trip: Trip, event: LoggedEvent) -> Effect:
    """The latest end counts."""
    if trip.end is not None and (event.occurredms, event.id) <= (trip.end.at_ms, trip.end.event_id):
        return Effect.NOTHING
    trip.end = End(event.occurredms, event.id, event.data.get("outcome", "completed"))
    return Effect.JUDGE


def pretrip_checked(trip: Trip, event: LoggedEvent) -> Effect:
    """The earliest faultless examination counts, and what the newest one found."""
    pretrip = trip.pretrip = trip.pretrip or Pretrip()
    failed = tuple(sorted(item[:-3] for item, fine in event.data.items() if item.endswith("_ok") and not fine))
    if not failed and not 0 < pretrip.passed_ms <= event.occurredms:
        pretrip.passed_ms = event.occurredms
    if (event.occurredms, event.id) > (pretrip.said_ms, pretrip.event_id):
        pretrip.said_ms, pretrip.event_id, pretrip.failed = event.occurredms, event.id, failed
    return Effect.JUDGE


def arrived(trip: Trip, event: LoggedEvent) -> Effect:
    """The first arrival at each stop counts."""
    halt = _halt_of(trip, event)
    if not halt.arrived_ms or (event.occurredms, event.id) < (halt.arrived_ms, halt.arrived_id):
        halt.arrived_ms, halt.arrived_id = event.occurredms, event.id
        halt.delta_s = event.data.get("delta_s")
    return Effect.JUDGE


def departed(trip: Trip, event: LoggedEvent) -> Effect:
    """The latest departure from each stop counts; it also tells of a halt whose arrival was never told."""
    halt = _halt_of(trip, event)
    halt.left_ms, halt.dwell_s = max((halt.left_ms, halt.dwell_s), (event.occurredms, event.data["dwell_s"]))
    return Effect.VISIBLE if halt.arrived_ms else Effect.JUDGE


def _halt_of(trip: Trip, event: LoggedEvent) -> Halt:
    stop_id = event.data["stop_id"]
    halt = trip.halts.get(stop_id)
    if halt is None:
        halt = trip.halts[stop_id] = Halt()
        if len(trip.halts) > MAX_HALTS:
            del trip.halts[max(trip.halts)]
    return halt


def boarded(trip: Trip, event: LoggedEvent) -> Effect:
    """A rider got on."""
    return _file_rider(trip, trip.boarded_ms, event)


def alighted(trip: Trip, event: LoggedEvent) -> Effect:
    """A rider got off."""
    return _file_rider(trip, trip.alighted_ms, event)


def _file_rider(trip: Trip, riders: dict[int, int], event: LoggedEvent) -> Effect:
    data, at_ms, before = event.data, event.occurredms, onboard(trip)
    rider = rider_of(data["trip_id"], data["pupil_token"])
    if at_ms <= riders.get(rider, 0):
        return Effect.NOTHING
    riders[rider] = at_ms
    if len(riders) > MAX_RIDERS:
        del riders[max(riders)]
    off = trip.alighted_ms
    trip.aboard = sum(off.get(rider, 0) <= got_on_ms for rider, got_on_ms in trip.boarded_ms.items())
    return Effect.JUDGE if _riders_are_judged(trip, before, at_ms) else Effect.VISIBLE


def _riders_are_judged(trip: Trip, before: int, at_ms: int) -> bool:
    """Whether a verdict may hang on the number on board: under way it does at its bounds and at a head count only."""
    counted_ms = trip.head_count.at_ms if trip.head_count is not None else -1
    most = max(before, trip.aboard)
    return trip.end is not None or at_ms <= counted_ms or not (before and trip.aboard) or 0 < seats(trip) < most


def reconciled(trip: Trip, event: LoggedEvent) -> Effect:
    """The newest head count counts."""
    data = event.data
    known = trip.head_count
    if known is not None and (event.occurredms, event.id) <= (known.at_ms, known.event_id):
        return Effect.NOTHING
    trip.head_count = HeadCount(
        event.occurredms, event.id, data["boarded"], data["alighted"], data["onboard"], data["seats"]
    )
    return Effect.JUDGE


def childchecked(trip: Trip, event: LoggedEvent) -> Effect:
    """Only a search to the last row is one."""
    checks_ms = trip.checks_ms
    if event.data["last_row_scanned"] and event.occurredms not in checks_ms:
        insort(checks_ms, event.occurredms)
        del checks_ms[:-MAX_CHECKS]
    return Effect.JUDGE


def deviated(trip: Trip, event: LoggedEvent) -> Effect:
    """Off the route for long enough and without one of the reasons that the law knows."""
    data, at_ms = event.data, event.occurredms
    if at_ms > trip.off_route_said_ms:
        trip.off_route_said_ms, trip.off_route_m = at_ms, data["distance_m"]
    if data["distance_m"] <= OFF_ROUTE_M or data.get("reason") is not None:
        see_off(trip.off_route, at_ms)
    elif data["duration_s"] >= OFF_ROUTE_S:
        see_on(trip.off_route, at_ms, event.id)
    return Effect.JUDGE


HANDLERS: Final[dict[str, Callable[[Trip, LoggedEvent], Effect]]] = {
    "school_bus.trip.planned.v1": planned,
    "school_bus.trip.started.v1": started,
    "school_bus.trip.ended.v1": ended,
    "school_bus.pretrip.checked.v1": pretrip_checked,
    "school_bus.stop.arrived.v1": arrived,
    "school_bus.stop.departed.v1": departed,
    "school_bus.pupil.boarded.v1": boarded,
    "school_bus.pupil.alighted.v1": alighted,
    "school_bus.count.reconciled.v1": reconciled,
    "school_bus.childcheck.done.v1": childchecked,
    "school_bus.route.deviated.v1": deviated,
}
