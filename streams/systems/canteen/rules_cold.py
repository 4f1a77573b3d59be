"""Rules about cold stores and their sensors."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from streams.core.spans import Span, rule_of_spans
from streams.core.spell import begun_ms, causes
from streams.core.system import Rule, RuleKind
from streams.systems.canteen.limits import SENSOR_FORGOTTEN_AFTER_MS, SENSOR_SILENT_AFTER_MS, WARM_FOR_MS, WARMEST_C
from streams.systems.canteen.state import Canteen

_STORE: Final = "餐饮服务食品安全操作规范 (2018), GB 31654-2021"


def _warm(*zones: str) -> Callable[[Canteen], Iterable[Span]]:
    """Spans of the sensors of these zones that have been too warm for ten minutes without a break."""

    def spans(state: Canteen) -> Iterator[Span]:
        for name, sensor in state.sensors.items():
            since_ms = begun_ms(sensor.warm)
            if since_ms is not None and sensor.zone in zones:
                limit_c = WARMEST_C[sensor.zone]
                detail: dict[str, int | float | str] = {"temp_c": sensor.temp_c, "limit_c": limit_c}
                yield Span(name, since_ms, since_ms + WARM_FOR_MS, causes=causes(sensor.warm), detail=detail)

    return spans


def _silent(state: Canteen) -> Iterator[Span]:
    """Hot-holding and disinfection cabinets are switched off between meals, so only cold stores are missed."""
    for name, sensor in state.sensors.items():
        if sensor.zone in WARMEST_C:
            missed_ms = sensor.read_ms + SENSOR_SILENT_AFTER_MS
            until_ms = sensor.read_ms + SENSOR_FORGOTTEN_AFTER_MS
            detail: dict[str, int | float | str] = {"zone": sensor.zone, "last_temp_c": sensor.temp_c}
            yield Span(name, missed_ms, missed_ms, until_ms, detail=detail)


FREEZER_WARM: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.freezer_warm",
    _warm("freezer"),
    kind=RuleKind.THRESHOLD,
    severity=2,
    title_zh="冷冻柜高于−12 ℃超过10分钟",
    title_en="Freezer warmer than −12 °C for 10 min",
    citation=_STORE + ": frozen below −12 °C [M]; 10 min for door openings [A]",
)
FRIDGE_WARM: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.fridge_warm",
    _warm("fridge", "sample"),
    kind=RuleKind.THRESHOLD,
    severity=3,
    title_zh="冷藏柜（含留样柜）高于8 ℃超过10分钟",
    title_en="Fridge or sample cabinet warmer than 8 °C for 10 min",
    citation=_STORE + ": chilled at 0–8 °C [M]; 10 min for door openings [A]",
)
SENSOR_SILENT: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.sensor_silent",
    _silent,
    kind=RuleKind.ABSENCE,
    severity=3,
    title_zh="冷藏冷冻温度传感器15分钟无读数",
    title_en="No reading of a cold store for 15 min",
    citation="Three readings of 5 min [A]; without them the limits cannot be watched: " + _STORE + " [M]",
)
