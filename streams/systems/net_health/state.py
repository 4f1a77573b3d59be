"""What is known of one campus's network. Bounded: the least recently heard entry makes room for a new one."""

from typing import Final

import msgspec

from schemas.clock import DAY_MS, MINUTE_MS
from streams.core.spell import Spell

MAX_LINKS: Final = 8
MAX_ACCESS_POINTS: Final = 256
MAX_TESTED: Final = 64
MAX_PROBES: Final = 64

DIGEST_INTERVAL_MS: Final = MINUTE_MS
SILENT_AFTER_MS: Final = 3 * DIGEST_INTERVAL_MS
FORGOTTEN_AFTER_MS: Final = 30 * DAY_MS
"""What has not been heard of for so long was taken out of service: it is no longer missed."""


class Link(msgspec.Struct, omit_defaults=True):
    """One uplink: its last minute, and since when something about it has been wrong."""

    digest_ms: int = 0
    """End of the newest minute reported."""
    down_mbps: float = 0.0
    up_mbps: float = 0.0
    rtt_ms: float = 0.0
    loss_pct: float = 0.0
    jitter_ms: float = 0.0
    util_pct: float = 0.0
    wifi_clients: int = 0
    cause_ms: int = 0
    cause: str = ""
    """What the newest report of an outage gave as its cause."""
    down: Spell = msgspec.field(default_factory=Spell)
    lossy: Spell = msgspec.field(default_factory=Spell)
    slow: Spell = msgspec.field(default_factory=Spell)
    saturated: Spell = msgspec.field(default_factory=Spell)

    def heard_ms(self) -> int:
        """When the link was last known to carry traffic; 0 if never."""
        return max(self.digest_ms, self.down.off_ms)


class AccessPoint(msgspec.Struct, omit_defaults=True):
    """One access point."""

    heard_ms: int = 0
    clients: int = 0
    cause: str = ""
    down: Spell = msgspec.field(default_factory=Spell)


class Tested(msgspec.Struct, omit_defaults=True):
    """The newest bandwidth test of one link or terminal, and the unbroken run of failed ones."""

    tested_ms: int = 0
    reach: str = ""
    down_mbps: float = 0.0
    up_mbps: float = 0.0
    contract_mbps: float = 0.0
    below: Spell = msgspec.field(default_factory=Spell)


class ProbeFailure(msgspec.Struct):
    """The newest failure of one probe."""

    failed_ms: int
    target: str
    layer: str


class NetHealth(msgspec.Struct, omit_defaults=True):
    """State of the system ``net_health`` of one campus."""

    links: dict[str, Link] = msgspec.field(default_factory=dict)
    access_points: dict[str, AccessPoint] = msgspec.field(default_factory=dict)
    tested: dict[str, Tested] = msgspec.field(default_factory=dict)
    probe_failures: dict[str, ProbeFailure] = msgspec.field(default_factory=dict)
