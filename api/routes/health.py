"""``/livez`` and ``/readyz`` for load balancers: no token, no content."""

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.context import ApiContext

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Whether all is well, and each check by name."""

    ok: bool
    checks: dict[str, bool]


@router.get("/livez", summary="进程存活 / the process answers")
async def livez() -> Health:
    """It answers, so it lives."""
    return Health(ok=True, checks={"loop": True})


@router.get(
    "/readyz",
    summary="是否就绪 / whether content can be answered",
    response_model=Health,
    responses={503: {"model": Health, "description": "not ready yet"}},
)
async def readyz(request: Request) -> Response:
    """Each check; 503 until all hold."""
    api: ApiContext = request.app.state.context
    checks = {name: check() for name, check in api.checks.items()}
    health = Health(ok=all(checks.values()), checks=checks)
    return Response(health.model_dump_json(), 200 if health.ok else 503, media_type="application/json")
