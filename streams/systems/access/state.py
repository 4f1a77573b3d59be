"""What is known of today's looks at one campus. Bounded; counters belong to one local day (Asia/Shanghai)."""

from typing import Final

import msgspec

MAX_PRINCIPALS: Final = 256
MAX_EMERGENCIES: Final = 64
MAX_KINDS: Final = 256


class Reader(msgspec.Struct, omit_defaults=True):
    """One principal's looks today."""

    role: str = ""
    reads: int = 0
    delicate: int = 0
    """Of these, the ones that show single children, or take content away."""
    refusals: int = 0
    last_ms: int = 0
    many_ms: int = 0
    """When ``delicate`` reached its limit; 0: not yet."""
    many_id: str = ""
    refused_ms: int = 0
    """When ``refusals`` reached its limit; 0: not yet."""
    refused_id: str = ""


class Emergency(msgspec.Struct, omit_defaults=True):
    """Emergency access that somebody took."""

    principal_ref: str
    taken_ms: int
    until_ms: int
    event_id: str


class Access(msgspec.Struct, omit_defaults=True):
    """State of the system ``access`` of one campus."""

    day_ms: int = 0
    """Local midnight of the day that the counters are of."""
    reads: dict[str, int] = msgspec.field(default_factory=dict)
    """By ``<kind>/<role>``."""
    refusals: int = 0
    last_read_ms: int = 0
    readers: dict[str, Reader] = msgspec.field(default_factory=dict)
    emergencies: dict[str, Emergency] = msgspec.field(default_factory=dict)
    """By grant."""
    consents_given: int = 0
    """Today."""
    consents_withdrawn: int = 0
