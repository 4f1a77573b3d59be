"""Parameters of the routes of accounts: the signed-in person, and the parts of a request that signing in needs."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from api.context import ApiContext
from api.errors import NotReadyError
from api.identity.errors import NotAdministratorError, StepUpNeededError
from api.identity.gate import COOKIE, address_of, require_same_site, signed_in_for
from api.identity.services import IdentityServices
from api.identity.standing import SignedIn, appointment_of
from schemas.identity import Session, User
from schemas.metrics import API_DENIED
from schemas.registry import Appointment, Role


@dataclass(frozen=True)
class Caller:
    """Whoever asks, known or not."""

    api: ApiContext
    address: str
    at_ms: int

    @property
    def services(self) -> IdentityServices:
        """What signing in works with."""
        return self.api.identity


@dataclass(frozen=True)
class Person(Caller):
    """Somebody who is signed in."""

    signed_in: SignedIn

    @property
    def user(self) -> User:
        """Who it is."""
        return self.signed_in.user

    @property
    def session(self) -> Session:
        """By which session."""
        return self.signed_in.session

    @property
    def appointment(self) -> Appointment | None:
        """The appointment chosen, when it is in force."""
        return appointment_of(self.user, self.session.appointment_id, self.api.facts, self.at_ms)

    def require_strong(self) -> None:
        """Let pass who has proved who they are a short time ago.

        Raises:
            StepUpNeededError: the last proof is too long ago.
        """
        if self.at_ms - self.session.last_strong_ms > self.services.settings.strong_ms:
            raise StepUpNeededError

    def denied(self, rule: str) -> None:
        """Count a no by its rule."""
        self.api.meter.count(API_DENIED, 1, rule)

    def require_manager(self) -> Appointment | None:
        """Let pass who manages users. Returns the bureau's appointment, or None for an administrator.

        Raises:
            NotAdministratorError: they do not.
        """
        if self.user.is_administrator:
            return None
        appointment = self.appointment
        if appointment is None or appointment.role is not Role.BUREAU:
            raise NotAdministratorError
        return appointment


def caller_of(request: Request) -> Caller:
    """Whoever makes this request.

    Raises:
        NotReadyError: accounts are not read yet.
        CrossSiteError: a page of another site asked.
    """
    api: ApiContext = request.app.state.context
    if not api.is_ready():
        raise NotReadyError("实时视图仍在载入 / the live view is still being read from the log")
    require_same_site_if_browser(request, api.identity)
    return Caller(api, address_of(request, api.identity), api.clock.now_ms())


def person_of(request: Request) -> Person:
    """Whoever is signed in; raises as :func:`api.identity.gate.signed_in_for` does, or ``NotReadyError``."""
    api: ApiContext = request.app.state.context
    if not api.is_ready():
        raise NotReadyError("实时视图仍在载入 / the live view is still being read from the log")
    at_ms = api.clock.now_ms()
    signed_in = signed_in_for(request, api.identity, api.facts, at_ms)
    return Person(api, address_of(request, api.identity), at_ms, signed_in)


def require_same_site_if_browser(request: Request, services: IdentityServices) -> None:
    """Signing in sets a cookie, so another site must not sign a browser in as somebody else; programs send no origin.

    Raises:
        CrossSiteError: a page of another site asked.
    """
    if "origin" in request.headers or "sec-fetch-site" in request.headers:
        require_same_site(request, services)


CallerDep = Annotated[Caller, Depends(caller_of)]
PersonDep = Annotated[Person, Depends(person_of)]
"""A route's parameter of this type makes the route answer 401, 403 and 503 by itself."""


def set_session_cookie(response: Response, text: str, caller: Caller) -> None:
    """Give a browser its session: out of reach of scripts, and not sent along from other sites' pages but by a link."""
    settings = caller.services.settings
    response.set_cookie(
        COOKIE,
        text,
        max_age=settings.absolute_ms // 1000,
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
    )


def drop_session_cookie(response: Response, caller: Caller) -> None:
    """Take it back."""
    response.delete_cookie(COOKIE, path="/", secure=caller.services.settings.is_https, httponly=True, samesite="lax")
