"""``GET /v1/organisation``."""

from fastapi import APIRouter

from api.authority import Action
from api.overview.tree import OrganisationTree, tree_of
from api.problems import declared
from api.viewer import ViewerDep

router = APIRouter(tags=["organisation"])


@router.get("/v1/organisation", summary="可见的组织树 / the visible organisation", responses=declared(401, 403, 503))
async def organisation(viewer: ViewerDep) -> OrganisationTree:
    """Areas, consortia and campuses that the token may see, members with mode and dates, at this instant."""
    viewer.require(Action.LIST_CONTENT)
    return tree_of(viewer.principal, viewer.api.facts, viewer.at_ms)
