"""Shares of a child's run: opened and taken back by the guardian, exchanged once by whoever is to watch."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.context import ApiContext
from api.errors import NotFoundError, NotReadyError
from api.guardian.guardian import GuardianDep
from api.guardian.redeeming import admit_try, exchange
from api.guardian.sharing import open_shares, share, take_share_back
from api.identity.gate import address_of
from api.problems import declared
from api.routes.invitations import CODE_EXAMPLE, GuardianAdmitted, answered

router = APIRouter(tags=["guardians"])
ChildPath = Annotated[str, Path(description="孩子的引用 / reference of the child", max_length=64)]
SharePath = Annotated[str, Path(max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewShare(_Body):
    """For how long."""

    hours: Annotated[int, Field(ge=1, le=24)] | None = Field(None, description="none: until the end of the local day")


class OpenedShare(_Body):
    """A share with its code, which is shown this once and good once."""

    share_id: str
    code: str = Field(examples=[CODE_EXAMPLE])
    not_after_ms: int


class ShareLine(_Body):
    """A share that stands."""

    share_id: str
    created_ms: int
    not_after_ms: int
    is_used: bool


class ShareList(_Body):
    """The shares of one child's run."""

    at_ms: int
    shares: list[ShareLine]


class Exchange(_Body):
    """The code as somebody typed it."""

    code: str = Field(max_length=64, examples=[CODE_EXAMPLE])


@router.post(
    "/v1/guardian/children/{child}/shares",
    status_code=201,
    summary="分享行程 / share a child's run",
    responses=declared(401, 403, 404, 409, 422, 503),
)
async def open_share(guardian: GuardianDep, child: ChildPath, body: NewShare) -> OpenedShare:
    """Whoever brings the code may watch the run, read-only, until the share ends. Send the code, not a link with it."""
    guardian.own_child(child)
    link, code = await share(guardian, guardian.consented_child(child), body.hours)
    return OpenedShare(share_id=link.share_id, code=code.text, not_after_ms=link.not_after_ms)


@router.get(
    "/v1/guardian/children/{child}/shares",
    summary="有效的分享 / shares that stand",
    responses=declared(401, 403, 404, 422, 503),
)
async def shares(guardian: GuardianDep, child: ChildPath) -> ShareList:
    """The shares of one child's run."""
    found = open_shares(guardian, guardian.own_child(child))
    return ShareList(
        at_ms=guardian.at_ms,
        shares=[
            ShareLine(
                share_id=link.share_id,
                created_ms=link.created_ms,
                not_after_ms=link.not_after_ms,
                is_used=guardian.facts.is_exchanged(link.share_id),
            )
            for link in found
        ],
    )


@router.delete(
    "/v1/guardian/children/{child}/shares/{share_id}",
    status_code=204,
    summary="收回分享 / take a share back",
    responses=declared(401, 403, 404, 422, 503),
)
async def close_share(guardian: GuardianDep, child: ChildPath, share_id: SharePath) -> None:
    """Whoever watches by it sees nothing more, within a second."""
    if not await take_share_back(guardian, guardian.own_child(child), share_id):
        guardian.denied("guardian/share/not_of_this_child")
        raise NotFoundError


@router.post(
    "/v1/share/exchange",
    status_code=201,
    summary="使用分享码 / exchange the code of a share",
    responses=declared(403, 422, 429, 503),
)
async def exchange_code(request: Request, response: Response, body: Exchange) -> GuardianAdmitted:
    """Once: the answer is a session that may watch one child's run, as token and as cookie."""
    api: ApiContext = request.app.state.context
    if not api.is_ready():
        raise NotReadyError("实时视图仍在载入 / the live view is still being read from the log")
    admit_try(api, address_of(request, api.identity))
    at_ms = api.clock.now_ms()
    return answered(api, response, await exchange(api, body.code, at_ms), at_ms)
