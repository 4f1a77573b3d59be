"""A small campus system for tests of the core: gauges that report levels, and rules of two kinds over them."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from schemas.clock import MINUTE_MS
from schemas.frame import LoggedEvent, join_frame
from schemas.ids import RuleName, SystemName
from streams.core.system import Effect, Finding, Rule, RuleKind, Summary, System

BASE_MS = 1_790_000_000_000
HIGH_LEVEL = 100
SILENT_MS = 5 * MINUTE_MS


Judge = Callable[[Any, int], Iterable[Finding]]
Due = Callable[[Any, int], int | None]


class Gauge(msgspec.Struct):
    level: int = 0
    at_ms: int = 0
    total: int = 0
    high_since_ms: int = 0
    high_by: str = ""


class TallyState(msgspec.Struct):
    gauges: dict[str, Gauge] = {}


def apply(state: TallyState, event: LoggedEvent) -> Effect:
    gauge = state.gauges.setdefault(event.subject, Gauge())
    gauge.total += event.data["amount"]
    if event.type.endswith("poison.v1"):
        raise RuntimeError("half of the state was changed")
    if event.occurredms < gauge.at_ms:
        return Effect.ALIVE
    gauge.level, gauge.at_ms = event.data["level"], event.occurredms
    if gauge.level < HIGH_LEVEL:
        gauge.high_since_ms = 0
    elif not gauge.high_since_ms:
        gauge.high_since_ms, gauge.high_by = event.occurredms, event.id
    return Effect.JUDGE


def summarise(state: TallyState, now_ms: int) -> Summary:
    silent = sum(now_ms - gauge.at_ms >= SILENT_MS for gauge in state.gauges.values())
    high = sum(bool(gauge.high_since_ms) for gauge in state.gauges.values())
    return Summary({"gauges_high": high}, len(state.gauges) - silent, silent)


def judge_high(state: TallyState, now_ms: int) -> Iterable[Finding]:
    for name, gauge in state.gauges.items():
        if gauge.high_since_ms and gauge.high_since_ms <= now_ms:
            yield Finding(name, gauge.high_since_ms, (gauge.high_by,), {"level": gauge.level})


def judge_silent(state: TallyState, now_ms: int) -> Iterable[Finding]:
    for name, gauge in state.gauges.items():
        if now_ms >= gauge.at_ms + SILENT_MS:
            yield Finding(name, gauge.at_ms + SILENT_MS)


def due_silent(state: TallyState, now_ms: int) -> int | None:
    deadlines = (gauge.at_ms + SILENT_MS for gauge in state.gauges.values())
    return min((deadline for deadline in deadlines if deadline > now_ms), default=None)


def _rule(name: str, severity: int, kind: RuleKind, judge: Judge, due: Due, *, withdrawable: bool = False) -> Rule[Any]:
    return Rule(RuleName(name), 1, kind, severity, "测试", "test", "none", judge, due, withdrawable)


TALLY = System(
    name=SystemName("tally"),
    state=TallyState,
    apply=apply,
    summarise=summarise,
    rules=(
        _rule("tally.high", 2, RuleKind.THRESHOLD, judge_high, lambda _state, _now_ms: None),
        _rule("tally.silent", 3, RuleKind.ABSENCE, judge_silent, due_silent, withdrawable=True),
    ),
)
SYSTEMS = {TALLY.name: TALLY}


def reading(
    number: int,
    *,
    campus: str = "c-1",
    gauge: str = "g1",
    level: int = 1,
    **changes: Any,  # noqa: ANN401 — any field of the event
) -> LoggedEvent:
    """The ``number``-th event of a gauge, one second after the one before."""
    at_ms = BASE_MS + number * 1000
    values: dict[str, Any] = {
        "id": f"{campus}-{gauge}-{number}",
        "source": f"urn:test:{campus}:{gauge}",
        "type": "tally.read.v1",
        "subject": gauge,
        "campusid": campus,
        "occurredms": at_ms,
        "receivedms": at_ms + 200,
        "data": {"amount": number, "level": level},
        "sequence": number,
    }
    return LoggedEvent(**values | changes)


def frame(*events: LoggedEvent) -> bytes:
    """The events as a record of the log."""
    return join_frame([encode(event) for event in events])


def encode(event: LoggedEvent) -> bytes:
    """One event as the log holds it: numbers of the envelope as digits in strings."""
    plain = msgspec.to_builtins(event)
    digits = {name: str(plain[name]) for name in ("occurredms", "receivedms", "sequence")}
    return msgspec.json.encode(plain | digits)
