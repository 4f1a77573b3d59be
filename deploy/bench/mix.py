"""What a province sends at its raw peak, as shares of the five systems, and variants of each type's data.

The shares follow the estimate of raw peak rates per system for a school morning: heartbeats and device reports 78 %,
sensor readings of kitchens 7 %, lesson sessions 7 %, bus positions 5 %, network digests 3 %.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

VARIANTS: Final = 64
"""Different data per type: enough that values change from event to event."""

Data = dict[str, Any]


@dataclass(frozen=True)
class Weighted:
    """One type with its share and its rendered variants, each ``<subject>","data":{…}`` (up to the next member)."""

    name: str
    weight: int
    tails: tuple[bytes, ...]


def _heartbeat(random: Random) -> tuple[str, Data]:
    device = f"board-{random.randrange(1, 25):02}"
    return "edge-1", {"window_ms": 60_000, "interval_s": 3600, "devices": [device]}


def _temperature(random: Random) -> tuple[str, Data]:
    number = random.randrange(8)
    zone, middle_c = (("fridge", 4.0), ("freezer", -19.0))[number & 1]
    return f"sensor-{number}", {"zone": zone, "temp_c": round(random.gauss(middle_c, 0.8), 1)}


def _quality(random: Random) -> tuple[str, Data]:
    return "room-1", {
        "session_id": "bench-session",
        "endpoint_id": f"room-{random.randrange(1, 3)}",
        "fps": float(random.randrange(22, 30)),
        "bitrate_kbps": float(random.randrange(1800, 3600)),
        "loss_pct": round(random.random(), 2),
        "rtt_ms": round(random.gauss(45, 9), 1),
        "mos": round(random.uniform(3.6, 4.6), 1),
    }


def _position(random: Random) -> tuple[str, Data]:
    return f"bus-{random.randrange(3)}", {
        "latitude_deg": round(random.uniform(31.2, 31.5), 6),
        "longitude_deg": round(random.uniform(114.5, 114.8), 6),
        "speed_kmh": round(random.uniform(5, 55), 1),
        "bearing_deg": float(random.randrange(360)),
        "ignition_on": True,
    }


def _minute(random: Random) -> tuple[str, Data]:
    return "link-1", {
        "down_mbps": round(random.uniform(20, 400), 1),
        "up_mbps": round(random.uniform(5, 80), 1),
        "rtt_ms": round(random.gauss(12, 2), 1),
        "loss_pct": round(random.uniform(0, 0.5), 2),
        "jitter_ms": round(random.uniform(0, 3), 1),
        "util_pct": round(random.uniform(5, 70), 1),
        "wifi_clients": random.randrange(20, 250),
    }


_MIX: Final[tuple[tuple[str, int, Callable[[Random], tuple[str, Data]]], ...]] = (
    ("device_control.devices.heartbeat_digest.v1", 78, _heartbeat),
    ("canteen.temp.sampled.v1", 7, _temperature),
    ("lesson_ops.session.quality.v1", 7, _quality),
    ("school_bus.position.reported.v1", 5, _position),
    ("net_health.link.minute_digest.v1", 3, _minute),
)


def weighted_types(seed: int = 1) -> tuple[Weighted, ...]:
    """The mix with its rendered variants; the same seed gives the same bytes."""
    random = Random(seed)  # noqa: S311 — a reproducible load, no secret
    return tuple(
        Weighted(name, weight, tuple(_render(*make(random)) for _ in range(VARIANTS))) for name, weight, make in _MIX
    )


def _render(subject: str, data: Data) -> bytes:
    return b'%b","data":%b' % (subject.encode(), json.dumps(data, separators=(",", ":")).encode())
