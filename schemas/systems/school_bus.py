"""Events of school buses (校车). Law: 校车安全管理条例 (国务院令第617号); fields: JT/T 808-2019, message 0x0200.

The envelope's ``subject`` is the bus. A *trip* is one run of one route, named by ``trip_id``; a bus is not a trip:
when another bus takes over, it sends the following events with the same ``trip_id`` and its own ``subject``.
An event's ``time`` says when the thing happened, so ``data`` repeats it nowhere. Instants in ``data`` are epoch ms.
Coordinates are WGS-84 degrees. Pupils appear as tokens; drivers and attendants as references.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from schemas.events import Classification, EventData, EventType, event
from schemas.fields import EpochMs, PupilToken, Ref

MAX_STOPS: Final = 64
_BUS: Final = "bus"

SpeedKmh = Annotated[float, Field(ge=0, le=200)]
Riders = Annotated[int, Field(ge=0, le=200)]
Seats = Annotated[int, Field(ge=1, le=80)]
"""GB 24407-2012 allows 45 (kindergarten) and 56 (primary, junior); older vehicles may have more."""
DeltaS = Annotated[int, Field(ge=-43_200, le=43_200)]
"""Seconds after the planned instant; negative: early."""
DurationS = Annotated[int, Field(ge=0, le=86_400)]


class Direction(StrEnum):
    """Which way a trip goes."""

    TO_SCHOOL = "to_school"
    TO_HOME = "to_home"


class AlarmKind(StrEnum):
    """What a bus may raise by itself; after the alarm bits of JT/T 808 and Art. 41 of the Regulation."""

    SOS = "sos"
    COLLISION = "collision"
    DOOR_OPEN_MOVING = "door_open_moving"
    GNSS_FAULT = "gnss_fault"
    POWER_CUT = "power_cut"
    FATIGUE = "fatigue"
    REFUEL_LOADED = "refuel_loaded"
    ENGINE_ON_DRIVER_LEFT = "engine_on_driver_left"


class PositionReported(EventData):
    """Where a bus is. Sent about every 10 s under way, 30 s empty, 300 s parked."""

    latitude_deg: Annotated[float, Field(ge=-90, le=90)]
    longitude_deg: Annotated[float, Field(ge=-180, le=180)]
    speed_kmh: SpeedKmh
    bearing_deg: Annotated[float, Field(ge=0, lt=360)]
    """Clockwise from true north."""
    ignition_on: bool
    """The ACC bit."""
    altitude_m: Annotated[float, Field(ge=-500, le=9_000)] | None = None
    satellites: Annotated[int, Field(ge=0, le=255)] | None = None
    mileage_km: Annotated[float, Field(ge=0, le=5_000_000)] | None = None
    status_bits: Annotated[int, Field(ge=0, le=0xFFFF_FFFF)] | None = None
    alarm_bits: Annotated[int, Field(ge=0, le=0xFFFF_FFFF)] | None = None
    trip_id: Ref | None = None
    """Where the device knows it; nothing depends on it."""


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


class OverspeedDetected(EventData):
    """The terminal saw a limit exceeded; sent when the run of speeding ends, or repeatedly while it lasts."""

    limit_kmh: SpeedKmh
    speed_kmh: SpeedKmh
    """The highest of the run."""
    duration_s: DurationS
    road: Literal["motorway", "other", "restricted"] = "other"
    """``restricted``: sharp bend, steep, narrow, ice, mud or low visibility, where 20 km/h hold (Art. 35)."""
    trip_id: Ref | None = None


class RouteDeviated(EventData):
    """How far the bus is from its approved route; 0 m once it is back."""

    trip_id: Ref
    distance_m: Annotated[float, Field(ge=0, le=200_000)]
    duration_s: DurationS
    """For how long it has been off the route."""
    reason: Literal["traffic_control", "road_works", "disaster", "weather", "accident"] | None = None
    """The exceptions of Art. 30; None: no excuse was given."""


class AlarmRaised(EventData):
    """The bus, its driver or its attendant raised an alarm, or took it back."""

    kind: AlarmKind
    active: bool = True
    """False: the condition is over."""
    trip_id: Ref | None = None


class InspectionDue(EventData):
    """The half-yearly safety test of the vehicle (Art. 20) falls due."""

    due_ms: EpochMs


class PermitExpiring(EventData):
    """A permit of the vehicle or its driver ends (Art. 15, 26)."""

    permit: Literal["bus_permit", "driver_qualification", "insurance"]
    expires_ms: EpochMs


_TRIP: Final = {"trip_id": "t-20261124-r07-am1"}
_CREW: Final = {"driver_ref": "drv-017", "attendant_ref": "att-031"}
_ROUTE: Final = {"route_id": "r07", "direction": "to_school"}
_RIDER: Final = _TRIP | {"pupil_token": "p_8Zt3kQ1xW0aB", "stop_id": "s-07-03", "method": "card"}
_CHECKLIST: Final = dict.fromkeys(
    (name for name in PretripChecked.model_fields if name.endswith("_ok")),
    True,
)

EVENTS: Final[tuple[EventType, ...]] = (
    event(
        "school_bus.position.reported",
        PositionReported,
        subject=_BUS,
        classification=Classification.SENSITIVE,
        sample={
            "latitude_deg": 31.476212,
            "longitude_deg": 114.652107,
            "speed_kmh": 31.4,
            "bearing_deg": 42.0,
            "ignition_on": True,
            "altitude_m": 118.0,
            "satellites": 14,
            "mileage_km": 48_211.6,
        },
    ),
    event(
        "school_bus.trip.planned",
        TripPlanned,
        subject=_BUS,
        sample=_TRIP
        | _ROUTE
        | _CREW
        | {
            "planned_start_ms": 1_795_474_200_000,
            "planned_end_ms": 1_795_476_600_000,
            "seats": 41,
            "stop_ids": ["s-07-01", "s-07-02", "s-07-03"],
            "stop_planned_ms": [1_795_474_200_000, 1_795_474_800_000, 1_795_475_400_000],
        },
    ),
    event("school_bus.trip.started", TripStarted, subject=_BUS, sample=_TRIP | _ROUTE | _CREW | {"seats": 41}),
    event("school_bus.trip.ended", TripEnded, subject=_BUS, sample=_TRIP | {"ignition_on": False}),
    event(
        "school_bus.pretrip.checked", PretripChecked, subject=_BUS, sample=_TRIP | {"by_ref": "drv-017"} | _CHECKLIST
    ),
    event("school_bus.stop.arrived", StopArrived, subject=_BUS, sample=_TRIP | {"stop_id": "s-07-03", "delta_s": 40}),
    event(
        "school_bus.stop.departed",
        StopDeparted,
        subject=_BUS,
        sample=_TRIP | {"stop_id": "s-07-03", "dwell_s": 55, "delta_s": 95},
    ),
    event(
        "school_bus.pupil.boarded",
        PupilBoarded,
        subject=_BUS,
        classification=Classification.MINOR,
        sample=_RIDER,
    ),
    event(
        "school_bus.pupil.alighted",
        PupilAlighted,
        subject=_BUS,
        classification=Classification.MINOR,
        sample=_RIDER | {"stop_id": "s-school"},
    ),
    event(
        "school_bus.count.reconciled",
        CountReconciled,
        subject=_BUS,
        sample=_TRIP | {"boarded": 35, "alighted": 0, "onboard": 35, "seats": 41},
    ),
    event(
        "school_bus.childcheck.done",
        ChildcheckDone,
        subject=_BUS,
        sample=_TRIP | {"by_ref": "att-031", "last_row_scanned": True},
    ),
    event(
        "school_bus.overspeed.detected",
        OverspeedDetected,
        subject=_BUS,
        sample=_TRIP | {"limit_kmh": 60.0, "speed_kmh": 67.5, "duration_s": 22, "road": "other"},
    ),
    event(
        "school_bus.route.deviated",
        RouteDeviated,
        subject=_BUS,
        classification=Classification.SENSITIVE,
        sample=_TRIP | {"distance_m": 320.0, "duration_s": 75, "reason": "road_works"},
    ),
    event("school_bus.alarm.raised", AlarmRaised, subject=_BUS, sample=_TRIP | {"kind": "sos"}),
    event("school_bus.inspection.due", InspectionDue, subject=_BUS, sample={"due_ms": 1_797_091_200_000}),
    event(
        "school_bus.permit.expiring",
        PermitExpiring,
        subject=_BUS,
        sample={"permit": "bus_permit", "expires_ms": 1_798_732_800_000},
    ),
)
"""Every type that a school bus may send."""
