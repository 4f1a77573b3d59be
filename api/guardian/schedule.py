"""When a child's run may be watched: from fifteen minutes before pick-up. Pure arithmetic on the school's times."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS, local_midnight_ms
from schemas.guardianship import Run

OPENS_BEFORE_MS: Final = 15 * MINUTE_MS
"""Before pick-up."""
GIVEN_UP_MS: Final = 2 * HOUR_MS
"""After drop-off: a run of which nothing more is heard is not shown for ever."""


class ScheduledRun(NamedTuple):
    """A run on one day."""

    run: Run
    pick_up_ms: int
    drop_off_ms: int

    @property
    def opens_ms(self) -> int:
        """From when on it may be watched."""
        return self.pick_up_ms - OPENS_BEFORE_MS

    @property
    def given_up_ms(self) -> int:
        """From when on it may not, whatever became of it."""
        return self.drop_off_ms + GIVEN_UP_MS


def on_day_of(run: Run, instant_ms: int) -> ScheduledRun:
    """The run on the local day of an instant."""
    midnight_ms = local_midnight_ms(instant_ms)
    return ScheduledRun(run, midnight_ms + run.pick_up_min * MINUTE_MS, midnight_ms + run.drop_off_min * MINUTE_MS)


def open_runs(runs: Iterable[Run], at_ms: int) -> list[ScheduledRun]:
    """The runs whose time it is, the one that opened last first."""
    today = (on_day_of(run, at_ms) for run in runs)
    found = [scheduled for scheduled in today if scheduled.opens_ms <= at_ms < scheduled.given_up_ms]
    return sorted(found, key=lambda scheduled: scheduled.opens_ms, reverse=True)


def next_opening_ms(runs: Iterable[Run], at_ms: int) -> int:
    """The first instant after ``at_ms`` at which a run opens, if the school keeps to its times."""
    openings = [on_day_of(run, at_ms).opens_ms for run in runs]
    return min(opens_ms if opens_ms > at_ms else opens_ms + DAY_MS for opens_ms in openings)


def is_consistent(runs: Iterable[Run]) -> bool:
    """Whether every run ends after it begins, and none stands twice."""
    listed = list(runs)
    return all(run.pick_up_min < run.drop_off_min for run in listed) and len(set(listed)) == len(listed)
