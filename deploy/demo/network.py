"""The network of one campus: the uplink's minute digests, access points, the morning's bandwidth test."""

import random
from collections.abc import Iterator
from typing import Any, Final

from deploy.demo.draft import Draft, by_time, in_order
from deploy.demo.incidents import Kind, Script
from deploy.demo.plan import CampusPlan
from deploy.demo.school_day import SchoolDay
from deploy.demo.source import NEVER, Window
from schemas.clock import HOUR_MS, MINUTE_MS, SECOND_MS

LINK: Final = "link-1"
CONTRACT_MBPS: Final = 1000.0
AP_OUTAGE_SHARE: Final = 0.15
"""Campuses on which an access point drops out during the day."""


def network_drafts(campus: CampusPlan, day: SchoolDay, script: Script, chance: random.Random) -> Iterator[Draft]:
    """Everything that the campus's network box reports, in order."""
    cut = script.window(Kind.FIBRE_CUT, campus.campus_id) or NEVER
    return in_order(_digests(campus, day, cut, chance), by_time(_happenings(campus, day, cut, chance)))


def _digests(campus: CampusPlan, day: SchoolDay, cut: Window, chance: random.Random) -> Iterator[Draft]:
    """One digest a minute, at the minute's end; none while the fibre is cut."""
    share_of_pupils = min(1.0, 250 / campus.pupils)
    for end_ms in range(day.opens_ms, day.closes_ms, MINUTE_MS):
        if cut.holds(end_ms):
            continue
        level = _level(end_ms - day.midnight_ms)
        util_pct = min(70.0, max(3.0, 55 * level + chance.gauss(0, 4)))
        yield Draft(
            end_ms,
            "net_health.link.minute_digest.v1",
            LINK,
            {
                "down_mbps": round(util_pct * CONTRACT_MBPS / 100, 1),
                "up_mbps": round(util_pct * CONTRACT_MBPS / 100 * chance.uniform(0.12, 0.3), 1),
                "rtt_ms": round(chance.uniform(4, 9) + 20 * level, 1),
                "loss_pct": round(max(0.0, chance.gauss(0.05, 0.06)), 2),
                "jitter_ms": round(chance.uniform(0.4, 2.4), 1),
                "util_pct": round(util_pct, 1),
                "wifi_clients": round(campus.pupils * share_of_pupils * (0.1 + 0.5 * level)),
            },
        )


def _level(time_of_day_ms: int) -> float:
    """How busy the network is, 0–1: rises until the first lessons, low at noon, low after school."""
    hour = time_of_day_ms / HOUR_MS
    if hour < 8:
        return max(0.05, (hour - 6.3) / 2)
    if 12 <= hour < 14 or hour >= 18:
        return 0.35
    return 0.85


def _happenings(campus: CampusPlan, day: SchoolDay, cut: Window, chance: random.Random) -> Iterator[Draft]:
    points = [f"ap-{number + 1:02d}" for number in range(campus.access_points)]
    for point in points:
        at_ms = day.opens_ms + chance.randrange(1, 3 * MINUTE_MS)
        yield _happening(at_ms, "ap.up", point, {"clients": chance.randrange(12)})
    if chance.random() < AP_OUTAGE_SHARE:
        from_ms = day.opens_ms + chance.randrange(30 * MINUTE_MS, 9 * HOUR_MS)
        point = chance.choice(points)
        yield _happening(from_ms, "ap.down", point, {"cause": "power"})
        yield _happening(from_ms + chance.randrange(2, 25) * MINUTE_MS, "ap.up", point, {"clients": 0})
    tested = {"down_mbps": round(chance.uniform(920, 960), 1), "up_mbps": round(chance.uniform(915, 955), 1)}
    tested |= {"contract_mbps": CONTRACT_MBPS}
    test_ms = day.at(6, 30) + chance.randrange(15 * MINUTE_MS)
    yield _happening(test_ms, "bandwidth.tested", LINK, {"reach": "campus", **tested})
    if cut.to_ms:
        yield _happening(cut.from_ms + 5 * SECOND_MS, "link.down", LINK, {"cause": "fibre"})
        outage_s = (cut.to_ms - cut.from_ms) // SECOND_MS
        yield _happening(cut.to_ms + 5 * SECOND_MS, "link.up", LINK, {"outage_s": outage_s})


def _happening(at_ms: int, kind: str, subject: str, data: dict[str, Any]) -> Draft:
    return Draft(at_ms, f"net_health.{kind}.v1", subject, data)
