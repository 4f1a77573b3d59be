"""What a consortium's line says about a campus's devices."""

from streams.core.spell import begun_ms
from streams.core.system import Summary
from streams.systems.device_control.state import MISSED_BEATS, UNTIMED_SILENT_AFTER_MS, Device, DeviceControl


def summarise(state: DeviceControl, now_ms: int) -> Summary:
    """Devices on, faulty, heard and silent, and the commands whose answer is awaited."""
    devices = list(state.devices.values())
    silent = sum(_is_silent(device, now_ms) for device in devices)
    counts = {
        "devices": len(devices),
        "devices_on": sum(begun_ms(device.powered) is not None for device in devices),
        "devices_faulty": sum(_is_faulty(device) for device in devices),
        "devices_silent": silent,
        "commands_waiting": sum(
            command.authorised_ms > 0 and not command.acked_ms and not command.failed_ms
            for command in state.commands.values()
        ),
    }
    return Summary(counts, len(devices) - silent, silent)


def _is_silent(device: Device, now_ms: int) -> bool:
    """Missed now. A device that was switched off is neither missed nor silent."""
    limit_ms = MISSED_BEATS * device.expected_every_ms() or UNTIMED_SILENT_AFTER_MS
    seen_ms = device.seen_ms()
    return seen_ms > device.left_ms and now_ms - seen_ms >= limit_ms


def _is_faulty(device: Device) -> bool:
    return any(begun_ms(spell) is not None for spell in device.faults.values())
