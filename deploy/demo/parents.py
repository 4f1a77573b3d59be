"""How to become a parent in the demonstration: an invitation by the principal, its redemption, and the child's bus."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from deploy.demo.bus import planned_trips
from deploy.demo.people import holders
from deploy.demo.plan import CampusPlan, County
from deploy.demo.school_day import SchoolDay
from deploy.demo.trips import plan_route
from schemas.clock import MINUTE_MS, local_midnight_ms
from schemas.registry import Role
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


def parent_lines(county: County, api: str, now_ms: int) -> Iterator[str]:
    """Commands that work as pasted, one after the other; nothing where the principal's campus has no bus."""
    principal = next(holder for holder in holders(county) if holder.role is Role.PRINCIPAL)
    campus_id = next(iter(principal.scope)).partition(":")[2]
    campus = next(item for item in county.campuses if item.campus_id == campus_id)
    body = invitation_body(county, campus, now_ms)
    if body is None:
        return
    text = "-H 'content-type: application/json'"
    pick = "python3 -c 'import json,sys; a=json.load(sys.stdin); print(*[a[k] for k in sys.argv[1:]])'"
    yield ""
    yield "4  家长：受邀、同意、查看孩子的校车 / a parent: invited, consents, watches the child's bus"
    yield f"CODE=$(curl -s -X POST {api}/v1/campuses/{campus_id}/invitations {text} \\"
    yield f"  -H 'Authorization: Bearer {principal.token(county.seed).text}' \\"
    yield f"  -d '{json.dumps(body, separators=(',', ':'))}' | {pick} code); echo $CODE"
    redeem = f'{{\\"code\\":\\"$CODE\\",\\"consent_to\\":\\"{POLICY_VERSION}\\"}}'
    yield f'set -- $(curl -s -X POST {api}/v1/invitations/redeem {text} -d "{redeem}" | {pick} child token)'
    run = f"{api}/v1/guardian/children/$1/run"
    yield f'curl -s -H "Authorization: Bearer $2" {run} | python3 -m json.tool --no-ensure-ascii'
