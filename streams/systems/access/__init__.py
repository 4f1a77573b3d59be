"""The record of access (查看记录): how often a campus was looked at today, in what form and by which roles."""

from typing import Final

from schemas.clock import local_midnight_ms
from schemas.ids import SystemName
from streams.core.system import Summary, System
from streams.systems.access.fold import apply
from streams.systems.access.rules import RULES
from streams.systems.access.state import Access


def summarise(state: Access, now_ms: int) -> Summary:
    """Today's numbers; yesterday's are none of today's."""
    today = local_midnight_ms(now_ms) == state.day_ms
    counts = {
        "reads_today": sum(state.reads.values()) if today else 0,
        "refusals_today": state.refusals if today else 0,
        "emergencies": sum(taken.until_ms > now_ms for taken in state.emergencies.values()),
    }
    return Summary(counts, 0, 0)


SYSTEM: Final = System(
    name=SystemName("access"), state=Access, apply=apply, summarise=summarise, rules=RULES, lateness_ms=0
)
