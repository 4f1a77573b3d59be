"""Folds the events of ``device_control`` that speak of devices and gateways; commands have a file of their own."""

from collections.abc import Callable
from typing import Final

from schemas.clock import SECOND_MS
from schemas.frame import LoggedEvent
from streams.core.bounded import make_room
from streams.core.presence import hear, heard_ms
from streams.core.spell import Spell, observe, see_off
from streams.core.system import Effect
from streams.systems.device_control.commands import acked, authorised, failed, requested
from streams.systems.device_control.state import (
    MAX_DEVICES,
    MAX_EDGES,
    MISSED_BEATS,
    Device,
    DeviceControl,
    Edge,
    Usage,
    patience_ms,
)

_DEFAULT_INTERVAL_S: Final = 60


def apply(state: DeviceControl, event: LoggedEvent) -> Effect:
    """Fold one event.

    Raises:
        KeyError: the type is not one of ``device_control``, or a required field is missing; the state is unchanged.
    """
    return _FOLDS[event.type](state, event)


def _heartbeat_digest(state: DeviceControl, event: LoggedEvent) -> Effect:
    """The hottest fold: one step per device heard.

    Rules are asked only where an alert of silence may be open (the last sign is two beats old or older by the time of
    receipt) or a deadline appears; a deadline that merely moves on needs no judgement.
    """
    interval_ms, heard = event.data["interval_s"] * SECOND_MS, event.data["devices"]
    at_ms, edge_name, devices = event.occurredms, event.subject, state.devices
    effect = _hear_edge(state, event, interval_ms)
    doubtful_ms = event.receivedms - (MISSED_BEATS - 1) * interval_ms
    for name in heard:
        device = devices.get(name)
        if device is None:
            device = _new_device(state, name)
        if at_ms > device.beat_ms:
            if device.beat_ms < doubtful_ms or device.beat_ms <= device.left_ms:
                effect = Effect.JUDGE
            device.beat_ms = at_ms
            device.interval_ms = interval_ms
            device.edge = edge_name
    return effect


def _hear_edge(state: DeviceControl, event: LoggedEvent, interval_ms: int) -> Effect:
    edge = state.edges.get(event.subject)
    if edge is None:
        make_room(state.edges, MAX_EDGES, lambda old: heard_ms(old.presence))
        edge = state.edges[event.subject] = Edge()
    before_ms = heard_ms(edge.presence)
    if event.occurredms > edge.interval_of_ms:
        edge.interval_of_ms, edge.interval_ms = event.occurredms, interval_ms
    moved = hear(edge.presence, event.occurredms, MISSED_BEATS * interval_ms)
    return Effect.JUDGE if moved or event.receivedms - before_ms > patience_ms(interval_ms) else Effect.ALIVE


def _power_on(state: DeviceControl, event: LoggedEvent) -> Effect:
    device = _acting(state, event)
    _learn_kind(device, event)
    observe(device.powered, event.occurredms, event.id, is_so=True)
    return Effect.JUDGE


def _power_off(state: DeviceControl, event: LoggedEvent) -> Effect:
    device = _device(state, event)
    _leave(device, event.occurredms)
    return Effect.JUDGE


def _online(state: DeviceControl, event: LoggedEvent) -> Effect:
    interval_ms = event.data.get("interval_s", _DEFAULT_INTERVAL_S) * SECOND_MS
    device = _acting(state, event)
    _learn_kind(device, event)
    if event.occurredms > device.online_ms:
        device.online_ms, device.online_interval_ms = event.occurredms, interval_ms
    return Effect.JUDGE


def _offline(state: DeviceControl, event: LoggedEvent) -> Effect:
    """An orderly leave; a device that is merely out of reach stays expected, and its silence speaks for itself."""
    reason = event.data["reason"]
    device = _device(state, event)
    if reason != "switched_off":
        return Effect.VISIBLE
    _leave(device, event.occurredms)
    return Effect.JUDGE


def _fault(state: DeviceControl, event: LoggedEvent) -> Effect:
    code = event.data["code"]
    device = _acting(state, event)
    observe(_fault_of(device, code), event.occurredms, event.id, is_so=True)
    return Effect.JUDGE


def _repaired(state: DeviceControl, event: LoggedEvent) -> Effect:
    code = event.data.get("code")
    device = _device(state, event)
    if code is not None:
        see_off(_fault_of(device, code), event.occurredms)
        return Effect.JUDGE
    device.repaired_ms = max(device.repaired_ms, event.occurredms)
    for spell in device.faults.values():
        see_off(spell, event.occurredms)
    return Effect.JUDGE


def _usage(state: DeviceControl, event: LoggedEvent) -> Effect:
    data = event.data
    usage = Usage(data["hour_start_ms"], data["on_min"], data["lessons_used"], data["energy_kwh"])
    device = _device(state, event)
    if device.usage is not None and usage.hour_start_ms <= device.usage.hour_start_ms:
        return Effect.NOTHING
    device.usage = usage
    return Effect.ALIVE


def _device(state: DeviceControl, event: LoggedEvent) -> Device:
    return state.devices.get(event.subject) or _new_device(state, event.subject)


def _acting(state: DeviceControl, event: LoggedEvent) -> Device:
    device = _device(state, event)
    device.acted_ms = max(device.acted_ms, event.occurredms)
    return device


def _new_device(state: DeviceControl, name: str) -> Device:
    make_room(state.devices, MAX_DEVICES, lambda old: max(old.seen_ms(), old.left_ms))
    device = state.devices[name] = Device()
    return device


def _learn_kind(device: Device, event: LoggedEvent) -> None:
    kind = event.data.get("kind")
    if kind is not None and event.occurredms > device.kind_ms:
        device.kind, device.kind_ms = kind, event.occurredms


def _leave(device: Device, at_ms: int) -> None:
    device.left_ms = max(device.left_ms, at_ms)
    see_off(device.powered, at_ms)


def _fault_of(device: Device, code: str) -> Spell:
    return device.faults.setdefault(code, Spell(off_ms=device.repaired_ms))


_FOLDS: Final[dict[str, Callable[[DeviceControl, LoggedEvent], Effect]]] = {
    "device_control.devices.heartbeat_digest.v1": _heartbeat_digest,
    "device_control.device.power_on.v1": _power_on,
    "device_control.device.power_off.v1": _power_off,
    "device_control.device.online.v1": _online,
    "device_control.device.offline.v1": _offline,
    "device_control.device.fault.v1": _fault,
    "device_control.device.repaired.v1": _repaired,
    "device_control.usage.hourly_digest.v1": _usage,
    "device_control.command.requested.v1": requested,
    "device_control.command.authorised.v1": authorised,
    "device_control.command.acked.v1": acked,
    "device_control.command.failed.v1": failed,
}
