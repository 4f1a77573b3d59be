"""How far the bus is from the child's stop, and when it may be there: an honest range, or none.

The estimate is simple on purpose: the plan, moved by how late the bus was at its newest halt, and never earlier than
the plan's own remaining way from now. It widens with the way that is left. Without a fresh position, a plan or a
running trip there is none; TransitClock and its like do better with months of history, which a child's bus has not got.
"""

from typing import Final, Literal, NamedTuple

from schemas.clock import MINUTE_MS, SECOND_MS
from streams.systems.school_bus.state import Trip

POSITION_OLD_MS: Final = 90 * SECOND_MS
EARLIEST_SHARE: Final = 0.85
LATEST_SHARE: Final = 1.2
PER_STOP_MS: Final = 30 * SECOND_MS
"""By how much each stop on the way may lengthen it."""

NoEta = Literal["not_started", "position_old", "no_plan", "passed"]


class Progress(NamedTuple):
    """Where the bus is in its list of stops, against the stop that the child waits for."""

    target: str | None
    """None: the plan names no stops."""
    ahead: tuple[tuple[str, int | None], ...]
    """The stops still to come up to and with the target, each with its planned instant."""
    is_there: bool
    """The bus halts at the target now."""
    has_passed: bool


class Eta(NamedTuple):
    """Between when and when the bus should be there."""

    from_ms: int
    to_ms: int


def progress_of(trip: Trip, target: str | None) -> Progress:
    """The way that is left to ``target``."""
    plan = trip.plan
    if plan is None or target is None or target not in plan.stop_ids:
        return Progress(None, (), is_there=False, has_passed=False)
    stops = plan.stop_ids
    at, reached = stops.index(target), _reached(trip, stops)
    planned: list[int] | list[None] = plan.stop_planned_ms or [None] * len(stops)
    ahead = tuple(zip(stops[reached + 1 : at + 1], planned[reached + 1 : at + 1], strict=True))
    halt = trip.halts.get(target)
    is_there = reached == at and halt is not None and halt.left_ms < halt.arrived_ms
    return Progress(target, ahead, is_there=is_there, has_passed=reached >= at and not is_there)


def _reached(trip: Trip, stops: list[str]) -> int:
    """The index of the farthest stop at which the bus has halted; -1: of none."""
    return max((index for index, stop in enumerate(stops) if stop in trip.halts), default=-1)


def eta_of(trip: Trip, progress: Progress, position_age_ms: int | None, at_ms: int) -> Eta | NoEta:
    """When the bus should be at the target, or why that is not said."""
    if progress.is_there or progress.has_passed:
        return "passed"
    if position_age_ms is None:
        return "not_started"
    if position_age_ms > POSITION_OLD_MS:
        return "position_old"
    planned = [instant_ms for _, instant_ms in progress.ahead if instant_ms is not None]
    if not planned:
        return "no_plan"
    late_ms = _lateness_ms(trip)
    late_ms = max(late_ms, at_ms - planned[0])  # the next stop cannot lie behind
    left_ms = planned[-1] + late_ms - at_ms
    slack_ms = PER_STOP_MS * len(planned)
    return Eta(
        at_ms + max(0, int(left_ms * EARLIEST_SHARE) - PER_STOP_MS), at_ms + int(left_ms * LATEST_SHARE) + slack_ms
    )


def _lateness_ms(trip: Trip) -> int:
    """How late the bus was when it last halted, or began; negative: early."""
    plan, start = trip.plan, trip.start
    if plan is None:
        return 0
    known = [
        (halt.arrived_ms, halt.arrived_ms - planned_ms)
        for stop, planned_ms in zip(plan.stop_ids, plan.stop_planned_ms, strict=False)
        if (halt := trip.halts.get(stop)) is not None and halt.arrived_ms
    ]
    if known:
        return max(known)[1]
    return start.last_ms - plan.start_ms if start is not None else 0


def minutes(eta: Eta, at_ms: int) -> tuple[int, int]:
    """The range in whole minutes from now, at least one minute wide."""
    least = max(0, (eta.from_ms - at_ms) // MINUTE_MS)
    most = -(-(eta.to_ms - at_ms) // MINUTE_MS)
    return least, max(most, least + 1)
