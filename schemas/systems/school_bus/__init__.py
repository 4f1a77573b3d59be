"""Events of school buses (校车). Law: 校车安全管理条例 (国务院令第617号); fields: JT/T 808-2019, message 0x0200.

The envelope's ``subject`` is the bus. A *trip* is one run of one route, named by a ``trip_id`` that no other run ever
has. A bus is not a trip: when another bus takes over, it sends the following events with the same ``trip_id`` and its
own ``subject``.
An event's ``time`` says when the thing happened, so ``data`` repeats it nowhere. Instants in ``data`` are epoch ms.
Coordinates are WGS-84 degrees. Pupils appear as tokens; drivers and attendants as references.
"""

from typing import Final

from schemas.events import Classification, EventType, event
from schemas.privacy import PupilFields
from schemas.retention import RetentionClass
from schemas.systems.school_bus.trip import (
    ChildcheckDone,
    CountReconciled,
    Direction,
    PretripChecked,
    PupilAlighted,
    PupilBoarded,
    RouteDeviated,
    StopArrived,
    StopDeparted,
    TripEnded,
    TripPlanned,
    TripStarted,
)
from schemas.systems.school_bus.vehicle import (
    AlarmKind,
    AlarmRaised,
    InspectionDue,
    OverspeedDetected,
    PermitExpiring,
    PositionReported,
)

__all__ = ["EVENTS", "AlarmKind", "Direction", "PretripChecked"]

_BUS: Final = "bus"
_TRIP: Final = {"trip_id": "t-20261124-r07-am1"}
_CREW: Final = {"driver_ref": "drv-017", "attendant_ref": "att-031"}
_ROUTE: Final = {"route_id": "r07", "direction": "to_school"}
_RIDER: Final = _TRIP | {"pupil_token": "p_8Zt3kQ1xW0aB", "stop_id": "s-07-03", "method": "card"}
_PUPIL: Final = PupilFields("pupil_token", sealed=("stop_id", "method"))
"""Where a child gets on says where it lives."""
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
        retention=RetentionClass.BUS_TRACK,
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
        pupil=_PUPIL,
        retention=RetentionClass.PUPIL,
        sample=_RIDER,
    ),
    event(
        "school_bus.pupil.alighted",
        PupilAlighted,
        subject=_BUS,
        classification=Classification.MINOR,
        pupil=_PUPIL,
        retention=RetentionClass.PUPIL,
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
