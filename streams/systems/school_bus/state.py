"""What is known of the school buses of one campus.

Every field is a register that the same events fill to the same value in any order: the earliest or the latest instant,
or what the newest event said (newest by event time, then by event id). Instants are epoch ms, 0 where unknown.
"""

from typing import Final

import msgspec

from streams.core.spell import Spell

MAX_BUSES: Final = 256
MAX_TRIPS: Final = 256
MAX_RIDERS: Final = 128
MAX_HALTS: Final = 96
MAX_CHECKS: Final = 8


class Terminal(msgspec.Struct, omit_defaults=True):
    """What the terminal of a bus last said about speeding."""

    at_ms: int = 0
    event_id: str = ""
    limit_kmh: float = 0.0
    speed_kmh: float = 0.0
    duration_s: int = 0
    road: str = "other"


class Dated(msgspec.Struct, omit_defaults=True):
    """A date that the newest of its events set."""

    said_ms: int = 0
    event_id: str = ""
    date_ms: int = 0


class Bus(msgspec.Struct, omit_defaults=True):
    """One vehicle."""

    heard_ms: int = 0
    position_ms: int = 0
    position_id: str = ""
    position_heard_ms: int = 0
    """When the gateway last received a position: liveness does not depend on the bus's clock."""
    latitude_deg: float = 0.0
    longitude_deg: float = 0.0
    speed_kmh: float = 0.0
    bearing_deg: float = 0.0
    ignition_on: bool = False
    moved_ms: int = 0
    """When it was last seen moving."""
    over_60: Spell = msgspec.field(default_factory=Spell)
    over_80: Spell = msgspec.field(default_factory=Spell)
    terminal: Terminal | None = None
    alarms: dict[str, Spell] = msgspec.field(default_factory=dict)
    """By kind of alarm; the kinds are a closed set."""
    inspection: Dated | None = None
    permits: dict[str, Dated] = msgspec.field(default_factory=dict)
    """By kind of permit; the kinds are a closed set."""


class Plan(msgspec.Struct, omit_defaults=True):
    """A trip as planned."""

    said_ms: int = 0
    event_id: str = ""
    start_ms: int = 0
    end_ms: int = 0
    seats: int = 0
    motorway: bool = False
    stop_ids: list[str] = msgspec.field(default_factory=list)
    stop_planned_ms: list[int] = msgspec.field(default_factory=list)


class Start(msgspec.Struct, omit_defaults=True):
    """When a trip began and who was on board; a bus that takes over starts it again."""

    first_ms: int = 0
    first_id: str = ""
    last_ms: int = 0
    last_id: str = ""
    attended: bool = True
    """By the latest start."""
    seats: int = 0


class End(msgspec.Struct, omit_defaults=True):
    """The latest end of a trip."""

    at_ms: int = 0
    event_id: str = ""
    outcome: str = "completed"


class HeadCount(msgspec.Struct, omit_defaults=True):
    """The attendant's newest count."""

    at_ms: int = 0
    event_id: str = ""
    boarded: int = 0
    alighted: int = 0
    onboard: int = 0
    seats: int = 0


class Halt(msgspec.Struct, omit_defaults=True):
    """A trip's halt at one stop: the first arrival and the latest departure."""

    arrived_ms: int = 0
    arrived_id: str = ""
    delta_s: int | None = None
    left_ms: int = 0
    dwell_s: int = 0
    """Of that departure."""


class Pretrip(msgspec.Struct, omit_defaults=True):
    """Examinations of the vehicle before a trip."""

    passed_ms: int = 0
    """The earliest in which everything was in order."""
    said_ms: int = 0
    event_id: str = ""
    failed: tuple[str, ...] = ()
    """What was not in order at the newest one."""


class Trip(msgspec.Struct, omit_defaults=True):
    """One run of one route. Once it is closed, little of it is kept."""

    closed: bool = False
    """It ended an hour or more ago and the bus was searched: nothing is judged any more, and nothing more taken in."""
    carried: int = 0
    """How many riders got on, counted when the trip was closed."""
    route_id: str = ""
    direction: str = ""
    bus: str = ""
    """The vehicle that last spoke for the trip."""
    bus_ms: int = 0
    plan: Plan | None = None
    start: Start | None = None
    end: End | None = None
    pretrip: Pretrip | None = None
    head_count: HeadCount | None = None
    halts: dict[str, Halt] = msgspec.field(default_factory=dict)
    """By stop."""
    boarded_ms: dict[int, int] = msgspec.field(default_factory=dict)
    """Riders that got on, each with the latest instant. A rider is a 32-bit mark of trip and token: it cannot be turned
    back into a token and differs from trip to trip."""
    alighted_ms: dict[int, int] = msgspec.field(default_factory=dict)
    """Riders that got off, likewise."""
    aboard: int = 0
    """Riders that got on and did not get off since."""
    checks_ms: list[int] = msgspec.field(default_factory=list)
    """Ascending instants at which the bus was searched to its last row."""
    off_route: Spell = msgspec.field(default_factory=Spell)
    """Reports of having been off the route, unexcused, for a minute or more."""
    off_route_m: float = 0.0
    off_route_said_ms: int = 0


class SchoolBusState(msgspec.Struct, omit_defaults=True):
    """Every bus and trip of one campus that is not yet history."""

    newest_ms: int = 0
    """The newest event that spoke of a trip."""
    tidied_ms: int = 0
    """Up to when trips were closed and forgotten."""
    buses: dict[str, Bus] = msgspec.field(default_factory=dict)
    trips: dict[str, Trip] = msgspec.field(default_factory=dict)
