"""Events of classroom devices: boards, panels, projectors, recorders, terminals, and the commands sent to them.

``subject`` is the device; for the heartbeat digest it is the edge gateway that heard the devices.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.events import EventData, EventType, event
from schemas.fields import EpochMs, Ref

DeviceKind = Literal["board", "panel", "projector", "terminal", "recorder", "speaker", "sensor", "other"]
FaultCode = Literal["no_signal", "overheat", "touch", "lamp", "fan", "disk"]
Actor = Literal["timer", "local", "remote"]
MAX_DEVICES_IN_DIGEST: Final = 512


class DevicePowerOn(EventData):
    """The device was switched on."""

    actor: Actor
    kind: DeviceKind = "other"


class DevicePowerOff(EventData):
    """The device was switched off."""

    actor: Actor


class DeviceFault(EventData):
    """The device reports a fault; one code stays open until it is repaired."""

    code: FaultCode
    temp_c: Annotated[float, Field(ge=-40, le=200)] | None = None


class DeviceRepaired(EventData):
    """A fault is mended."""

    code: FaultCode | None = None
    """None: every open fault of the device."""
    by_ref: Ref | None = None


class DeviceOnline(EventData):
    """The device is connected, and will be heard from every ``interval_s``."""

    kind: DeviceKind = "other"
    interval_s: Annotated[int, Field(ge=5, le=3600)] = 60


class DeviceOffline(EventData):
    """The device has left; its edge gateway says so."""

    reason: Literal["switched_off", "network", "unknown"]


class DevicesHeartbeatDigest(EventData):
    """The devices that one edge gateway heard in one window that ended at ``time``."""

    window_ms: Annotated[int, Field(ge=1, le=3_600_000)]
    interval_s: Annotated[int, Field(ge=5, le=3600)]
    """How often each of them is expected to be heard."""
    devices: Annotated[tuple[Ref, ...], Field(min_length=1, max_length=MAX_DEVICES_IN_DIGEST)]


class UsageHourlyDigest(EventData):
    """One local hour of one device's use."""

    hour_start_ms: EpochMs
    on_min: Annotated[float, Field(ge=0, le=60)]
    lessons_used: Annotated[int, Field(ge=0, le=12)]
    energy_kwh: Annotated[float, Field(ge=0, le=100)]


Verb = Literal["power", "lock", "volume", "message", "input", "reboot"]


class CommandRequested(EventData):
    """Somebody asks that the device do something; nothing is sent before it is authorised."""

    command_id: Ref
    verb: Verb
    ttl_s: Annotated[int, Field(ge=1, le=3600)] = 30
    by_ref: Ref


class CommandAuthorised(EventData):
    """The command may go, and goes: from here the device has ``ttl_s`` to acknowledge it."""

    command_id: Ref
    verb: Verb
    ttl_s: Annotated[int, Field(ge=1, le=3600)] = 30
    by_ref: Ref


class CommandAcked(EventData):
    """The device has done it."""

    command_id: Ref


class CommandFailed(EventData):
    """The command came to nothing."""

    command_id: Ref
    reason: Literal["refused", "expired", "offline", "unsupported", "error"]


_COMMAND: Final = {"command_id": "cmd-01jd8s2k7w", "verb": "power", "ttl_s": 30, "by_ref": "staff-7f3a"}

EVENTS: Final[tuple[EventType, ...]] = (
    event(
        "device_control.device.power_on",
        DevicePowerOn,
        subject="device",
        sample={"actor": "timer", "kind": "board"},
    ),
    event("device_control.device.power_off", DevicePowerOff, subject="device", sample={"actor": "local"}),
    event(
        "device_control.device.fault",
        DeviceFault,
        subject="device",
        sample={"code": "overheat", "temp_c": 71.5},
    ),
    event(
        "device_control.device.repaired",
        DeviceRepaired,
        subject="device",
        sample={"code": "overheat", "by_ref": "staff-2c91"},
    ),
    event(
        "device_control.device.online",
        DeviceOnline,
        subject="device",
        sample={"kind": "board", "interval_s": 60},
    ),
    event("device_control.device.offline", DeviceOffline, subject="device", sample={"reason": "network"}),
    event(
        "device_control.devices.heartbeat_digest",
        DevicesHeartbeatDigest,
        subject="edge gateway",
        sample={"window_ms": 15_000, "interval_s": 60, "devices": ["board-101", "board-102", "panel-lab-1"]},
    ),
    event(
        "device_control.usage.hourly_digest",
        UsageHourlyDigest,
        subject="device",
        sample={"hour_start_ms": 1_795_564_800_000, "on_min": 41.5, "lessons_used": 1, "energy_kwh": 0.16},
    ),
    event("device_control.command.requested", CommandRequested, subject="device", sample=_COMMAND),
    event(
        "device_control.command.authorised",
        CommandAuthorised,
        subject="device",
        sample=_COMMAND | {"by_ref": "staff-principal"},
    ),
    event(
        "device_control.command.acked",
        CommandAcked,
        subject="device",
        sample={"command_id": "cmd-01jd8s2k7w"},
    ),
    event(
        "device_control.command.failed",
        CommandFailed,
        subject="device",
        sample={"command_id": "cmd-01jd8s2k7w", "reason": "offline"},
    ),
)
