"""What the event models of ``device_control`` accept and refuse."""

from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from schemas.ids import EventTypeName
from schemas.systems import catalogue
from schemas.systems.device_control import MAX_DEVICES_IN_DIGEST


def check(name: str, /, **changes: Any) -> None:  # noqa: ANN401 — any field of any event
    declared = catalogue()[EventTypeName(f"device_control.{name}.v1")]
    data = {field: value for field, value in (declared.sample | changes).items() if value is not ...}
    declared.data.model_validate_json(msgspec.json.encode(data))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("devices.heartbeat_digest", {"devices": []}),
        ("devices.heartbeat_digest", {"devices": ["d"] * (MAX_DEVICES_IN_DIGEST + 1)}),
        ("devices.heartbeat_digest", {"devices": ["讲台"]}),
        ("devices.heartbeat_digest", {"interval_s": 0}),
        ("device.power_on", {"actor": "ghost"}),
        ("device.fault", {"code": "tired"}),
        ("device.online", {"interval_s": 4}),
        ("usage.hourly_digest", {"on_min": 60.5}),
        ("usage.hourly_digest", {"hour_start_ms": 1_795_564_800}),
        ("command.requested", {"ttl_s": 0}),
        ("command.requested", {"verb": "explode"}),
        ("command.acked", {"command_id": ...}),
    ],
)
def test_nonsense_is_refused(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(name, **changes)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("devices.heartbeat_digest", {"devices": ["d"] * MAX_DEVICES_IN_DIGEST}),
        ("device.power_on", {"kind": ...}),
        ("device.repaired", {"code": ..., "by_ref": ...}),
        ("device.online", {"kind": ..., "interval_s": ...}),
        ("command.authorised", {"ttl_s": ...}),
    ],
)
def test_what_real_devices_send_is_accepted(name: str, changes: dict[str, Any]) -> None:
    check(name, **changes)
