"""``GET /v1/guardian/children/{child}/copy``: what is kept of a child, for its own guardian."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.guardian.guardian import GuardianDep
from api.guardian.names import names_of
from api.guardian.own_copy import Kept, kept_of, opened
from api.guardian.past_trips import interval_of
from api.privacy.unseal import Unsealer
from api.problems import declared
from ingest.privacy.errors import KeysAwayError
from schemas.clock import DAY_MS
from schemas.guardianship import Consent, Run

router = APIRouter(tags=["guardians"])
ChildPath = Annotated[str, Path(description="孩子的引用 / reference of the child", max_length=64)]
_COPYING = "家长取得孩子数据的副本 / a guardian takes a copy of the child's data"


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConsentKept(_Shown):
    """The guardian's newest word."""

    is_given: bool
    policy_version: str
    scopes: list[str]
    at_ms: int


class EventKept(_Shown):
    """One event that speaks of the child, as the device wrote it. Instants in epoch ms, UTC."""

    type: str
    occurred_ms: int
    received_ms: int
    bus: str
    data: dict[str, Any]


class ChildCopy(_Shown):
    """Everything that is kept of the child for this guardian, and from when on."""

    child: str
    at_ms: int
    from_ms: int
    to_ms: int
    """Of the events; exclusive. Older ones are not kept."""
    guardian_since_ms: int
    runs: tuple[Run, ...]
    consent: ConsentKept | None
    events: list[EventKept]
    """In order of time."""


@router.get(
    "/v1/guardian/children/{child}/copy",
    summary="孩子数据的副本 / a copy of the child's data",
    responses=declared(401, 403, 404, 409, 422, 503),
)
async def copy(guardian: GuardianDep, child: ChildPath, response: Response) -> ChildCopy:
    """Thirty days of the child's own trips, opened. The right to it stays when the consent is taken back."""
    found, at_ms = guardian.own_child(child), guardian.at_ms
    keyring = guardian.api.keyring
    if keyring is None:
        raise KeysAwayError("没有接上密钥库 / no key store is connected")
    unsealer = Unsealer(keyring.keys)
    from_ms, to_ms = interval_of(found, at_ms)
    days = range(from_ms, to_ms + DAY_MS, DAY_MS)
    names = await names_of(unsealer, found.campus_id, found.pupil_token, [*days, at_ms])
    await guardian.record(found, from_ms, to_ms, _COPYING)
    kept = await guardian.api.store.run(lambda client: kept_of(client, found, names, at_ms))
    response.headers["Cache-Control"] = "no-store"
    consent = guardian.facts.consents.get(found.guardianship_id)
    return ChildCopy(
        child=child,
        at_ms=at_ms,
        from_ms=from_ms,
        to_ms=to_ms,
        guardian_since_ms=found.from_ms,
        runs=found.runs,
        consent=_consent(consent) if consent is not None else None,
        events=[_event(event, data) for event, data in await opened(unsealer, kept)],
    )


def _consent(consent: Consent) -> ConsentKept:
    return ConsentKept(
        is_given=consent.is_given,
        policy_version=consent.policy_version,
        scopes=sorted(consent.scopes),
        at_ms=consent.at_ms,
    )


def _event(kept: Kept, data: dict[str, Any]) -> EventKept:
    return EventKept(
        type=kept.event.type,
        occurred_ms=kept.occurred_ms,
        received_ms=kept.received_ms,
        bus=kept.bus,
        data=data,
    )
