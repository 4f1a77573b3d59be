"""``GET /v1/consortia`` and the live view of one."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from api.authority import Action
from api.authority.sight import rollup_sight_of
from api.authority.visible import visible_consortia, visible_members
from api.overview.line import Condition
from api.overview.overview import ConsortiumOverview
from api.problems import declared
from api.viewer import Viewer, ViewerDep
from schemas.ids import ConsortiumId

router = APIRouter(tags=["consortia"])
ConsortiumPath = Annotated[str, Path(description="联盟标识 / consortium id", examples=["k-421122-01"], max_length=64)]


class ConsortiumEntry(BaseModel):
    """A consortium in one line. Instants in epoch ms, UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    consortium_id: str
    name: str
    area_id: str
    core_campus_id: str
    campuses: int
    severity: int
    conditions: dict[Condition, int]
    open_alerts: tuple[int, int, int, int]
    heard_ms: int | None


class ConsortiumList(BaseModel):
    """The visible consortia, worst first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    consortia: list[ConsortiumEntry]


def _overview(viewer: Viewer, consortium_id: ConsortiumId) -> ConsortiumOverview:
    facts = viewer.api.facts
    members = visible_members(viewer.principal, consortium_id, facts, viewer.at_ms)
    rollups = rollup_sight_of(viewer.principal, facts, consortium_id, viewer.at_ms)
    return viewer.judge().consortium(facts.consortia[consortium_id], members, facts.campuses, rollups)


@router.get("/v1/consortia", summary="可见的教联体 / the visible consortia", responses=declared(401, 403, 503))
async def consortia(viewer: ViewerDep) -> ConsortiumList:
    """Every consortium that the token may see, worst first."""
    viewer.require(Action.LIST_CONTENT)
    facts = viewer.api.facts
    entries = []
    seen = visible_consortia(viewer.principal, facts, viewer.at_ms)
    await viewer.record_live({campus_id for found in seen for campus_id in facts.members(found, viewer.at_ms)})
    for consortium_id in seen:
        overview, fact = _overview(viewer, consortium_id), facts.consortia[consortium_id]
        entries.append(
            ConsortiumEntry(
                consortium_id=consortium_id,
                name=fact.name,
                area_id=fact.area_id,
                core_campus_id=fact.core_campus_id,
                campuses=len(overview.campuses),
                severity=overview.severity,
                conditions=overview.conditions,
                open_alerts=overview.open_alerts,
                heard_ms=overview.heard_ms,
            )
        )
    entries.sort(key=lambda entry: (entry.severity or 5, [-count for count in entry.open_alerts], entry.consortium_id))
    return ConsortiumList(at_ms=viewer.at_ms, consortia=entries)


@router.get(
    "/v1/consortia/{consortium_id}/live",
    summary="教联体实时总览 / the live view of a consortium",
    responses=declared(401, 403, 404, 422, 503),
)
async def consortium_live(viewer: ViewerDep, consortium_id: ConsortiumPath) -> ConsortiumOverview:
    """Every member campus × system, worst first, judged against the clock now. No data is never shown as well."""
    found = viewer.consortium(consortium_id).consortium_id
    await viewer.record_live(viewer.api.facts.members(found, viewer.at_ms))
    return _overview(viewer, found)
