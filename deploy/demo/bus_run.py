"""What a bus does on its day: where it moves when, and what it reports besides its position."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, NamedTuple

from deploy.demo.draft import Draft
from deploy.demo.school_day import SchoolDay
from deploy.demo.source import Window
from deploy.demo.trips import EMPTY_KMH, Route, Stop, Trip, travel_ms
from schemas.clock import MINUTE_MS, SECOND_MS
from schemas.systems.school_bus import Direction, PretripChecked

UNDER_WAY_S: Final = 10
EMPTY_S: Final = 30
PARKED_S: Final = 300
CHECKED: Final[dict[str, Any]] = dict.fromkeys(
    (name for name in PretripChecked.model_fields if name.endswith("_ok")), True
)


class Movement(NamedTuple):
    """A span in which the bus goes (or stays) along its road, and how often it then reports."""

    from_ms: int
    to_ms: int
    from_m: float
    to_m: float
    report_s: int
    ignition_on: bool


@dataclass(frozen=True)
class Mishaps:
    """What is scripted to go wrong with this bus's first trip."""

    held_up: Window | None = None
    """It gets stuck at the first stop that it reaches in this window, until the window ends."""
    child_left: Window | None = None
    """The last rider does not get off and nobody checks; at the window's end the child is found."""


@dataclass
class BusDay:
    """Collects a day while it is driven; afterwards ``movements`` are seamless and ``drafts`` unordered."""

    bus_id: str
    route: Route
    now_ms: int
    at_m: float
    movements: list[Movement] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)

    def say(self, at_ms: int, kind: str, data: dict[str, Any]) -> None:
        """Report something."""
        self.drafts.append(Draft(at_ms, f"school_bus.{kind}.v1", self.bus_id, data))

    def stay(self, until_ms: int, report_s: int, *, ignition_on: bool) -> None:
        """Stand until an instant; nothing happens when that is past."""
        if until_ms > self.now_ms:
            self._move(until_ms, self.at_m, report_s, ignition_on=ignition_on)

    def drive(self, to_m: float, speed_kmh: float, report_s: int) -> None:
        """Go to a place on the road at a mean speed."""
        if to_m != self.at_m:
            self._move(self.now_ms + travel_ms(to_m - self.at_m, speed_kmh), to_m, report_s, ignition_on=True)

    def _move(self, to_ms: int, to_m: float, report_s: int, *, ignition_on: bool) -> None:
        self.movements.append(Movement(self.now_ms, to_ms, self.at_m, to_m, report_s, ignition_on))
        self.now_ms, self.at_m = to_ms, to_m


def drive_day(  # noqa: PLR0913, PLR0917 — a bus, its plan, its day, its luck
    bus_id: str, route: Route, trips: Iterable[Trip], day: SchoolDay, mishaps: Mishaps, chance: random.Random
) -> BusDay:
    """Everything that the bus does from the day's opening to its end."""
    trips = tuple(trips)
    bus = BusDay(bus_id, route, day.opens_ms, trips[0].stops[0].at_m)
    for number, trip in enumerate(trips):
        bus.say(day.opens_ms + 2_000 + number * 500, "trip.planned", _plan(trip, route, bus_id))
        _drive_trip(bus, trip, mishaps if number == 0 else Mishaps(), chance)
    bus.stay(day.closes_ms, PARKED_S, ignition_on=False)
    return bus


def _drive_trip(bus: BusDay, trip: Trip, mishaps: Mishaps, chance: random.Random) -> None:
    crew = crew_of(bus.bus_id)
    bus.drive(trip.stops[0].at_m, EMPTY_KMH, EMPTY_S)
    bus.stay(trip.planned_start_ms - 4 * MINUTE_MS, PARKED_S, ignition_on=False)
    bus.say(bus.now_ms + 4_000, "pretrip.checked", {"trip_id": trip.trip_id, "by_ref": crew["driver_ref"], **CHECKED})
    start_ms = max(bus.now_ms + 30_000, trip.planned_start_ms + chance.randrange(-20_000, 60_000))
    bus.stay(start_ms, EMPTY_S, ignition_on=True)
    begun = {"trip_id": trip.trip_id, "route_id": bus.route.route_id, "direction": trip.direction.value}
    bus.say(start_ms, "trip.started", {**begun, **crew, "seats": bus.route.seats})
    aboard = _call_at_stops(bus, trip, mishaps, chance)
    _finish(bus, trip, aboard, mishaps.child_left)


def _call_at_stops(bus: BusDay, trip: Trip, mishaps: Mishaps, chance: random.Random) -> "_Riders":
    riders = _Riders(bus, trip, chance, leave_one=mishaps.child_left is not None)
    for index, stop in enumerate(trip.stops):
        delta_s = round((bus.now_ms - trip.planned_ms[index]) / SECOND_MS)
        bus.say(bus.now_ms, "stop.arrived", {"trip_id": trip.trip_id, "stop_id": stop.stop_id, "delta_s": delta_s})
        arrived_ms = bus.now_ms
        bus.stay(riders.exchange(stop), UNDER_WAY_S, ignition_on=True)
        if mishaps.held_up and mishaps.held_up.holds(arrived_ms):
            bus.stay(mishaps.held_up.to_ms, UNDER_WAY_S, ignition_on=True)
        if index + 1 < len(trip.stops):
            dwell_s = round((bus.now_ms - arrived_ms) / SECOND_MS)
            left = {"trip_id": trip.trip_id, "stop_id": stop.stop_id, "dwell_s": dwell_s}
            bus.say(bus.now_ms, "stop.departed", left)
            bus.drive(trip.stops[index + 1].at_m, chance.uniform(22, 38), UNDER_WAY_S)
    return riders


def _finish(bus: BusDay, trip: Trip, riders: "_Riders", child_left: Window | None) -> None:
    """The trip's end; in the scripted case the child is found, and the bus walked through, only at the window's end."""
    bus.say(bus.now_ms + 5_000, "trip.ended", {"trip_id": trip.trip_id, "ignition_on": False})
    checked_ms = bus.now_ms + 90_000
    if child_left:
        checked_ms = max(checked_ms, child_left.to_ms)
        riders.let_out(trip.stops[-1], checked_ms - 20_000)
        bus.say(checked_ms - 10_000, "count.reconciled", riders.count())
    by_ref = crew_of(bus.bus_id)["attendant_ref"]
    bus.say(checked_ms, "childcheck.done", {"trip_id": trip.trip_id, "by_ref": by_ref, "last_row_scanned": True})
    bus.stay(bus.now_ms + 2 * MINUTE_MS, EMPTY_S, ignition_on=False)


class _Riders:
    """Who gets on and off during one trip."""

    def __init__(self, bus: BusDay, trip: Trip, chance: random.Random, *, leave_one: bool) -> None:
        self._bus = bus
        self._trip = trip
        self._chance = chance
        self._leave_one = leave_one
        self._aboard: list[str] = []
        self._boarded = 0
        self._to_school = trip.direction is Direction.TO_SCHOOL
        self._homes = {rider for stop in trip.stops for rider in stop.riders}

    def exchange(self, stop: Stop) -> int:
        """Let pupils on and off at a stop. Returns the instant at which the bus may leave."""
        at_ms = self._bus.now_ms + 8_000
        school = stop.stop_id == self._bus.route.school.stop_id
        if school and not self._to_school:
            at_ms = self._board(sorted(self._homes), stop, at_ms)
        elif school:
            at_ms = self._alight(list(self._aboard), stop, at_ms)
        elif self._to_school:
            at_ms = self._board(stop.riders, stop, at_ms)
        else:
            at_ms = self._alight([rider for rider in stop.riders if rider in self._aboard], stop, at_ms)
        last_pick_up = self._to_school and stop is self._trip.stops[-2]
        if (last_pick_up or stop is self._trip.stops[-1]) and not (school and self._leave_one):
            self._bus.say(at_ms + 3_000, "count.reconciled", self.count())
        return max(at_ms + 5_000, self._bus.now_ms + self._chance.randrange(20_000, 75_000))

    def let_out(self, stop: Stop, at_ms: int) -> None:
        """Whoever is still on board gets off."""
        self._leave_one = False
        self._alight(list(self._aboard), stop, at_ms)

    def count(self) -> dict[str, Any]:
        """The attendant's count."""
        onboard = len(self._aboard)
        counted = {"boarded": self._boarded, "alighted": self._boarded - onboard, "onboard": onboard}
        return {"trip_id": self._trip.trip_id, **counted, "seats": self._bus.route.seats}

    def _board(self, riders: Iterable[str], stop: Stop, at_ms: int) -> int:
        for rider, when_ms in self._paced(riders, at_ms):
            self._aboard.append(rider)
            self._boarded += 1
            self._bus.say(when_ms, "pupil.boarded", self._card(rider, stop))
            at_ms = when_ms
        return at_ms

    def _alight(self, riders: list[str], stop: Stop, at_ms: int) -> int:
        for rider, when_ms in self._paced(riders[:-1] if self._leave_one else riders, at_ms):
            self._aboard.remove(rider)
            self._bus.say(when_ms, "pupil.alighted", self._card(rider, stop))
            at_ms = when_ms
        return at_ms

    def _paced(self, riders: Iterable[str], at_ms: int) -> Iterator[tuple[str, int]]:
        for rider in riders:
            at_ms += self._chance.randrange(1_500, 4_500)
            yield rider, at_ms

    def _card(self, rider: str, stop: Stop) -> dict[str, Any]:
        method = "card" if self._chance.random() < 0.9 else "manual"
        return {"trip_id": self._trip.trip_id, "pupil_token": rider, "stop_id": stop.stop_id, "method": method}


def _plan(trip: Trip, route: Route, bus_id: str) -> dict[str, Any]:
    return {
        "trip_id": trip.trip_id,
        "route_id": route.route_id,
        "direction": trip.direction.value,
        "planned_start_ms": trip.planned_start_ms,
        "planned_end_ms": trip.planned_end_ms,
        **crew_of(bus_id),
        "seats": route.seats,
        "stop_ids": [stop.stop_id for stop in trip.stops],
        "stop_planned_ms": list(trip.planned_ms),
    }


def crew_of(bus_id: str) -> dict[str, str]:
    """References of the driver and the attendant of a bus."""
    number = bus_id.removeprefix("bus-")
    return {"driver_ref": f"driver-{number}", "attendant_ref": f"attendant-{number}"}


def speed_between(movement: Movement, share: float) -> tuple[float, float]:
    """Place (m) and speed (km/h) after this share (0–1) of a movement: it starts and ends at rest."""
    length_m = movement.to_m - movement.from_m
    place_m = movement.from_m + length_m * share * share * (3 - 2 * share)
    seconds = (movement.to_ms - movement.from_ms) / SECOND_MS
    return place_m, abs(length_m) * 6 * share * (1 - share) / seconds * 3.6


def is_seamless(movements: Iterable[Movement]) -> bool:
    """Whether each movement begins when and where the one before it ended."""
    return all(a.to_ms == b.from_ms and a.to_m == b.from_m for a, b in pairwise(movements))
