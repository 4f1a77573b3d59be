"""Events of the campus network: uplinks, access points, probes and bandwidth tests.

``subject`` is the link (``link-1``), the access point or the probe. A link that is down sends nothing itself: the edge
device keeps its reports and delivers them once the way is open again, so these events may come hours late.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.events import EventData, EventType, event
from schemas.fields import Count, Ref

Mbps = Annotated[float, Field(ge=0, le=400_000)]
Milliseconds = Annotated[float, Field(ge=0, le=60_000)]
Percent = Annotated[float, Field(ge=0, le=100)]
Cause = Literal["power", "fibre", "config", "unknown"]


class LinkMinuteDigest(EventData):
    """One minute of one uplink, measured at the campus; ``time`` is the end of the minute."""

    down_mbps: Mbps
    """Mean rate towards the campus."""
    up_mbps: Mbps
    rtt_ms: Milliseconds
    """95th percentile of the round trip to the county's node."""
    loss_pct: Percent
    jitter_ms: Milliseconds
    util_pct: Percent
    """Busier direction, as a share of the contracted rate."""
    wifi_clients: Count


class LinkDown(EventData):
    """The uplink carries nothing any more; ``time`` is when it went."""

    cause: Cause


class LinkUp(EventData):
    """The uplink carries traffic again."""

    outage_s: Annotated[int, Field(ge=0, le=31_622_400)] | None = None
    """How long it was away by the edge device's own clock, if that knows."""


class ApDown(EventData):
    """An access point is away."""

    cause: Cause


class ApUp(EventData):
    """An access point is there: at its start, after an outage, or as its controller's daily roll-call."""

    clients: Count | None = None


class ProbeFailed(EventData):
    """A probe did not get its answer."""

    target: Ref
    """What was asked for: a host name or a service's reference."""
    layer: Literal["icmp", "dns", "tcp", "tls", "http"]


class BandwidthTested(EventData):
    """A bandwidth test against the contract (千兆进校园、百兆进终端)."""

    reach: Literal["campus", "terminal"]
    """Whether the campus's uplink or a terminal's access was measured."""
    down_mbps: Mbps
    up_mbps: Mbps
    contract_mbps: Annotated[float, Field(gt=0, le=400_000)]
    """What the contract promises in each direction."""


EVENTS: Final[tuple[EventType, ...]] = (
    event(
        "net_health.link.minute_digest",
        LinkMinuteDigest,
        subject="link",
        sample={
            "down_mbps": 412.6,
            "up_mbps": 88.1,
            "rtt_ms": 11.4,
            "loss_pct": 0.1,
            "jitter_ms": 1.3,
            "util_pct": 41.3,
            "wifi_clients": 126,
        },
    ),
    event("net_health.link.down", LinkDown, subject="link", sample={"cause": "fibre"}),
    event("net_health.link.up", LinkUp, subject="link", sample={"outage_s": 483}),
    event("net_health.ap.down", ApDown, subject="access point", sample={"cause": "power"}),
    event("net_health.ap.up", ApUp, subject="access point", sample={"clients": 17}),
    event(
        "net_health.probe.failed",
        ProbeFailed,
        subject="probe",
        sample={"target": "resource.county.example", "layer": "dns"},
    ),
    event(
        "net_health.bandwidth.tested",
        BandwidthTested,
        subject="link",
        sample={"reach": "campus", "down_mbps": 941.0, "up_mbps": 936.5, "contract_mbps": 1000.0},
    ),
)
