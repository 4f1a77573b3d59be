"""``/v1/oidc``: signing in through the identity provider of the authority, for browsers."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.errors import NotFoundError
from api.identity.errors import ProviderRefusedError
from api.identity.oidc.arriving import arrive
from api.identity.oidc.provider import CALLBACK, Provider
from api.identity.shapes import ProviderOffered
from api.identity.signed_in import Caller, CallerDep, set_session_cookie
from api.problems import declared
from schemas.clock import WallClock

router = APIRouter(tags=["oidc"])
BROWSER_COOKIE: Final = "campanile_oidc"
PATH: Final = "/v1/oidc"
LIFE_S: Final = 600
_REDIRECT: Final[dict[int | str, dict[str, Any]]] = {303: {"description": "go on there"}}


@router.get("/v1/oidc", summary="是否可用统一身份登录 / is there a provider", responses=declared(503))
async def offered(caller: CallerDep) -> ProviderOffered:
    """Whether a button for it should be shown."""
    return ProviderOffered(is_offered=caller.services.provider is not None)


@router.get(
    "/v1/oidc/start",
    summary="统一身份登录 / sign in through the provider",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=Response,
    responses=_REDIRECT | declared(404, 503),
)
async def start(caller: CallerDep) -> Response:
    """Send the browser to the provider, with state, nonce and PKCE challenge that are good once."""
    provider = _provider(caller)
    departure = provider.pending.depart()
    there = await provider.authorization_url(departure.state, departure.nonce, departure.verifier)
    response = RedirectResponse(there, HTTPStatus.SEE_OTHER)
    is_https = caller.services.settings.is_https
    response.set_cookie(
        BROWSER_COOKIE, departure.browser, LIFE_S, path=PATH, secure=is_https, httponly=True, samesite="lax"
    )
    return response


@router.get(
    CALLBACK,
    summary="统一身份平台的回应 / the provider's answer",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=Response,
    responses=_REDIRECT | declared(401, 404, 422, 429, 503),
)
async def callback(
    caller: CallerDep,
    request: Request,
    code: Annotated[str, Query(max_length=2048)] = "",
    state: Annotated[str, Query(max_length=256)] = "",
) -> Response:
    """Take what the provider answers, open a session, and send the browser home."""
    provider = _provider(caller)
    services = caller.services
    failures = f"/oidc@{caller.address}"  # of each address alone: nobody keeps others out
    services.attempts.admit(failures, caller.address)
    try:
        opened = await arrive(
            services,
            provider,
            caller.api.facts,
            code=code,
            state=state,
            browser=request.cookies.get(BROWSER_COOKIE, ""),
            at_ms=caller.at_ms,
            wall_ms=WallClock().now_ms(),
        )
    except ProviderRefusedError:
        services.attempts.failed(failures, caller.address)
        raise
    response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    response.delete_cookie(BROWSER_COOKIE, path=PATH, httponly=True, samesite="lax")
    set_session_cookie(response, opened.text, caller)
    return response


def _provider(caller: Caller) -> Provider:
    if caller.services.provider is None:
        raise NotFoundError
    return caller.services.provider
