"""What a guardian sees of the running trip: the whole list of fields, and nothing of anybody else. Pure.

There is no other child in it, no passenger list or count, no driver or attendant, and of the bus no more than its
position now: a test holds the list of fields.
"""

from collections.abc import Collection
from typing import Literal

from pydantic import BaseModel, ConfigDict

from api.guardian.progress import POSITION_OLD_MS, Eta, NoEta, Progress, eta_of, progress_of
from api.guardian.ride import Boarding, BoardingState, Ride, ride_of
from api.guardian.schedule import ScheduledRun
from api.guardian.sentence import Situation, sentence_of
from schemas.guardianship import Guardianship
from streams.systems.school_bus.state import Bus, SchoolBusState


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BoardingShown(_Shown):
    """Whether the child is on the bus."""

    state: BoardingState
    at_ms: int | None
    """Since when; null before."""


class BusShown(_Shown):
    """Where the bus is; WGS-84 degrees."""

    name: str
    latitude_deg: float
    longitude_deg: float
    position_ms: int
    age_ms: int
    """How old the position is."""
    is_old: bool
    """Older than 90 s: to be shown grey."""


class StopAhead(_Shown):
    """A stop still to come, up to and with the one that counts for the child."""

    stop_id: str
    planned_ms: int | None


class EtaShown(_Shown):
    """Between when and when the bus should be at the last of the stops ahead."""

    from_ms: int
    to_ms: int


class ChildRun(_Shown):
    """A child's running trip. Instants in epoch ms, UTC."""

    child: str
    at_ms: int
    direction: Literal["to_school", "to_home"]
    pick_up_ms: int
    """Planned."""
    drop_off_ms: int
    """Planned."""
    sentence_zh: str
    sentence_en: str
    boarding: BoardingShown
    bus: BusShown | None
    """Null before the bus has set off, and when the child did not get on."""
    stops_ahead: list[StopAhead]
    eta: EtaShown | None
    no_eta: NoEta | None
    """Why there is no estimate."""


class Over(_Shown):
    """The run is over for this child: it got off, or the trip ended without it.

    A trip that ended with the child still on board, as far as is known, is not over: its guardian is the first who
    must see it.
    """

    how: Literal["alighted", "ended"]
    at_ms: int


def run_shown(
    guardianship: Guardianship,
    scheduled: ScheduledRun,
    state: SchoolBusState,
    names: Collection[str],
    at_ms: int,
) -> ChildRun | Over:
    """What the guardian may see at this instant; ``names`` are what the log calls the child that day."""
    ride = ride_of(state, scheduled, names, at_ms)
    if ride is not None:
        over = _over(ride)
        if over is not None:
            return over
    boarding = ride.boarding if ride is not None else Boarding("waiting")
    shows_bus = ride is not None and (
        boarding.state == "on_board" or (ride.is_running and boarding.state != "not_boarded")
    )
    bus = state.buses.get(ride.trip.bus) if shows_bus and ride is not None else None
    age_ms = max(0, at_ms - bus.position_ms) if bus is not None and bus.position_ms else None
    progress = _progress(ride, scheduled) if shows_bus else Progress(None, (), is_there=False, has_passed=False)
    eta = eta_of(ride.trip, progress, age_ms, at_ms) if ride is not None and shows_bus else "not_started"
    has_ended = ride is not None and ride.ended_ms is not None
    sentence = sentence_of(Situation(boarding, progress, eta, scheduled.pick_up_ms, age_ms, has_ended, at_ms))
    return ChildRun(
        child=guardianship.guardianship_id,
        at_ms=at_ms,
        direction=scheduled.run.direction,
        pick_up_ms=scheduled.pick_up_ms,
        drop_off_ms=scheduled.drop_off_ms,
        sentence_zh=sentence.zh,
        sentence_en=sentence.en,
        boarding=BoardingShown(state=boarding.state, at_ms=boarding.at_ms),
        bus=_bus(ride, bus, age_ms),
        stops_ahead=[StopAhead(stop_id=stop, planned_ms=planned_ms) for stop, planned_ms in progress.ahead],
        eta=EtaShown(from_ms=eta.from_ms, to_ms=eta.to_ms) if isinstance(eta, Eta) else None,
        no_eta=None if isinstance(eta, Eta) else eta,
    )


def _over(ride: Ride) -> Over | None:
    if ride.boarding.state == "alighted" and ride.boarding.at_ms is not None:
        return Over(how="alighted", at_ms=ride.boarding.at_ms)
    if ride.ended_ms is not None and ride.boarding.state != "on_board":
        return Over(how="ended", at_ms=ride.ended_ms)
    return None


def _progress(ride: Ride | None, scheduled: ScheduledRun) -> Progress:
    """Towards the child's stop; once on board on the way to school, towards the last stop."""
    if ride is None:
        return Progress(None, (), is_there=False, has_passed=False)
    stops = ride.trip.plan.stop_ids if ride.trip.plan is not None else []
    to_school = scheduled.run.direction == "to_school" and ride.boarding.state == "on_board"
    return progress_of(ride.trip, stops[-1] if to_school and stops else scheduled.run.stop_id)


def _bus(ride: Ride | None, bus: Bus | None, age_ms: int | None) -> BusShown | None:
    if ride is None or bus is None or age_ms is None:
        return None
    return BusShown(
        name=ride.trip.bus,
        latitude_deg=bus.latitude_deg,
        longitude_deg=bus.longitude_deg,
        position_ms=bus.position_ms,
        age_ms=age_ms,
        is_old=age_ms > POSITION_OLD_MS,
    )
