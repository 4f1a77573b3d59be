"""``GET /v1/organisation``, and the facts behind it, applied by a county bureau to its own county."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict

from api.authority import Action
from api.authority.errors import OutOfReachError
from api.authority.reach import out_of_reach
from api.overview.tree import OrganisationTree, tree_of
from api.problems import declared
from api.viewer import ViewerDep
from schemas.fact_plan import FactsRefusedError, parse_facts, plan_that_fits
from schemas.registry import fact_key

log = structlog.get_logger(__name__)
router = APIRouter(tags=["organisation"])


@router.get("/v1/organisation", summary="可见的组织树 / the visible organisation", responses=declared(401, 403, 503))
async def organisation(viewer: ViewerDep) -> OrganisationTree:
    """Areas, consortia and campuses that the token may see, members with mode and dates, at this instant."""
    viewer.require(Action.LIST_CONTENT)
    return tree_of(viewer.principal, viewer.api.facts, viewer.at_ms)


class AppliedFacts(BaseModel):
    """What applying facts changes: keys of new and of changed ones, and how many are in force as they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_dry_run: bool
    added: list[str]
    changed: list[str]
    same: int


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "facts as `campanile org show` prints them: a JSON array, or one JSON object a line",
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
    }
}


@router.post(
    "/v1/organisation/facts",
    summary="应用组织机构数据 / apply organisation facts",
    responses=declared(401, 403, 404, 413, 422, 503),
    openapi_extra=_BODY,
)
async def apply_facts(
    request: Request,
    viewer: ViewerDep,
    dry_run: Annotated[bool, Query(description="只看计划，不写入 / show the plan, write nothing")] = False,  # noqa: FBT002 — a query parameter
) -> AppliedFacts:
    """Check, plan and write facts of the bureau's own county, as `campanile org apply` does; all of them or none.

    Membership, mode, agreements, people and appointments take effect for open streams within a second.
    """
    viewer.require(Action.APPLY_FACTS)
    plan = plan_that_fits(parse_facts(_text(await request.body())), viewer.api.facts)
    refused = out_of_reach(plan.to_write, viewer.principal, viewer.api.facts)
    if refused:
        raise OutOfReachError(refused)
    if plan.to_write and not dry_run:
        await viewer.api.registry.write(plan.to_write)
        log.info("facts_applied", by=viewer.actor.ref, added=len(plan.add), changed=len(plan.change))
    return AppliedFacts(
        is_dry_run=dry_run,
        added=[fact_key(fact) for fact in plan.add],
        changed=[fact_key(fact) for fact in plan.change],
        same=plan.same,
    )


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FactsRefusedError("不是 UTF-8 / this is not UTF-8", cause=str(error.reason)) from error
