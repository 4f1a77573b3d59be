"""A bus with three children on it, and a guardian of each: the small world of the guardians' tests."""

from collections.abc import Iterable

from api.guardian.codes import new_code
from api.guardian.document import ChildRun, Over, run_shown
from api.guardian.schedule import on_day_of
from schemas.clock import DAY_MS
from schemas.frame import LoggedEvent
from schemas.guardianship import Guardianship, Invitation, Run
from schemas.ids import CampusId, GuardianId, GuardianshipId, InvitationId
from streams.systems.school_bus import SYSTEM
from streams.systems.school_bus.state import SchoolBusState
from tests.streams.systems.bus_day import STOPS, Trip, good_trip
from tests.streams.systems.driving import folded, local

CAMPUS = CampusId("n-2")
SCHOOL = STOPS[-1]
TRIP = Trip()
"""Starts at 06:30 and halts at s-1 … s-3 at 06:35, 06:40 and 06:45, where one child each gets on; 06:50 at school,
where they get off at 07:06."""
NAMES = {"ch-0": "p_token_t-1-0", "ch-1": "p_token_t-1-1", "ch-2": "p_token_t-1-2"}


def morning(number: int) -> Run:
    """The run to school of the child at stop ``number``."""
    return Run(
        route_id="r-1",
        direction="to_school",
        stop_id=STOPS[number],
        pick_up_min=6 * 60 + 35 + 5 * number,
        drop_off_min=7 * 60,
    )


def afternoon(number: int) -> Run:
    """The run home of the child at stop ``number``."""
    return Run(
        route_id="r-1",
        direction="to_home",
        stop_id=STOPS[number],
        pick_up_min=16 * 60 + 30,
        drop_off_min=17 * 60 - 5 * number,
    )


def guardianship(number: int) -> Guardianship:
    """The guardianship of the child that waits at stop ``number``, by another guardian each."""
    return Guardianship(
        guardianship_id=GuardianshipId(f"ch-{number}"),
        guardian_id=GuardianId(f"gd-{number}"),
        campus_id=CAMPUS,
        pupil_token=NAMES[f"ch-{number}"],
        runs=(morning(number), afternoon(number)),
        from_ms=local(0) - 3 * DAY_MS,
    )


def invitation(number: int, at_ms: int) -> tuple[Invitation, str]:
    """An invitation for that child, and its code."""
    code = new_code()
    made = Invitation(
        invitation_id=InvitationId(f"inv-{code.name}"),
        campus_id=CAMPUS,
        pupil_token=NAMES[f"ch-{number}"],
        runs=(morning(number), afternoon(number)),
        code_sha256=code.sha256,
        issued_by="p-1",
        issued_ms=at_ms,
        not_after_ms=at_ms + 14 * DAY_MS,
    )
    return made, code.text


def until(at_ms: int, events: Iterable[LoggedEvent] | None = None) -> SchoolBusState:
    """What is known at an instant of a good morning, or of these events."""
    told = good_trip(TRIP) if events is None else events
    state: SchoolBusState = folded(SYSTEM, [event for event in told if event.occurredms <= at_ms])
    return state


def shown(number: int, at_ms: int, events: Iterable[LoggedEvent] | None = None) -> ChildRun | Over:
    """What the guardian of child ``number`` sees of the morning's run at an instant."""
    child = guardianship(number)
    scheduled = on_day_of(child.runs[0], at_ms)
    return run_shown(child, scheduled, until(at_ms, events), {child.pupil_token}, at_ms)
