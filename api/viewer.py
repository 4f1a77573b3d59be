"""The reader of one request: authenticated, at one instant, with the authority at hand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from api.access.entries import Actor, read_entries
from api.access.grant_use import Use, use_entries, used_for_live, used_for_reading
from api.access.reading import Reading
from api.authority import Action, Principal, Target, authorize
from api.authority.decide import Object, decide
from api.authority.policy import API, may_ever
from api.authority.scope import Interval, Scope, history_scope
from api.authority.sight import Sight, sight_of
from api.authority.verdict import Form, Verdict
from api.context import ApiContext
from api.errors import ForbiddenError, NotFoundError, NotReadyError
from api.identity.gate import principal_for
from api.overview.overview import Judge
from schemas.events import Classification
from schemas.ids import CampusId, ConsortiumId, SystemName
from schemas.metrics import API_DENIED
from schemas.registry import Access, Campus, Consortium


@dataclass(frozen=True)
class Viewer:
    """Who asks, of which process, and when."""

    principal: Principal
    api: ApiContext
    at_ms: int
    _noted: set[Use] = field(default_factory=set, init=False, repr=False, compare=False)
    """Uses of grants that are on record for this request."""

    def require(self, action: Action) -> None:
        """Let pass, or refuse the role.

        Raises:
            ForbiddenError: the role may not do this at all.
        """
        verdict = authorize(self.principal, action, API, self.api.facts, self.at_ms)
        if not verdict.allowed:
            raise ForbiddenError(verdict.rule)

    def require_role(self, action: Action) -> None:
        """Let pass a role that may do this to something, or refuse it.

        Raises:
            ForbiddenError: the role may not do this to anything.
        """
        verdict = may_ever(self.principal, action)
        if not verdict.allowed:
            raise ForbiddenError(verdict.rule)

    def require_target(self, action: Action, target: Target) -> None:
        """Let pass, or say that there is no such thing.

        Raises:
            NotFoundError: it does not exist, or the principal may not do this to it.
        """
        if not self.may(action, target):
            raise NotFoundError

    def may(self, action: Action, target: Target) -> bool:
        """Whether the principal may do this to that; a no is counted, and noted for the campus that it protects."""
        verdict = authorize(self.principal, action, target, self.api.facts, self.at_ms)
        if not verdict.allowed:
            self.denied(verdict.rule, target.id if target.kind == "campus" else None)
        return verdict.allowed

    def denied(self, rule: str, *campus_ids: str | None) -> None:
        """Count a no by its rule, one of a closed set and never an id; note it for the campuses that it protects."""
        self.api.meter.count(API_DENIED, 1, rule)
        for campus_id in campus_ids:
            if campus_id is not None and campus_id in self.api.facts.campuses:
                self.api.refusals.note(self.actor, CampusId(campus_id))

    def campus(self, campus_id: str) -> Campus:
        """A campus that may be read.

        Raises:
            ForbiddenError: the role reads no content.
            NotFoundError: it does not exist, or not for this reader.
        """
        self.require(Action.LIST_CONTENT)
        if not self.may(Action.READ_CAMPUS, Target("campus", campus_id)):
            raise NotFoundError
        return self.api.facts.campuses[CampusId(campus_id)]

    def consortium(self, consortium_id: str) -> Consortium:
        """A consortium that may be read.

        Raises:
            ForbiddenError: the role reads no content.
            NotFoundError: it does not exist, or not for this reader.
        """
        self.require(Action.LIST_CONTENT)
        if not self.may(Action.READ_CONSORTIUM, Target("consortium", consortium_id)):
            raise NotFoundError
        return self.api.facts.consortia[ConsortiumId(consortium_id)]

    @property
    def actor(self) -> Actor:
        """How the record of access names the reader: the person, or the token of a program."""
        return Actor(self.principal.person_id or self.principal.token_id, self.principal.role)

    async def record(self, reading: Reading) -> None:
        """Write down a look; returns once the log has acknowledged it. Content is answered after that, never before.

        Raises:
            UnreachableError: it is not certain that it is recorded.
        """
        uses = self._fresh(used_for_reading(self.principal, self.api.facts, reading, self.at_ms))
        entries = read_entries(reading, self.actor) + use_entries(uses, reading.kind, self.actor)
        await self.api.journal.write(entries, self.api.clock.now_ms())

    async def record_live(
        self, campus_ids: Collection[CampusId], systems: Collection[SystemName] | None = None
    ) -> None:
        """Write down what of this only a grant shows, if anything; a live view by the matrix alone is not recorded.

        Args:
            campus_ids: what is about to be shown live.
            systems: of which systems; None: of every one.

        Raises:
            UnreachableError: it is not certain that it is recorded.
        """
        at_ms = self.api.clock.now_ms()
        uses = self._fresh(used_for_live(self.principal, self.api.facts, campus_ids, systems, at_ms))
        if uses:
            await self.api.journal.write(use_entries(uses, "live", self.actor), at_ms)

    def _fresh(self, uses: frozenset[Use]) -> frozenset[Use]:
        """Those that this request has not written down yet."""
        fresh = uses - self._noted
        self._noted.update(fresh)
        return fresh

    def judge(self) -> Judge:
        """Judges freshness against the instant of this request."""
        stale_after_ms = self.api.settings.stale_after_s * 1000
        return Judge(self.api.view, self.sight, at_ms=self.at_ms, stale_after_ms=stale_after_ms)

    def sight(self, campus_id: CampusId) -> Sight:
        """What of a campus may be told live."""
        return sight_of(self.principal, self.api.facts, campus_id, self.at_ms)

    def decide(self, access: Access, target: Object) -> Verdict:
        """Whether the principal may have this access to a system of a campus, at this instant; a no is counted."""
        verdict = decide(self.api.facts, self.principal, access, target, self.at_ms)
        if not verdict.allowed:
            self.denied(verdict.rule, target.campus_id)
        return verdict

    def form_of(self, campus_id: CampusId, system: SystemName) -> Form | None:
        """In which form a system of a campus may be told live; None, and counted: not at all."""
        form = self.sight(campus_id).form_of(system)
        if form is None:
            self.decide(Access.AGGREGATE, Object(campus_id, system))
        return form

    def history(
        self,
        campuses: Iterable[CampusId],
        systems: Iterable[SystemName],
        interval: Interval,
        *,
        access: Access = Access.HISTORY,
        classification: Classification | None = None,
    ) -> Scope:
        """The part of campuses × systems × interval that may be read as history, by a grant held now as well."""
        scope = history_scope(
            self.principal,
            self.api.facts,
            campuses,
            systems,
            interval,
            granted_at_ms=self.at_ms,
            access=access,
            classification=classification,
        )
        if scope.is_empty():
            self.denied(f"{self.principal.role}/{access}/nothing_to_read")
        return scope


_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="viewer token",
    description="cvt_… by `campanile token`, css_… by POST /v1/session (or its cookie), cat_… by POST /v1/tokens",
)


async def _viewer_of(request: Request, _declared: Annotated[object, Depends(_BEARER)]) -> Viewer:
    """Ready first: before the registry is read, a valid token would look unknown."""
    api: ApiContext = request.app.state.context
    if not api.is_ready():
        raise NotReadyError("实时视图仍在载入 / the live view is still being read from the log")
    at_ms = api.clock.now_ms()
    return Viewer(principal_for(request, api.identity, api.facts, at_ms), api, at_ms)


ViewerDep = Annotated[Viewer, Depends(_viewer_of)]
"""A route's parameter of this type makes the route answer 401 and 503 by itself."""
