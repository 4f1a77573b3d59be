"""Rules about what a bus, its driver or its attendant raises: one rule for each kind of alarm."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.clock import MINUTE_MS
from schemas.documents import NEVER_MS
from schemas.systems.school_bus import AlarmKind
from streams.core.spans import Span, Spans, rule_of_spans
from streams.core.spell import begun_ms
from streams.core.system import Rule, RuleKind
from streams.systems.school_bus.state import SchoolBusState

REPEATED_MS: Final = 30 * MINUTE_MS
"""A terminal repeats its alarm; one not repeated for so long, nor taken back, is over."""


class _Alarm(NamedTuple):
    severity: int
    title_zh: str
    title_en: str
    citation: str
    lasts: bool = False
    """It stays until somebody takes it back."""


_LAW: Final = "校车安全管理条例 (国务院令第617号)"
_BITS: Final = "JT/T 808 报警标志 / alarm bits [V code]"
_ALARMS: Final = {
    AlarmKind.SOS: _Alarm(1, "紧急求助", "emergency call from the bus", f"{_BITS}: 0", lasts=True),
    AlarmKind.COLLISION: _Alarm(1, "碰撞", "collision", f"{_BITS}: 29", lasts=True),
    AlarmKind.DOOR_OPEN_MOVING: _Alarm(2, "行驶中车门开启", "door open while moving", f"{_BITS}: 31"),
    AlarmKind.FATIGUE: _Alarm(2, "疲劳驾驶", "driver fatigue", f"{_BITS}: 2；道路交通安全法实施条例 [V] 第62条 [M]"),
    AlarmKind.REFUEL_LOADED: _Alarm(2, "载有学生时加油", "refuelling with pupils on board", f"{_LAW} 第41条 [V]"),
    AlarmKind.ENGINE_ON_DRIVER_LEFT: _Alarm(
        2, "发动机未熄火驾驶人离座", "driver left the seat with the engine running", f"{_LAW} 第41条 [V]"
    ),
    AlarmKind.GNSS_FAULT: _Alarm(3, "卫星定位故障", "satellite receiver fault", f"{_BITS}: 4–6"),
    AlarmKind.POWER_CUT: _Alarm(3, "终端断电", "terminal lost its power", f"{_BITS}: 7–8"),
}


def _spans_of(kind: AlarmKind, alarm: _Alarm) -> Spans[SchoolBusState]:
    gap_ms = NEVER_MS if alarm.lasts else REPEATED_MS

    def spans(state: SchoolBusState) -> Iterator[Span]:
        for bus_id, bus in state.buses.items():
            spell = bus.alarms.get(kind)
            began_ms = begun_ms(spell, gap_ms) if spell is not None else None
            if spell is not None and began_ms is not None:
                until_ms = NEVER_MS if alarm.lasts else spell.on_ms[-1] + REPEATED_MS
                yield Span(bus_id, began_ms, began_ms, until_ms, (spell.seen_by.get(began_ms, ""),), {"bus": bus_id})

    return spans


RULES: Final[tuple[Rule[SchoolBusState], ...]] = tuple(
    rule_of_spans(
        f"school_bus.{kind}",
        _spans_of(kind, alarm),
        kind=RuleKind.THRESHOLD,
        severity=alarm.severity,
        title_zh=alarm.title_zh,
        title_en=alarm.title_en,
        citation=alarm.citation,
    )
    for kind, alarm in _ALARMS.items()
)
