"""The guardian of one request: authenticated, at one instant. Other tokens than guardians' own end here."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from api.access.entries import Actor, Entry, read_entries
from api.access.reading import Reading
from api.context import ApiContext
from api.errors import ForbiddenError, NotFoundError, NotReadyError, UnauthenticatedError
from api.guardian.bus_states import BUS_SYSTEM
from api.guardian.document import ChildRun, Over, run_shown
from api.guardian.errors import ConsentNeededError, ReadOnlyShareError, RunClosedError, local_text
from api.guardian.names import names_of
from api.guardian.schedule import next_opening_ms, open_runs
from api.guardian.standing import Standing, standing_of, stands_still
from api.identity.gate import principal_for, require_same_site
from schemas.guardians import Guardians
from schemas.guardianship import Guardianship
from schemas.ids import SystemName
from schemas.metrics import API_DENIED
from schemas.registry import Role

COOKIE: Final = "campanile_guardian"
_CLOSED: Final = "不在接送时间 / it is not the time of a run"


@dataclass(frozen=True)
class Guardian:
    """Who asks, of which process, and when."""

    api: ApiContext
    standing: Standing
    at_ms: int

    @property
    def facts(self) -> Guardians:
        """What is known of guardians."""
        return self.api.identity.facts.guardians

    def still(self, at_ms: int) -> "Guardian | None":
        """The same guardian at a later instant, if the session still stands."""
        standing = stands_still(self.standing.session_id, self.facts, at_ms)
        return None if standing is None else Guardian(self.api, standing, at_ms)

    def child(self, ref: str) -> Guardianship:
        """The child of a reference.

        Raises:
            NotFoundError: it does not exist, or not for this session.
        """
        found = self.standing.child(ref)
        if found is None:
            self.denied("guardian/child/not_of_this_session")
            raise NotFoundError
        return found

    def denied(self, rule: str) -> None:
        """Count a no by its rule."""
        self.api.meter.count(API_DENIED, 1, rule)

    def own_child(self, ref: str) -> Guardianship:
        """As :meth:`child`, for what only the guardian may do.

        Raises:
            ReadOnlyShareError: the session is a share.
        """
        found = self.child(ref)
        if self.standing.is_share:
            raise ReadOnlyShareError
        return found

    def has_consent(self, child: Guardianship) -> bool:
        """Whether a consent to the policy in force stands."""
        return self.facts.has_consent(child.guardianship_id, self.api.guardians.settings.policy_version)

    def consented_child(self, ref: str) -> Guardianship:
        """As :meth:`child`, with the consent without which nothing is shown.

        Raises:
            ConsentNeededError: none to the policy in force stands.
        """
        found = self.child(ref)
        if not self.has_consent(found):
            raise ConsentNeededError(self.api.guardians.settings.policy_version)
        return found

    async def record(self, child: Guardianship, from_ms: int, to_ms: int, purpose: str) -> None:
        """Write the look down before it is answered.

        Raises:
            UnreachableError: it is not certain that it is recorded.
        """
        reading = Reading("pupil", (child.campus_id,), (SystemName(BUS_SYSTEM),), from_ms, to_ms, purpose)
        await self.api.journal.write(read_entries(reading, self.actor), self.at_ms)

    @property
    def actor(self) -> Actor:
        """How the record names the guardian."""
        return Actor(self.standing.guardian_id, Role.GUARDIAN)

    async def note(self, child: Guardianship, type_name: str, **data: object) -> None:
        """Write down what the guardian did about a child.

        Raises:
            UnreachableError: it is not certain that it is recorded.
        """
        said: dict[str, object] = {"guardianship_id": child.guardianship_id} | data
        await self.api.journal.write([Entry(child.campus_id, type_name, child.guardianship_id, said)], self.at_ms)

    async def names(self, child: Guardianship) -> frozenset[str]:
        """What the log calls the child today."""
        return await names_of(self.api.guardians.aliases, child.campus_id, child.pupil_token, [self.at_ms])

    def run(self, child: Guardianship, names: frozenset[str]) -> ChildRun:
        """The child's running trip at this instant.

        Raises:
            RunClosedError: there is none to be watched.
        """
        state = self.api.guardians.states.of(self.api.view, child.campus_id)
        cause = _CLOSED
        for scheduled in open_runs(child.runs, self.at_ms):
            shown = run_shown(child, scheduled, state, names, self.at_ms)
            if isinstance(shown, ChildRun):
                return shown
            cause = _over_text(shown)
            break
        raise RunClosedError(next_opening_ms(child.runs, self.at_ms), cause)


def _over_text(over: Over) -> str:
    at = local_text(over.at_ms)
    if over.how == "alighted":
        return f"孩子 {at} 已下车 / your child got off at {at}"
    return f"行程 {at} 已结束 / the trip ended at {at}"


_BEARER = HTTPBearer(
    auto_error=False, scheme_name="guardian token", description="cgt_… by POST /v1/invitations/redeem, or its cookie"
)


async def _guardian_of(request: Request, _declared: Annotated[object, Depends(_BEARER)]) -> Guardian:
    api: ApiContext = request.app.state.context
    if not api.is_ready():
        raise NotReadyError("实时视图仍在载入 / the live view is still being read from the log")
    at_ms = api.clock.now_ms()
    text = shown_token(request)
    standing = standing_of(text, api.identity.facts.guardians, at_ms)
    if standing is not None:
        if "authorization" not in request.headers:
            require_same_site(request, api.identity)
        return Guardian(api, standing, at_ms)
    if text.startswith("cgt_"):
        raise UnauthenticatedError
    principal = principal_for(request, api.identity, api.facts, at_ms)
    raise ForbiddenError(f"{principal.role}/guardians_only")


def shown_token(request: Request) -> str:
    """The bearer token of a request, or else the guardian's cookie; empty: neither."""
    header = request.headers.get("authorization")
    if header is None:
        return request.cookies.get(COOKIE, "")
    scheme, _, text = header.partition(" ")
    return text if scheme.lower() == "bearer" else ""


GuardianDep = Annotated[Guardian, Depends(_guardian_of)]
"""A route's parameter of this type lets guardians in, and nobody else."""
