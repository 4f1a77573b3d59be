"""What a bus says of itself, whether or not it is on a trip. Fields: JT/T 808-2019, message 0x0200."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.events import EventData
from schemas.fields import EpochMs, Ref

SpeedKmh = Annotated[float, Field(ge=0, le=200)]
DurationS = Annotated[int, Field(ge=0, le=86_400)]


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


class OverspeedDetected(EventData):
    """The terminal saw a limit exceeded; sent when the run of speeding ends, or repeatedly while it lasts."""

    limit_kmh: SpeedKmh
    speed_kmh: SpeedKmh
    """The highest of the run."""
    duration_s: DurationS
    road: Literal["motorway", "other", "restricted"] = "other"
    """``restricted``: sharp bend, steep, narrow, ice, mud or low visibility, where 20 km/h hold (Art. 35)."""
    trip_id: Ref | None = None


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
    """A permit of the vehicle or its driver ends (Art. 16, 26)."""

    permit: Literal["bus_permit", "driver_qualification", "insurance"]
    expires_ms: EpochMs
