"""Events to try the gateway with: one valid event of each type, made from the catalogue's samples."""

import json
from typing import Any

from schemas.clock import DAY_MS
from schemas.systems import catalogue

CAMPUS = "c-421122-007"
OTHER_CAMPUS = "c-421122-008"
TIME = "2026-11-24T07:31:05.250+08:00"
TIME_MS = 1_795_476_665_250
CANTEEN = "canteen.temp.sampled.v1"
WITHIN_A_DAY_MS = TIME_MS + DAY_MS // 2


def event(type_name: str = CANTEEN, /, **members: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON value
    """A valid event; ``members`` replace those of the envelope, ``data`` is the catalogue's sample."""
    return {
        "specversion": "1.0",
        "id": "0192f1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b",
        "source": f"urn:campanile:edge:{CAMPUS}:1",
        "type": type_name,
        "subject": "probe-01",
        "time": TIME,
        "campusid": CAMPUS,
        "data": catalogue()[type_name].sample,  # type: ignore[index]  # a plain text names a type in tests
    } | members


def encode(value: Any) -> bytes:  # noqa: ANN401 — any JSON value
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
