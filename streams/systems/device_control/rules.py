"""The rule book of ``device_control``.

No law gives these figures: they are what the programme asks of central device control (设备集控), or our own setting.
Confidence marks: [V] verified, [S] seen in a secondary source, [M] from memory, [A] our own setting.
"""

from collections.abc import Iterator
from typing import Final

from schemas.clock import HOUR_MS
from schemas.ids import RuleName
from streams.core.day_window import DayWindow, is_open, next_edge_ms, opened_ms
from streams.core.spans import Span, rule_of_spans
from streams.core.spell import begun_ms, causes
from streams.core.system import Finding, Rule, RuleKind
from streams.systems.device_control.silence import silent_devices, silent_devices_due, silent_edges
from streams.systems.device_control.state import COMMAND_FORGOTTEN_AFTER_MS, Command, DeviceControl

AFTER_HOURS: Final = DayWindow(22 * HOUR_MS, 6 * HOUR_MS)
FAULT_STUCK_MS: Final = 48 * HOUR_MS
_OFF_AT_NIGHT: Final = frozenset({"board", "panel", "projector", "terminal"})
"""Recorders, sensors and the like may work at night."""


def _on_after_hours(state: DeviceControl, now_ms: int) -> Iterator[Finding]:
    if not is_open(AFTER_HOURS, now_ms):
        return
    tonight_ms = opened_ms(AFTER_HOURS, now_ms)
    for name, device in state.devices.items():
        on_ms = begun_ms(device.powered)
        if on_ms is not None and on_ms <= now_ms and device.kind in _OFF_AT_NIGHT:
            yield Finding(name, max(on_ms, tonight_ms), causes(device.powered), {"kind": device.kind, "on_ms": on_ms})


def _on_after_hours_due(state: DeviceControl, now_ms: int) -> int | None:
    return next_edge_ms(AFTER_HOURS, now_ms) if state.devices else None


def _stuck_faults(state: DeviceControl) -> Iterator[Span]:
    for name, device in state.devices.items():
        for code, spell in device.faults.items():
            since_ms = begun_ms(spell)
            if since_ms is not None:
                detail: dict[str, int | float | str] = {"code": code, "kind": device.kind}
                yield Span(f"{name}:{code}", since_ms, since_ms + FAULT_STUCK_MS, causes=causes(spell), detail=detail)


def _unanswered(state: DeviceControl) -> Iterator[Span]:
    for command_id, command in state.commands.items():
        if command.authorised_ms:
            deadline_ms = command.authorised_ms + command.ttl_ms
            detail: dict[str, int | float | str] = {"device": command.device, "verb": command.verb}
            yield Span(
                command_id,
                deadline_ms,
                deadline_ms,
                _answered_ms(command, deadline_ms + COMMAND_FORGOTTEN_AFTER_MS),
                (command.authorised_by,),
                detail,
            )


def _answered_ms(command: Command, latest_ms: int) -> int:
    return min(answer_ms for answer_ms in (command.acked_ms, command.failed_ms, latest_ms) if answer_ms)


_CONTROL: Final = "设备集控系统 (黄冈教联体 programme [V])"

RULES: Final[tuple[Rule[DeviceControl], ...]] = (
    Rule(
        RuleName("device_control.on_after_hours"),
        1,
        RuleKind.THRESHOLD,
        4,
        "22:00后教学设备仍开机",
        "Classroom device on after 22:00",
        _CONTROL + "; off by 22:00, the latest bedtime in 教育部 2021 睡眠管理通知 [S]; until 06:00 [A]",
        _on_after_hours,
        _on_after_hours_due,
    ),
    rule_of_spans(
        "device_control.fault_stuck",
        _stuck_faults,
        kind=RuleKind.STUCK,
        severity=3,
        title_zh="设备故障超过48小时未修复",
        title_en="Device fault unrepaired for more than 48 h",
        citation=_CONTROL + "; 48 h as for hazards reported by snapshot (象山 practice [S])",
    ),
    rule_of_spans(
        "device_control.command_unacked",
        _unanswered,
        kind=RuleKind.ABSENCE,
        severity=3,
        title_zh="设备指令未在时限内回执",
        title_en="Command not acknowledged in time",
        citation=_CONTROL + "; 30 s unless the command says otherwise [A]",
        withdrawable=True,
    ),
    Rule(
        RuleName("device_control.device_offline"),
        1,
        RuleKind.ABSENCE,
        4,
        "设备失联（连续缺失3次心跳）",
        "Device silent for three beats",
        _CONTROL + "; three missed keep-alives as in GB/T 28181-2022 [M]",
        silent_devices,
        silent_devices_due,
    ),
    rule_of_spans(
        "device_control.edge_silent",
        silent_edges,
        kind=RuleKind.ABSENCE,
        severity=3,
        title_zh="校区边缘网关失联，其下设备状态不明",
        title_en="Edge gateway silent: its devices cannot be seen",
        citation=_CONTROL + "; three missed keep-alives as in GB/T 28181-2022 [M]",
    ),
)
