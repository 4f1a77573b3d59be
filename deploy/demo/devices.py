"""The boards of one campus: heard by an edge gateway all day, switched on before lessons and off after them."""

import random
from collections.abc import Iterator
from typing import Any, Final

from deploy.demo.bells import Bell, bells
from deploy.demo.draft import Draft, by_time, in_order
from deploy.demo.plan import CampusPlan
from deploy.demo.school_day import SchoolDay
from schemas.clock import HOUR_MS, MINUTE_MS

INTERVAL_S: Final = 60
FAULT_SHARE: Final = 0.1
"""Campuses with a board fault during the day."""
_KINDERGARTEN_DAY: Final = ((8, 0), (16, 0))


def board_names(campus: CampusPlan) -> list[str]:
    """The ids of the campus's boards."""
    return [f"board-{number + 1:03d}" for number in range(campus.boards)]


def device_drafts(campus: CampusPlan, day: SchoolDay, chance: random.Random) -> Iterator[Draft]:
    """Everything that the campus's device gateway reports, in order."""
    return in_order(_heartbeats(campus, day, chance), by_time(_happenings(campus, day, chance)))


def _heartbeats(campus: CampusPlan, day: SchoolDay, chance: random.Random) -> Iterator[Draft]:
    """A digest a minute of the boards heard in it: on or in standby, they all answer."""
    names = board_names(campus)
    subject = f"edge-{campus.short}"
    phase_ms = chance.randrange(1, MINUTE_MS)
    data = {"window_ms": MINUTE_MS, "interval_s": INTERVAL_S, "devices": names}
    for end_ms in range(day.opens_ms + phase_ms, day.closes_ms, MINUTE_MS):
        yield Draft(end_ms, "device_control.devices.heartbeat_digest.v1", subject, data)


def _happenings(campus: CampusPlan, day: SchoolDay, chance: random.Random) -> Iterator[Draft]:
    periods = bells(campus.stage, day) or (Bell(1, *(day.at(*clock) for clock in _KINDERGARTEN_DAY)),)
    for name in board_names(campus):
        yield _happening(day.opens_ms + chance.randrange(500, 60_000), "device.online", name, _ONLINE)
        on_ms = day.at(7, 20) + chance.randrange(40 * MINUTE_MS)
        off_ms = periods[-1].end_ms + chance.randrange(2, 50) * MINUTE_MS
        actor = "timer" if chance.random() < 0.7 else "local"
        yield _happening(on_ms, "device.power_on", name, {"actor": actor, "kind": "board"})
        yield _happening(off_ms, "device.power_off", name, {"actor": "local" if actor == "timer" else "remote"})
        yield from _usage(name, on_ms, off_ms, periods, chance)
    if chance.random() < FAULT_SHARE:
        yield from _fault(chance.choice(board_names(campus)), day, chance)


def _usage(name: str, on_ms: int, off_ms: int, periods: tuple[Bell, ...], chance: random.Random) -> Iterator[Draft]:
    """The hourly digest of each hour in which the board was on, shortly after the hour."""
    for hour_ms in range(on_ms - on_ms % HOUR_MS, off_ms, HOUR_MS):
        on_min = (min(off_ms, hour_ms + HOUR_MS) - max(on_ms, hour_ms)) / MINUTE_MS
        used = sum(hour_ms <= bell.start_ms < hour_ms + HOUR_MS for bell in periods)
        kwh = on_min / 60 * chance.uniform(0.15, 0.3)
        data = {"hour_start_ms": hour_ms, "on_min": round(on_min, 1), "lessons_used": used, "energy_kwh": round(kwh, 3)}
        at_ms = hour_ms + HOUR_MS + chance.randrange(1_000, 2 * MINUTE_MS)
        yield _happening(at_ms, "usage.hourly_digest", name, data)


def _fault(name: str, day: SchoolDay, chance: random.Random) -> Iterator[Draft]:
    code = chance.choice(("no_signal", "overheat", "touch", "fan"))
    at_ms = day.at(7, 30) + chance.randrange(7 * HOUR_MS)
    yield _happening(at_ms, "device.fault", name, {"code": code, "temp_c": round(chance.uniform(38, 72), 1)})
    if chance.random() < 0.7:
        repaired_ms = at_ms + chance.randrange(20 * MINUTE_MS, 4 * HOUR_MS)
        yield _happening(repaired_ms, "device.repaired", name, {"code": code})


_ONLINE: Final = {"kind": "board", "interval_s": INTERVAL_S}


def _happening(at_ms: int, kind: str, subject: str, data: dict[str, Any]) -> Draft:
    return Draft(at_ms, f"device_control.{kind}.v1", subject, data)
