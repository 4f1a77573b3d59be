"""Who is silent: a device that its gateway no longer hears, or a whole gateway.

When a gateway falls silent, nothing is known of its devices, so there is one finding and not one for each of them. A
device is missed by itself only if its gateway went on speaking without it for two beats (the second may be half a beat
early: beats are received with jitter). After a gateway's return its devices are given their time afresh.
"""

from collections.abc import Iterator

from streams.core.deadline import first_after
from streams.core.presence import heard_ms, resumed_ms
from streams.core.spans import Span
from streams.core.system import Finding
from streams.systems.device_control.state import FORGOTTEN_AFTER_MS, MISSED_BEATS, Device, DeviceControl, patience_ms


def silent_edges(state: DeviceControl) -> Iterator[Span]:
    """When each gateway that has reported counts as silent."""
    for name, edge in state.edges.items():
        last_ms = heard_ms(edge.presence)
        missed_ms = last_ms + MISSED_BEATS * edge.interval_ms
        devices = sum(device.edge == name for device in state.devices.values())
        yield Span(name, missed_ms, missed_ms, last_ms + FORGOTTEN_AFTER_MS, detail={"devices": devices})


def silent_devices(state: DeviceControl, now_ms: int) -> Iterator[Finding]:
    """Devices that are silent by themselves."""
    for name, device, last_ms, interval_ms in _expected(state):
        missed_ms = last_ms + MISSED_BEATS * interval_ms
        if missed_ms <= now_ms < last_ms + FORGOTTEN_AFTER_MS and _is_missed_alone(state, device, last_ms, interval_ms):
            yield Finding(name, missed_ms, (), {"seen_ms": device.seen_ms(), "kind": device.kind})


def silent_devices_due(state: DeviceControl, now_ms: int) -> int | None:
    """The next deadline of a device: at it the gateway may have spoken without it."""
    return first_after(now_ms, _edges(state))


def _edges(state: DeviceControl) -> Iterator[int]:
    for _, _, last_ms, interval_ms in _expected(state):
        yield last_ms + MISSED_BEATS * interval_ms
        yield last_ms + FORGOTTEN_AFTER_MS


def _expected(state: DeviceControl) -> Iterator[tuple[str, Device, int, int]]:
    """The devices that would be missed: from when, and how often each should be heard.

    The return of its gateway gives a device its time afresh.
    """
    resumed = {name: resumed_ms(edge.presence) for name, edge in state.edges.items()}
    for name, device in state.devices.items():
        interval_ms = device.expected_every_ms()
        if interval_ms:
            yield name, device, max(device.seen_ms(), resumed.get(device.edge, 0)), interval_ms


def _is_missed_alone(state: DeviceControl, device: Device, last_ms: int, interval_ms: int) -> bool:
    edge = state.edges.get(device.edge)
    return edge is None or heard_ms(edge.presence) >= last_ms + MISSED_BEATS * interval_ms - patience_ms(interval_ms)
