"""Shared lessons (专递课堂): the core school teaches a course that a member campus has no teacher for, by video."""

import random
from collections.abc import Iterator
from typing import Any, Final

from deploy.demo.bells import Bell, bells
from deploy.demo.dice import dice
from deploy.demo.draft import Draft, by_time
from deploy.demo.plan import CampusPlan, ConsortiumPlan
from deploy.demo.school_day import SchoolDay
from schemas.clock import MINUTE_MS

PERIODS: Final = (2, 5)
"""Periods of the day in which the consortium's table has a shared lesson."""
MEMBERS: Final = 2
"""Campuses that follow each of them."""
_QUALITY_EVERY_MS: Final = 30_000


def session_drafts(campus: CampusPlan, consortium: ConsortiumPlan, day: SchoolDay, seed: int) -> Iterator[Draft]:
    """What this campus's end of each shared lesson reports, in order."""
    drafts: list[Draft] = []
    for bell in bells(campus.stage, day):
        if bell.period in PERIODS and campus in participants(consortium, bell.period, day, seed):
            chance = dice(seed, "session", campus.campus_id, day.number, bell.period)
            drafts += _one_end(campus, consortium, bell, day, chance)
    return iter(by_time(drafts))


def participants(consortium: ConsortiumPlan, period: int, day: SchoolDay, seed: int) -> tuple[CampusPlan, ...]:
    """The core campus and those members that follow it; nobody if there is no member."""
    members = consortium.campuses[1:]
    if not members:
        return ()
    chosen = dice(seed, "table", consortium.consortium_id, day.number, period).sample(
        members, min(MEMBERS, len(members))
    )
    return (consortium.core, *chosen)


def _one_end(
    campus: CampusPlan, consortium: ConsortiumPlan, bell: Bell, day: SchoolDay, chance: random.Random
) -> Iterator[Draft]:
    room = f"room-{campus.short}-live"
    key = {"session_id": f"session-{day.number}-{consortium.consortium_id}-{bell.period}"}
    planned = {
        "kind": "special_delivery",
        "role": "host" if campus.is_core else "far",
        "course": "music",
        "planned_start_ms": bell.start_ms,
        "planned_end_ms": bell.end_ms,
        "teacher_ref": f"teacher-{campus.short}-live",
    }
    start_ms = bell.start_ms + chance.randrange(-60_000, 60_000)
    yield _happening(day.opens_ms + chance.randrange(500, MINUTE_MS), "session.scheduled", room, key | planned)
    yield _happening(start_ms, "session.started", room, key | ({} if campus.is_core else {"assistant_present": True}))
    endpoint = {"endpoint_id": f"endpoint-{campus.short}-1"}
    for at_ms in range(start_ms + _QUALITY_EVERY_MS, bell.end_ms, _QUALITY_EVERY_MS):
        yield _happening(at_ms, "session.quality", room, key | endpoint | _quality(chance))
    yield _happening(bell.end_ms + 15_000, "session.ended", room, key | {"outcome": "completed"})
    filed_ms = day.at(16, 30) + chance.randrange(60 * MINUTE_MS)
    yield _happening(filed_ms, "debrief.filed", room, key | {"by_ref": planned["teacher_ref"]})


def _quality(chance: random.Random) -> dict[str, float]:
    return {
        "fps": round(chance.uniform(22, 30), 1),
        "bitrate_kbps": round(chance.uniform(1_600, 3_800), 1),
        "loss_pct": round(max(0.0, chance.gauss(0.2, 0.2)), 2),
        "rtt_ms": round(chance.uniform(20, 70), 1),
        "mos": round(chance.uniform(3.8, 4.6), 2),
    }


def _happening(at_ms: int, kind: str, subject: str, data: dict[str, Any]) -> Draft:
    return Draft(at_ms, f"lesson_ops.{kind}.v1", subject, data)
