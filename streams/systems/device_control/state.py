"""What is known of one campus's devices. Bounded: the least recently heard entry makes room for a new one."""

from typing import Final

import msgspec

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS
from streams.core.presence import Presence
from streams.core.spell import Spell

MAX_DEVICES: Final = 1024
MAX_EDGES: Final = 8
MAX_COMMANDS: Final = 64

MISSED_BEATS: Final = 3
"""A device or gateway is silent when it has missed this many of its beats."""
FORGOTTEN_AFTER_MS: Final = 30 * DAY_MS
"""What has not been heard of for so long was taken away: it is no longer missed."""
COMMAND_FORGOTTEN_AFTER_MS: Final = HOUR_MS
UNTIMED_SILENT_AFTER_MS: Final = 15 * MINUTE_MS
"""For the summary alone: a device that never said how often it beats counts as heard for so long."""


def patience_ms(interval_ms: int) -> int:
    """How long after a gateway's beat the next one may be received and still be regular: half a beat for the way."""
    return interval_ms * 3 // 2


class Usage(msgspec.Struct):
    """The newest hour of use reported."""

    hour_start_ms: int
    on_min: float
    lessons_used: int
    energy_kwh: float


class Device(msgspec.Struct, omit_defaults=True):
    """One device."""

    kind: str = "other"
    kind_ms: int = 0
    """When the device last said what it is."""
    edge: str = ""
    """The gateway that hears it; empty until one has listed it."""
    beat_ms: int = 0
    """Its newest beat in a gateway's digest."""
    interval_ms: int = 0
    """How often it beats, as that digest says; 0: none has listed it."""
    acted_ms: int = 0
    """The newest event of its own that shows it alive."""
    online_ms: int = 0
    online_interval_ms: int = 0
    """How often it would be heard, as it said when it came online."""
    left_ms: int = 0
    """When it was last switched off or left in an orderly way; until it is seen again nobody misses it."""
    powered: Spell = msgspec.field(default_factory=Spell)
    faults: dict[str, Spell] = msgspec.field(default_factory=dict)
    """By fault code, of which there are few."""
    repaired_ms: int = 0
    """The newest repair of everything at once."""
    usage: Usage | None = None

    def seen_ms(self) -> int:
        """Its newest sign of life; 0 if there was none."""
        return max(self.beat_ms, self.acted_ms)

    def expected_every_ms(self) -> int:
        """How often it should be heard; 0: its silence means nothing, since it never said or has left."""
        return (self.interval_ms or self.online_interval_ms) if self.seen_ms() > self.left_ms else 0


class Edge(msgspec.Struct, omit_defaults=True):
    """One edge gateway: when it reported, without a gap of ``MISSED_BEATS`` intervals."""

    interval_ms: int = 0
    interval_of_ms: int = 0
    """When the interval was last stated."""
    presence: Presence = msgspec.field(default_factory=Presence)


class Command(msgspec.Struct, omit_defaults=True):
    """One command's way. Instants are those of its events; 0: not so far."""

    device: str = ""
    verb: str = ""
    first_ms: int = 0
    requested_ms: int = 0
    authorised_ms: int = 0
    authorised_by: str = ""
    """Id of the event, not of the person."""
    ttl_ms: int = 0
    acked_ms: int = 0
    failed_ms: int = 0
    failure: str = ""


class DeviceControl(msgspec.Struct, omit_defaults=True):
    """State of the system ``device_control`` of one campus."""

    devices: dict[str, Device] = msgspec.field(default_factory=dict)
    edges: dict[str, Edge] = msgspec.field(default_factory=dict)
    commands: dict[str, Command] = msgspec.field(default_factory=dict)
