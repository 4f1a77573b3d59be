"""Rules about the moving bus: not too fast with children on board, not out of sight, not standing for long."""

from collections.abc import Iterator
from typing import Final

from schemas.clock import MINUTE_MS, SECOND_MS
from streams.core.spans import Span, rule_of_spans
from streams.core.spell import begun_ms
from streams.core.system import Rule, RuleKind
from streams.systems.school_bus.fold import SILENCE_MS, STANDING_MS
from streams.systems.school_bus.state import Bus, SchoolBusState, Trip
from streams.systems.school_bus.trip_facts import is_running, onboard, open_trips

SPEEDING_MS: Final = 20 * SECOND_MS
SPEEDING_S: Final = 10
"""For the terminal's own report; it measures every second."""
GAP_MS: Final = MINUTE_MS
"""Fixes further apart prove nothing about the time between them."""
SHOWN_MS: Final = 2 * MINUTE_MS
"""How long speeding is shown after it was last seen, when nothing newer is known."""


def _on_the_road(state: SchoolBusState) -> Iterator[tuple[str, Trip, Bus]]:
    """Running trips with the bus that drives them."""
    for trip_id, trip in open_trips(state):
        if is_running(trip) and trip.bus in state.buses:
            yield trip_id, trip, state.buses[trip.bus]


def _overspeed_loaded(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip, bus in _on_the_road(state):
        motorway = trip.plan is not None and trip.plan.motorway
        spell = bus.over_80 if motorway else bus.over_60
        began_ms = begun_ms(spell, GAP_MS)
        if began_ms is not None and spell.on_ms[-1] - began_ms >= SPEEDING_MS and onboard(trip):
            yield Span(
                trip_id,
                began_ms,
                began_ms + SPEEDING_MS,
                spell.on_ms[-1] + SHOWN_MS,
                (bus.position_id,),
                {"bus": trip.bus, "speed_kmh": bus.speed_kmh, "limit_kmh": 80 if motorway else 60},
            )


def _overspeed_reported(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip, bus in _on_the_road(state):
        said = bus.terminal
        if said is not None and said.speed_kmh > said.limit_kmh and said.duration_s >= SPEEDING_S and onboard(trip):
            yield Span(
                trip_id,
                said.at_ms,
                said.at_ms,
                said.at_ms + SHOWN_MS,
                (said.event_id,),
                {
                    "bus": trip.bus,
                    "speed_kmh": said.speed_kmh,
                    "limit_kmh": said.limit_kmh,
                    "duration_s": said.duration_s,
                    "road": said.road,
                },
            )


def _position_silent(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip, bus in _on_the_road(state):
        if trip.start is not None:
            seen_ms = max(bus.position_heard_ms, trip.start.last_ms)
            yield Span(trip_id, seen_ms, seen_ms + SILENCE_MS, detail={"bus": trip.bus})


def _standing_loaded(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip, bus in _on_the_road(state):
        if trip.start is not None and onboard(trip):
            stood_ms = max(bus.moved_ms, trip.start.last_ms)
            detail: dict[str, int | float | str] = {"bus": trip.bus, "onboard": onboard(trip)}
            yield Span(trip_id, stood_ms, stood_ms + STANDING_MS, detail=detail)


RULES: Final[tuple[Rule[SchoolBusState], ...]] = (
    rule_of_spans(
        "school_bus.overspeed_loaded",
        _overspeed_loaded,
        kind=RuleKind.THRESHOLD,
        severity=2,
        title_zh="载有学生时超速",
        title_en="speeding with pupils on board",
        citation="校车安全管理条例 (国务院令第617号) 第35条 [V]；持续20秒 / for 20 s [A]",
    ),
    rule_of_spans(
        "school_bus.overspeed_reported",
        _overspeed_reported,
        kind=RuleKind.THRESHOLD,
        severity=2,
        title_zh="车载终端报告超速",
        title_en="the terminal reports speeding with pupils on board",
        citation="校车安全管理条例 (国务院令第617号) 第35条 [V]；持续10秒 / for 10 s [A]",
    ),
    rule_of_spans(
        "school_bus.position_silent",
        _position_silent,
        kind=RuleKind.ABSENCE,
        severity=3,
        title_zh="行驶中失去定位",
        title_en="no position while a trip runs",
        citation="校车安全管理条例 (国务院令第617号) 第13条 卫星定位 [M]；60秒 / 60 s [A]",
    ),
    rule_of_spans(
        "school_bus.standing_loaded",
        _standing_loaded,
        kind=RuleKind.STUCK,
        severity=2,
        title_zh="载有学生的校车长时间未移动",
        title_en="bus with pupils on board has not moved for long",
        citation="校车安全管理条例 (国务院令第617号) 第38、39条 照管义务 [V]；15分钟 / 15 min [A]",
    ),
)
