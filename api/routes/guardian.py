"""What a guardian may do: own children, the running trip, own trips of thirty days, consent, signing out."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response, StreamingResponse

from api.errors import NotFoundError
from api.guardian.document import ChildRun
from api.guardian.errors import PolicyVersionError
from api.guardian.guardian import COOKIE, GuardianDep
from api.guardian.names import names_of
from api.guardian.past_trips import interval_of, past_trips
from api.guardian.redeeming import consent_of, consent_said
from api.guardian.schedule import next_opening_ms
from api.guardian.stream import run_events
from api.problems import declared
from schemas.clock import DAY_MS
from schemas.guardianship import PolicyVersion, Run

router = APIRouter(tags=["guardians"])
ChildPath = Annotated[str, Path(description="孩子的引用 / reference of the child", max_length=64)]
_WATCHING = "家长查看孩子的行程 / a guardian watches the child's run"
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "server-sent events: `run`, then `closed`, `ended` or `goodbye`",
        "content": {"text/event-stream": {}},
    }
}


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChildLine(_Shown):
    """One child as its guardian sees it: no name, no number, only the runs."""

    child: str
    runs: tuple[Run, ...]
    has_consent: bool
    opens_ms: int
    """When the next run may be watched."""


class ChildList(_Shown):
    """The children of a session."""

    at_ms: int
    policy_version: str
    """Of the children's privacy policy in force."""
    is_share: bool
    """Whether the session may watch and do nothing else."""
    children: list[ChildLine]


class TripLine(_Shown):
    """One trip on which the child was; null where no card was read, or nothing is known."""

    trip_id: str
    route_id: str | None
    direction: str | None
    boarded_ms: int | None
    alighted_ms: int | None


class TripList(_Shown):
    """The child's trips, newest first."""

    child: str
    from_ms: int
    to_ms: int
    trips: list[TripLine]


class ConsentBody(BaseModel):
    """The version of the children's privacy policy that is agreed to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy_version: PolicyVersion


@router.get("/v1/guardian/children", summary="我的孩子 / own children", responses=declared(401, 403, 503))
async def children(guardian: GuardianDep) -> ChildList:
    """The children of this session, and whether consent stands."""
    return ChildList(
        at_ms=guardian.at_ms,
        policy_version=guardian.api.guardians.settings.policy_version,
        is_share=guardian.standing.is_share,
        children=[
            ChildLine(
                child=child.guardianship_id,
                runs=child.runs,
                has_consent=guardian.has_consent(child),
                opens_ms=next_opening_ms(child.runs, guardian.at_ms),
            )
            for child in guardian.standing.children
        ],
    )


@router.get(
    "/v1/guardian/children/{child}/run",
    summary="孩子的行程 / the child's running trip",
    responses=declared(401, 403, 404, 422, 503),
)
async def run(guardian: GuardianDep, child: ChildPath) -> ChildRun:
    """From 15 minutes before pick-up until the child gets off; at other times 404, which says when it opens."""
    found = guardian.consented_child(child)
    shown = guardian.run(found, await guardian.names(found))
    await guardian.record(found, guardian.at_ms, guardian.at_ms, _WATCHING)
    return shown


@router.get(
    "/v1/guardian/children/{child}/stream",
    summary="孩子的行程（实时）/ the child's running trip, live",
    response_class=Response,
    responses=_STREAM | declared(401, 403, 404, 422, 429, 503),
)
async def stream(guardian: GuardianDep, child: ChildPath) -> Response:
    """The same document whenever it changes.

    It ends when the child gets off, and at once when consent, session, share or guardianship does.
    """
    found = guardian.consented_child(child)
    shown = guardian.run(found, await guardian.names(found))
    guardian.api.guardians.require_room(guardian.standing.session_id)
    await guardian.record(found, guardian.at_ms, guardian.at_ms, _WATCHING)
    return StreamingResponse(
        run_events(guardian, found, shown),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get(
    "/v1/guardian/children/{child}/trips",
    summary="孩子近 30 天的乘车 / the child's trips of 30 days",
    responses=declared(401, 403, 404, 422, 503),
)
async def trips(guardian: GuardianDep, child: ChildPath) -> TripList:
    """When the child got on and off; never before the guardianship began."""
    guardian.own_child(child)
    found, at_ms = guardian.consented_child(child), guardian.at_ms
    from_ms, to_ms = interval_of(found, at_ms)
    days = range(from_ms, to_ms + DAY_MS, DAY_MS)
    names = await names_of(guardian.api.guardians.aliases, found.campus_id, found.pupil_token, [*days, at_ms])
    await guardian.record(found, from_ms, to_ms, _WATCHING)
    listed = await guardian.api.store.run(lambda client: past_trips(client, found, names, at_ms))
    return TripList(
        child=child,
        from_ms=from_ms,
        to_ms=to_ms,
        trips=[
            TripLine(
                trip_id=trip.trip_id,
                route_id=trip.route_id or None,
                direction=trip.direction or None,
                boarded_ms=trip.boarded_ms or None,
                alighted_ms=trip.alighted_ms or None,
            )
            for trip in listed
        ],
    )


@router.put(
    "/v1/guardian/children/{child}/consent",
    status_code=204,
    summary="同意 / give consent",
    responses=declared(401, 403, 404, 409, 422, 503),
)
async def give_consent(guardian: GuardianDep, child: ChildPath, body: ConsentBody) -> None:
    """To the policy in force; recorded before it counts."""
    found, version = guardian.own_child(child), guardian.api.guardians.settings.policy_version
    if body.policy_version != version:
        raise PolicyVersionError(version)
    consent = consent_of(found, version, guardian.at_ms, is_given=True)
    await guardian.note(found, "access.consent_given.v1", **consent_said(consent))
    await guardian.api.identity.log.write([consent])


@router.delete(
    "/v1/guardian/children/{child}/consent",
    status_code=204,
    summary="撤回同意 / withdraw consent",
    responses=declared(401, 403, 404, 422, 503),
)
async def withdraw_consent(guardian: GuardianDep, child: ChildPath) -> None:
    """Counts at once: every stream about the child ends within a second, shares too. Doing it again is harmless."""
    found = guardian.own_child(child)
    given = guardian.facts.consents.get(found.guardianship_id)
    if given is None:
        raise NotFoundError
    consent = given.model_copy(update={"is_given": False, "at_ms": guardian.at_ms})
    await guardian.api.identity.log.write([consent])
    await guardian.note(found, "access.consent_withdrawn.v1", **consent_said(consent))


@router.delete("/v1/guardian/session", status_code=204, summary="退出 / sign out", responses=declared(401, 403, 503))
async def sign_out(guardian: GuardianDep, response: Response) -> None:
    """The session's token is good no longer; a new one needs a new invitation."""
    session = guardian.facts.sessions[guardian.standing.session_id]
    await guardian.api.identity.log.write([session.model_copy(update={"revoked": True})])
    response.delete_cookie(COOKIE, path="/v1/")
