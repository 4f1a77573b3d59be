"""Grants: who holds which, giving one, breaking the glass, ending one."""

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.status import HTTP_201_CREATED

from api.access.entries import Entry
from api.authority import Action, Target
from api.authority.errors import NoEmergencyError
from api.authority.granting import (
    EMERGENCY_ACCESS,
    EMERGENCY_BASIS,
    EMERGENCY_MS,
    Wish,
    approved,
    ended,
    may_end,
    may_see,
    taken,
)
from api.errors import NotFoundError
from api.problems import declared
from api.viewer import Viewer, ViewerDep
from schemas.clock import MINUTE_MS
from schemas.ids import SLUG_PATTERN, CampusId, GrantId, PersonId, SystemName
from schemas.registry import Access, Grant

router = APIRouter(tags=["grants"])
Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN)]
SystemText = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Systems = Annotated[list[SystemText], Field(min_length=1, max_length=20)]
Purpose = Annotated[str, StringConstraints(min_length=4, max_length=200)]
GrantPath = Annotated[str, Path(description="授权标识 / grant id", max_length=64)]
RED: Final = 1


class GrantOrder(BaseModel):
    """What to give to whom, why, on which legal basis and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person_id: Slug
    campus_ids: Annotated[list[Slug], Field(min_length=1, max_length=20)]
    systems: Systems
    access: Annotated[list[Access], Field(min_length=1, max_length=6)]
    purpose: Purpose
    legal_basis: Annotated[str, StringConstraints(min_length=2, max_length=200)]
    minutes: Annotated[int, Field(ge=1, le=30 * 24 * 60)]


class EmergencyOrder(BaseModel):
    """Which systems of which campus are needed at once, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    campus_id: Slug
    systems: Systems
    purpose: Purpose


class GrantList(BaseModel):
    """Grants in force or yet to come first, then those that have ended, newest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    grants: list[Grant]


@router.get("/v1/grants", summary="可见的授权 / the visible grants", responses=declared(401, 403, 503))
async def grants(viewer: ViewerDep) -> GrantList:
    """Grants that the reader gave or holds, and those for campuses that the reader looks after."""
    viewer.require(Action.LIST_CONTENT)
    facts, at_ms = viewer.api.facts, viewer.at_ms
    seen = [found for found in facts.grants.values() if may_see(viewer.principal, found, facts, at_ms)]
    seen.sort(key=lambda found: (found.valid_to_ms <= at_ms, -found.valid_from_ms, found.grant_id))
    return GrantList(at_ms=at_ms, grants=seen)


@router.post(
    "/v1/grants",
    summary="批准一项限时授权 / approve a time-boxed grant",
    status_code=HTTP_201_CREATED,
    responses=declared(401, 403, 404, 413, 422, 503),
)
async def approve(viewer: ViewerDep, order: GrantOrder) -> Grant:
    """Give another person access to campuses that both of you stand to, from now on; the answer means it is kept."""
    viewer.require_role(Action.APPROVE_GRANT)
    wish = Wish(
        person_id=PersonId(order.person_id),
        campus_ids=frozenset(map(CampusId, order.campus_ids)),
        systems=frozenset(map(SystemName, order.systems)),
        access=frozenset(order.access),
        purpose=order.purpose,
        legal_basis=order.legal_basis,
        length_ms=order.minutes * MINUTE_MS,
    )
    for campus_id in wish.campus_ids:
        viewer.require_target(Action.READ_CAMPUS, Target("campus", campus_id))
    grant = approved(wish, viewer.principal, viewer.api.facts, _new_id(), viewer.at_ms)
    await viewer.api.registry.write([grant])
    return grant


@router.post(
    "/v1/grants/emergency",
    summary="一级告警期间的紧急授权 / break the glass during an alert of severity 1",
    status_code=HTTP_201_CREATED,
    responses=declared(401, 403, 404, 409, 413, 422, 503),
)
async def break_glass(viewer: ViewerDep, order: EmergencyOrder) -> Grant:
    """Take access for 30 minutes by yourself; it is written into the record that the county bureau sees, first."""
    viewer.require_role(Action.TAKE_EMERGENCY)
    campus_id = CampusId(order.campus_id)
    viewer.require_target(Action.TAKE_EMERGENCY, Target("campus", campus_id))
    if not any(entry.alert.severity == RED for entry in viewer.api.view.alerts.of_campus(campus_id)):
        raise NoEmergencyError
    wish = Wish(
        person_id=viewer.principal.person_id or PersonId(""),
        campus_ids=frozenset({campus_id}),
        systems=frozenset(map(SystemName, order.systems)),
        access=EMERGENCY_ACCESS,
        purpose=order.purpose,
        legal_basis=EMERGENCY_BASIS,
        length_ms=EMERGENCY_MS,
    )
    grant = taken(wish, viewer.principal, _new_id(), viewer.at_ms)
    await viewer.api.journal.write([_emergency_entry(viewer, campus_id, grant)], viewer.api.clock.now_ms())
    await viewer.api.registry.write([grant])
    return grant


@router.delete("/v1/grants/{grant_id}", summary="终止授权 / end a grant", responses=declared(401, 403, 404, 422, 503))
async def end(viewer: ViewerDep, grant_id: GrantPath) -> Grant:
    """End a grant now: streams and reads that stand on it end within a second. That it was in force stays on record."""
    viewer.require(Action.LIST_CONTENT)
    grant = viewer.api.facts.grants.get(GrantId(grant_id))
    if grant is None or not may_end(viewer.principal, grant, viewer.api.facts, viewer.at_ms):
        viewer.denied(f"{viewer.principal.role}/grant.end/not_concerned", *(grant.campus_ids if grant else ()))
        raise NotFoundError
    over = ended(grant, viewer.at_ms)
    await viewer.api.registry.write([over])
    return over


def _new_id() -> GrantId:
    return GrantId(f"g-{secrets.token_hex(8)}")


def _emergency_entry(viewer: Viewer, campus_id: CampusId, grant: Grant) -> Entry:
    data = {
        "principal_ref": viewer.actor.ref,
        "role": viewer.actor.role,
        "grant_id": grant.grant_id,
        "systems": sorted(grant.systems),
        "purpose": grant.purpose,
        "valid_to_ms": grant.valid_to_ms,
    }
    return Entry(campus_id, "access.emergency_taken.v1", grant.grant_id, data)
