"""From a request to who asks: by bearer token of any kind, or by the session cookie of a browser.

A cookie is sent by the browser whoever made the page that asks, so what changes anything must come from our own pages:
``Sec-Fetch-Site`` says so, or else ``Origin`` does. A bearer token is sent by nobody but its holder.
"""

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from starlette.requests import Request

from api.authority.principal import Principal, authenticate
from api.errors import UnauthenticatedError
from api.identity.errors import (
    CrossSiteError,
    NoAppointmentError,
    SecondFactorRequiredError,
    SessionNeededError,
    TooManyRequestsError,
)
from api.identity.second_factor import factor_of
from api.identity.services import IdentityServices
from api.identity.standing import (
    Facts,
    SignedIn,
    api_token_of,
    principal_of_api_token,
    principal_of_session,
    session_of,
)
from schemas.organisation import Organisation
from schemas.tokens import token_id_of

COOKIE: Final = "campanile_session"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Shown(NamedTuple):
    """The token that a request shows, and whether the browser added it by itself."""

    text: str
    by_cookie: bool


def token_shown(request: Request) -> Shown:
    """The bearer token, or else the cookie's; empty text: neither."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, text = header.partition(" ")
        return Shown(text if scheme.lower() == "bearer" else "", by_cookie=False)
    return Shown(request.cookies.get(COOKIE, ""), by_cookie=True)


def principal_for(request: Request, services: IdentityServices, facts: Organisation, at_ms: int) -> Principal:
    """Who asks.

    Raises:
        UnauthenticatedError: nothing that stands was shown.
        NoAppointmentError: a session stands, and no appointment in force is chosen.
        SecondFactorRequiredError: the role needs a second factor that the user has not got.
        CrossSiteError: a cookie came with a change that another site asked for.
        TooManyRequestsError: more requests than one may make.
    """
    shown = token_shown(request)
    kind = shown.text[:4]
    if kind == "css_":
        return _by_session(request, services, facts, at_ms)
    found: Principal | None = None
    if kind == "cat_" and not shown.by_cookie:
        token_id = token_id_of(shown.text, "cat")
        token = api_token_of(shown.text, token_id, services.facts, at_ms) if token_id else None
        found = (
            principal_of_api_token(token, Facts(services.facts, facts, services.remembered), at_ms) if token else None
        )
    elif not shown.by_cookie:
        found = authenticate(request.headers.get("authorization"), facts, at_ms)
    if found is None:
        raise _stranger(request, services)
    _within_share(services, found.token_id)
    return found


def signed_in_for(request: Request, services: IdentityServices, facts: Organisation, at_ms: int) -> SignedIn:
    """The session and user of a request, whatever appointment is chosen; noted as used.

    Raises:
        UnauthenticatedError: no session that stands was shown.
        SessionNeededError: what was shown is the token of a program.
        CrossSiteError: a cookie came with a change that another site asked for.
        TooManyRequestsError: more requests than one may make.
    """
    shown = token_shown(request)
    session_id = token_id_of(shown.text, "css")
    found = session_of(shown.text, session_id, services.facts, at_ms) if session_id else None
    if found is None or _is_idle(services, found, at_ms):
        if shown.text[:4] in ("cat_", "cvt_"):
            principal_for(request, services, facts, at_ms)
            raise SessionNeededError
        raise _stranger(request, services)
    if shown.by_cookie:
        require_same_site(request, services)
    _within_share(services, found.session.session_id)
    services.uses.note(found.session.session_id, at_ms)
    return found


def require_same_site(request: Request, services: IdentityServices) -> None:
    """Let pass what changes nothing, and what our own pages or no page at all asked for.

    Raises:
        CrossSiteError: another site asked, or it cannot be told.
    """
    if request.method in _SAFE:
        return
    fetched_from = request.headers.get("sec-fetch-site")
    if fetched_from is not None:
        if fetched_from in ("same-origin", "none"):
            return
        raise CrossSiteError
    origin = request.headers.get("origin")
    ours = services.settings.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin is None or _place(origin) != _place(ours):
        raise CrossSiteError


def address_of(request: Request, services: IdentityServices) -> str:
    """The network address of who asks: the peer, or what a trusted proxy names last."""
    if services.settings.trusts_forwarded:
        named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if named:
            return named[:64]
    return request.client.host if request.client else "unknown"


def _by_session(request: Request, services: IdentityServices, facts: Organisation, at_ms: int) -> Principal:
    signed_in = signed_in_for(request, services, facts, at_ms)
    principal = principal_of_session(signed_in, Facts(services.facts, facts, services.remembered), at_ms)
    if principal is None:
        raise NoAppointmentError
    needs_second = principal.role in services.settings.strict_roles
    if needs_second and factor_of(services, signed_in.user.user_id) is None:
        raise SecondFactorRequiredError
    return principal


def _is_idle(services: IdentityServices, found: SignedIn, at_ms: int) -> bool:
    session = found.session
    idle = at_ms - services.uses.last_ms(session) >= services.settings.idle_ms
    return idle and not services.is_held(session.session_id)


def _within_share(services: IdentityServices, token_id: str) -> None:
    if wait_s := services.requests.take(token_id, services.now_s()):
        raise TooManyRequestsError(wait_s)


def _stranger(request: Request, services: IdentityServices) -> Exception:
    """Nobody we know: counted by address."""
    wait_s = services.strangers.take(address_of(request, services), services.now_s())
    return TooManyRequestsError(wait_s) if wait_s else UnauthenticatedError()


def _place(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port; what is no address is nowhere."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ("", None, None)
    return (parts.scheme, parts.hostname, port)
