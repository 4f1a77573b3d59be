"""Makes the events of buses for tests: one trip piece by piece, or a whole morning."""

from collections.abc import Iterable
from typing import Any

from schemas.clock import MINUTE_MS
from schemas.frame import LoggedEvent
from tests.streams.systems.driving import local, made

START_MS = local(6, 30)
END_MS = local(7, 10)
STOPS = ("s-1", "s-2", "s-3", "s-4")
CHECKLIST = (
    "brakes_ok",
    "steering_ok",
    "lights_ok",
    "tyres_ok",
    "doors_ok",
    "seats_ok",
    "belts_ok",
    "extinguisher_ok",
    "hammer_ok",
    "first_aid_ok",
)


def position(at_ms: int, bus: str = "bus-1", received_ms: int | None = None, **changes: Any) -> LoggedEvent:  # noqa: ANN401 — any field
    fix: dict[str, Any] = {
        "latitude_deg": 31.47,
        "longitude_deg": 114.65,
        "speed_kmh": 32.0,
        "bearing_deg": 40.0,
        "ignition_on": True,
    }
    return made("school_bus.position.reported", bus, at_ms, received_ms, **(fix | changes))


class Trip:
    """Says things of one trip of one bus."""

    def __init__(self, trip_id: str = "t-1", bus: str = "bus-1", start_ms: int = START_MS) -> None:
        self.trip_id = trip_id
        self.bus = bus
        self.start_ms = start_ms
        self.end_ms = start_ms + 40 * MINUTE_MS

    def says(self, name: str, at_ms: int, received_ms: int | None = None, **data: Any) -> LoggedEvent:  # noqa: ANN401 — any field
        return made(f"school_bus.{name}", self.bus, at_ms, received_ms, trip_id=self.trip_id, **data)

    def planned(self, **changes: Any) -> LoggedEvent:  # noqa: ANN401 — any field
        plan: dict[str, Any] = {
            "route_id": "r-1",
            "direction": "to_school",
            "planned_start_ms": self.start_ms,
            "planned_end_ms": self.end_ms,
            "driver_ref": "drv-1",
            "attendant_ref": "att-1",
            "seats": 4,
            "stop_ids": list(STOPS),
            "stop_planned_ms": [self.start_ms + (5 + 5 * index) * MINUTE_MS for index in range(len(STOPS))],
        }
        return self.says("trip.planned", self.start_ms - 60 * MINUTE_MS, **(plan | changes))

    def checked(self, at_ms: int, received_ms: int | None = None, failed: Iterable[str] = ()) -> LoggedEvent:
        items = {item: item not in failed for item in CHECKLIST}
        return self.says("pretrip.checked", at_ms, received_ms, by_ref="drv-1", **items)

    def started(self, at_ms: int, received_ms: int | None = None, attendant: str | None = "att-1") -> LoggedEvent:
        crew = {"driver_ref": "drv-1", "attendant_ref": attendant}
        return self.says("trip.started", at_ms, received_ms, route_id="r-1", direction="to_school", seats=4, **crew)

    def ended(self, at_ms: int, received_ms: int | None = None, outcome: str = "completed") -> LoggedEvent:
        return self.says("trip.ended", at_ms, received_ms, outcome=outcome)

    def searched(self, at_ms: int, received_ms: int | None = None, *, last_row: bool = True) -> LoggedEvent:
        return self.says("childcheck.done", at_ms, received_ms, by_ref="att-1", last_row_scanned=last_row)

    def arrived(self, stop: str, at_ms: int, received_ms: int | None = None, delta_s: int | None = None) -> LoggedEvent:
        return self.says("stop.arrived", at_ms, received_ms, stop_id=stop, delta_s=delta_s)

    def departed(self, stop: str, at_ms: int, dwell_s: int = 30) -> LoggedEvent:
        return self.says("stop.departed", at_ms, stop_id=stop, dwell_s=dwell_s)

    def boarded(self, pupil: str, at_ms: int, received_ms: int | None = None) -> LoggedEvent:
        return self._rode("pupil.boarded", pupil, at_ms, received_ms)

    def alighted(self, pupil: str, at_ms: int, received_ms: int | None = None) -> LoggedEvent:
        return self._rode("pupil.alighted", pupil, at_ms, received_ms)

    def _rode(self, name: str, pupil: str, at_ms: int, received_ms: int | None) -> LoggedEvent:
        return self.says(name, at_ms, received_ms, pupil_token=f"p_token_{pupil}", stop_id="s-1", method="card")

    def counted(self, at_ms: int, boarded: int, alighted: int, onboard: int, seats: int = 4) -> LoggedEvent:
        heads = {"boarded": boarded, "alighted": alighted, "onboard": onboard, "seats": seats}
        return self.says("count.reconciled", at_ms, **heads)

    def deviated(self, at_ms: int, distance_m: float, duration_s: int, reason: str | None = None) -> LoggedEvent:
        return self.says("route.deviated", at_ms, distance_m=distance_m, duration_s=duration_s, reason=reason)


def good_trip(trip: Trip) -> list[LoggedEvent]:
    """A trip with three pupils on which everything is as it should be, in the order of its happening."""
    at = trip.start_ms
    events = [trip.planned(), trip.checked(at - 10 * MINUTE_MS), trip.started(at)]
    for index, stop in enumerate(STOPS[:3]):
        halted_ms = at + (5 + 5 * index) * MINUTE_MS
        events.append(trip.arrived(stop, halted_ms, delta_s=0))
        events.append(trip.boarded(f"{trip.trip_id}-{index}", halted_ms + 5_000))
        events.append(trip.departed(stop, halted_ms + 30_000))
    events.append(trip.counted(at + 18 * MINUTE_MS, 3, 0, 3))
    events += [position(at + seconds * 1000, trip.bus) for seconds in range(0, 2_280, 40)]
    events.append(trip.arrived(STOPS[3], at + 20 * MINUTE_MS, delta_s=0))
    events += [trip.alighted(f"{trip.trip_id}-{index}", at + 36 * MINUTE_MS + index * 1000) for index in range(3)]
    events += [trip.ended(at + 37 * MINUTE_MS), trip.searched(at + 39 * MINUTE_MS)]
    return sorted(events, key=lambda event: event.occurredms)
