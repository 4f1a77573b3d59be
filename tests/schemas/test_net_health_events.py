"""What the event models of ``net_health`` accept and refuse."""

from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from schemas.ids import EventTypeName
from schemas.systems import catalogue


def check(name: str, /, **changes: Any) -> None:  # noqa: ANN401 — any field of any event
    declared = catalogue()[EventTypeName(f"net_health.{name}.v1")]
    data = {field: value for field, value in (declared.sample | changes).items() if value is not ...}
    declared.data.model_validate_json(msgspec.json.encode(data))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("link.minute_digest", {"loss_pct": 100.1}),
        ("link.minute_digest", {"rtt_ms": -0.1}),
        ("link.minute_digest", {"wifi_clients": 12.5}),
        ("link.minute_digest", {"jitter_ms": ...}),
        ("link.down", {"cause": "gremlins"}),
        ("link.up", {"outage_s": -1}),
        ("probe.failed", {"target": "两个 字"}),
        ("probe.failed", {"layer": "ipx"}),
        ("bandwidth.tested", {"contract_mbps": 0.0}),
        ("bandwidth.tested", {"reach": "county"}),
    ],
)
def test_nonsense_is_refused(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(name, **changes)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("link.minute_digest", {"loss_pct": 100, "down_mbps": 0, "rtt_ms": 0}),
        ("link.up", {"outage_s": ...}),
        ("ap.up", {"clients": ...}),
        ("bandwidth.tested", {"reach": "terminal", "contract_mbps": 100}),
    ],
)
def test_what_real_networks_send_is_accepted(name: str, changes: dict[str, Any]) -> None:
    check(name, **changes)
