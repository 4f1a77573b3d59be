"""The trips of thirty days, from a real store: the child's own, whatever the log calls it, and nobody else's."""

import asyncio

import pytest

from api.guardian.names import names_of
from api.guardian.past_trips import PastTrip, past_trips
from schemas.clock import DAY_MS
from schemas.frame import LoggedEvent
from schemas.ids import CampusId
from schemas.privacy import ServiceDay, service_day_of
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session
from tests.api.guardian.family import CAMPUS, NAMES, guardianship
from tests.api.support.history import Past
from tests.streams.systems.bus_day import Trip, good_trip
from tests.streams.systems.driving import local

NOW_MS = local(9)


class DailyAliases:
    """Calls each pupil by another name on each service day."""

    async def alias_of(self, campus_id: CampusId, pupil_token: str, day: ServiceDay) -> str | None:
        return f"a_{campus_id}_{day}_{pupil_token[-1]}"


def archived(past: Past, events: list[LoggedEvent], campus_id: str) -> None:
    past.archive(
        [
            past.event(campus_id, event.type, event.data, event.occurredms, subject=event.subject)
            for event in events
            if not event.type.startswith("school_bus.position")
        ]
    )


@pytest.mark.engine
def test_a_guardian_sees_the_own_child_s_trips_of_thirty_days(database: StoreSettings) -> None:
    past, child = Past(database), guardianship(1)
    for campus_id, trip_id, days in ((CAMPUS, "t-1", 0), (CAMPUS, "t-1", 40), ("n-3", "t-1", 1)):
        trip = Trip(trip_id, start_ms=local(6, 30) - days * DAY_MS)
        archived(past, good_trip(trip), campus_id)
    alias = asyncio.run(DailyAliases().alias_of(CAMPUS, NAMES["ch-1"], service_day_of(local(6) - DAY_MS)))
    yesterday = Trip("t-9", start_ms=local(6, 30) - DAY_MS)
    ridden = yesterday.boarded("x", local(6, 41) - DAY_MS)
    ridden.data["pupil_token"] = alias
    archived(past, [yesterday.started(local(6, 30) - DAY_MS), ridden], CAMPUS)

    instants = [NOW_MS - days * DAY_MS for days in range(31)]
    names = asyncio.run(names_of(DailyAliases(), CAMPUS, child.pupil_token, instants))
    with session(database) as client:
        found = past_trips(client, child, names, NOW_MS)
        nobody = past_trips(client, child, {"p_nobody_at_all"}, NOW_MS)
        later = past_trips(client, child.model_copy(update={"from_ms": NOW_MS - 60_000}), names, NOW_MS)

    assert found == [
        PastTrip("t-1", "r-1", "to_school", local(6, 40, 5), local(7, 6, 1)),
        PastTrip("t-9", "r-1", "to_school", local(6, 41) - DAY_MS, 0),
    ]
    assert (nobody, later) == ([], [])
