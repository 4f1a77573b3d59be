"""How to become a parent in the demonstration: an invitation by the principal, its redemption, and the child's bus."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from deploy.demo.bus import planned_trips
from deploy.demo.people import kitchen_campus
from deploy.demo.plan import CampusPlan, County
from deploy.demo.school_day import SchoolDay
from deploy.demo.trips import plan_route
from schemas.clock import MINUTE_MS, local_midnight_ms
from schemas.systems.school_bus import Direction

POLICY_VERSION = "2026-09"
_SOON_MS = 14 * MINUTE_MS


class _Wait(NamedTuple):
    """A child that waits at a stop."""

    pupil_token: str
    stop_id: str
    at_ms: int
    school_ms: int


def invitation_body(county: County, campus: CampusPlan, now_ms: int) -> dict[str, Any] | None:
    """The invitation for a child whose bus comes soon, or else for one who is driven today; None: nobody is."""
    day, bus_id = SchoolDay(local_midnight_ms(now_ms)), next(iter(campus.bus_ids), None)
    if bus_id is None:
        return None
    waits = [
        _Wait(stop.riders[0], stop.stop_id, at_ms, trip.planned_end_ms)
        for trip in planned_trips(campus, bus_id, day, county.seed)
        if trip.direction is Direction.TO_SCHOOL
        for stop, at_ms in zip(trip.stops, trip.planned_ms, strict=True)
        if stop.riders
    ]
    if not waits:
        return None
    found = next((wait for wait in waits if now_ms <= wait.at_ms <= now_ms + _SOON_MS), waits[-1])
    run = {
        "route_id": plan_route(campus, bus_id, county.seed).route_id,
        "direction": Direction.TO_SCHOOL.value,
        "stop_id": found.stop_id,
        "pick_up_min": (found.at_ms - day.midnight_ms) // MINUTE_MS,
        "drop_off_min": (found.school_ms - day.midnight_ms) // MINUTE_MS + 1,
    }
    return {"pupil_token": found.pupil_token, "runs": [run]}


def parent_commands(county: County, now_ms: int) -> Iterator[str]:
    """Commands to be pasted one after the other once the shell file was read; none where the principal has no bus."""
    campus = kitchen_campus(county)
    body = invitation_body(county, campus, now_ms)
    if body is None:
        return
    text = "-H 'content-type: application/json'"
    yield (
        f"INVITED=$(ask principal /v1/campuses/{campus.campus_id}/invitations {text} \\\n"
        f"  -d '{_wrapped(body)}')\n"
        """CODE=$(echo "$INVITED" | sed -n 's/.*"code": "\\(.*\\)".*/\\1/p'); echo "$CODE\""""
    )
    yield (
        f"""REDEEMED=$(curl -s "$API/v1/invitations/redeem" {text} \\\n"""
        f"""  -d '{{"code": "'"$CODE"'", "consent_to": "{POLICY_VERSION}"}}')\n"""
        """CHILD=$(echo "$REDEEMED" | sed 's/.*"child":"\\([^"]*\\)".*/\\1/')\n"""
        """GUARDIAN=$(echo "$REDEEMED" | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')"""
    )
    yield (
        """curl -s "$API/v1/guardian/children/$CHILD/run" -H "Authorization: Bearer $GUARDIAN" \\\n"""
        "  | python3 -m json.tool --no-ensure-ascii"
    )


def _wrapped(body: dict[str, Any]) -> str:
    """The body as JSON in three lines."""
    text = json.dumps(body)
    for name in ("runs", "stop_id"):
        text = text.replace(f' "{name}"', f'\n       "{name}"')
    return text
