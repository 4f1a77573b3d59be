"""What is said of one trip: plan, start, stops, riders, counts, end, and the search of the empty bus."""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from schemas.events import EventData
from schemas.fields import EpochMs, PupilToken, Ref
from schemas.systems.school_bus.vehicle import DurationS

MAX_STOPS: Final = 64

Riders = Annotated[int, Field(ge=0, le=200)]
Seats = Annotated[int, Field(ge=1, le=80)]
"""GB 24407-2012 allows 45 (kindergarten) and 56 (primary, junior); older vehicles may have more."""
DeltaS = Annotated[int, Field(ge=-43_200, le=43_200)]
"""Seconds after the planned instant; negative: early."""


class Direction(StrEnum):
    """Which way a trip goes."""

    TO_SCHOOL = "to_school"
    TO_HOME = "to_home"


class TripPlanned(EventData):
    """A trip as the licence card and the day's plan have it (Art. 16). A later plan replaces an earlier one."""

    trip_id: Ref
    route_id: Ref
    direction: Direction
    planned_start_ms: EpochMs
    planned_end_ms: EpochMs
    driver_ref: Ref
    attendant_ref: Ref | None = None
    seats: Seats | None = None
    """Seats for pupils."""
    motorway: bool = False
    """Part of the route is a motorway, where 80 km/h hold for a loaded bus instead of 60 (Art. 35)."""
    stop_ids: Annotated[list[Ref], Field(max_length=MAX_STOPS)] = Field(default_factory=list)
    """Approved stops in order; empty: not known, so none is judged unapproved."""
    stop_planned_ms: Annotated[list[EpochMs], Field(max_length=MAX_STOPS)] = Field(default_factory=list)
    """Planned arrival at each of ``stop_ids``, or empty."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.planned_end_ms <= self.planned_start_ms:
            raise ValueError("planned_end_ms must be after planned_start_ms")
        if self.stop_planned_ms and len(self.stop_planned_ms) != len(self.stop_ids):
            raise ValueError("stop_planned_ms must be empty or as long as stop_ids")
        return self


class TripStarted(EventData):
    """A trip began; also sent by a bus that takes over a running trip."""

    trip_id: Ref
    route_id: Ref
    direction: Direction
    driver_ref: Ref
    attendant_ref: Ref | None = None
    """None: no attendant on board, which Art. 38 forbids with pupils on it."""
    seats: Seats | None = None


class TripEnded(EventData):
    """A trip is over."""

    trip_id: Ref
    outcome: Literal["completed", "broken_down", "cancelled"] = "completed"
    ignition_on: bool | None = None


class PretripChecked(EventData):
    """The vehicle was examined before this trip (Art. 21, 41)."""

    trip_id: Ref
    by_ref: Ref
    brakes_ok: bool
    steering_ok: bool
    lights_ok: bool
    tyres_ok: bool
    doors_ok: bool
    seats_ok: bool
    belts_ok: bool
    extinguisher_ok: bool
    hammer_ok: bool
    first_aid_ok: bool


class StopArrived(EventData):
    """The bus halted at a stop."""

    trip_id: Ref
    stop_id: Ref
    delta_s: DeltaS | None = None
    """Against the plan, where the bus knows it."""


class StopDeparted(EventData):
    """The bus left a stop."""

    trip_id: Ref
    stop_id: Ref
    dwell_s: DurationS
    delta_s: DeltaS | None = None


class PupilBoarded(EventData):
    """One pupil got on."""

    trip_id: Ref
    pupil_token: PupilToken
    stop_id: Ref
    method: Literal["card", "face", "manual"]


class PupilAlighted(EventData):
    """One pupil got off."""

    trip_id: Ref
    pupil_token: PupilToken
    stop_id: Ref
    method: Literal["card", "face", "manual"]


class CountReconciled(EventData):
    """The attendant counted heads: so many have boarded and alighted so far, so many are on board now."""

    trip_id: Ref
    boarded: Riders
    alighted: Riders
    onboard: Riders
    seats: Seats


class ChildcheckDone(EventData):
    """Someone walked through the empty bus to its last row after the trip (Art. 39)."""

    trip_id: Ref
    by_ref: Ref
    last_row_scanned: bool
    """The tag or switch at the last row was touched. False proves nothing and ends no duty."""


class RouteDeviated(EventData):
    """How far the bus is from its approved route; 0 m once it is back."""

    trip_id: Ref
    distance_m: Annotated[float, Field(ge=0, le=200_000)]
    duration_s: DurationS
    """For how long it has been off the route."""
    reason: Literal["traffic_control", "road_works", "disaster", "weather", "accident"] | None = None
    """The exceptions of Art. 30; None: no excuse was given."""
