"""``/v1/privacy``: erase a pupil, see what was erased, and hand out what is kept of one pupil.

A pupil's token is only ever in a body: addresses are written into logs.
"""

import asyncio
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.access.reading import Reading
from api.authority import Action, Target
from api.errors import ForbiddenError, NotFoundError
from api.history.attended import streamed
from api.privacy.bindings import withdraw_bindings
from api.privacy.erasing import Eraser
from api.privacy.errors import RestrictedError
from api.privacy.export import export_subject
from api.problems import declared
from api.viewer import Viewer, ViewerDep
from ingest.privacy.erasure_book import Erasure, ErasureState
from ingest.privacy.errors import KeysAwayError
from ingest.privacy.keyring import Keyring
from schemas.fields import PupilToken
from schemas.ids import CampusId
from schemas.privacy import ErasureBasis, ErasureGround
from schemas.registry import Role
from schemas.systems import SYSTEMS

router = APIRouter(tags=["privacy"])
ASKING: Final = frozenset({Role.PRINCIPAL})
"""Who may ask for an erasure, and be told what is kept of a pupil: the school that knows who the token is."""
APPROVING: Final = frozenset({Role.PRINCIPAL, Role.HEAD, Role.BUREAU})
WATCHING: Final = ASKING | APPROVING | {Role.AUDITOR}
NDJSON: Final = "application/x-ndjson"
_EVER_MS: Final = 946_684_800_000
"""The earliest instant that an event may have."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ErasureRequest(_Body):
    """Whose data is to be made unreadable, and on what ground."""

    campus_id: Annotated[CampusId, Field(max_length=64)]
    pupil_token: PupilToken
    ground: ErasureGround
    legal_basis: ErasureBasis


class SubjectRequest(_Body):
    """Of whom a copy is wanted, and why."""

    campus_id: Annotated[CampusId, Field(max_length=64)]
    pupil_token: PupilToken
    purpose: Annotated[str, StringConstraints(min_length=4, max_length=200)]


class ErasureReceipt(_Body):
    """An erasure and how far it is; it names nobody."""

    erasure_id: str
    campus_id: str
    state: ErasureState
    ground: str
    legal_basis: str
    requested_by: str
    requested_ms: int
    approved_by: str | None
    restricted_ms: int | None
    """Since when a legal hold keeps the keys from being destroyed; nobody has been given them since."""
    destroyed_ms: int | None
    key_refs: list[str]
    """The keys that were destroyed or restricted: the events that name them can be opened by nobody any more."""


class ErasureList(_Body):
    """Erasures, the newest first."""

    erasures: list[ErasureReceipt]


@router.post(
    "/v1/privacy/erasures",
    summary="申请清除学生数据 / ask for a pupil to be erased",
    status_code=HTTPStatus.CREATED,
    responses=declared(401, 403, 404, 422, 503),
)
async def request_erasure(viewer: ViewerDep, body: ErasureRequest) -> ErasureReceipt:
    """Ask; somebody else approves. Whether anything is kept of the pupil is not said."""
    _require(viewer, ASKING)
    campus_id = _campus(viewer, body.campus_id)
    eraser = _eraser(viewer)
    return _receipt(
        await eraser.request(
            campus_id, body.pupil_token, ground=body.ground, legal_basis=body.legal_basis, by=viewer.actor
        )
    )


@router.post(
    "/v1/privacy/erasures/{erasure_id}/approval",
    summary="批准并执行清除 / approve an erasure and carry it out",
    responses=declared(401, 403, 404, 409, 503),
)
async def approve_erasure(viewer: ViewerDep, erasure_id: str) -> ErasureReceipt:
    """Destroy the pupil's keys, for good. Repeat it after a 503: it goes on where it ended.

    Under a legal hold the answer's state is `restricted`: the keys are kept, nobody is given them any more, and they
    are destroyed when the hold is released.
    """
    _require(viewer, APPROVING)
    eraser = _eraser(viewer)
    return _receipt(await eraser.approve(await _visible(viewer, eraser, erasure_id), viewer.actor))


@router.get("/v1/privacy/erasures", summary="清除记录 / erasures", responses=declared(401, 403, 503))
async def erasures(viewer: ViewerDep) -> ErasureList:
    """Every erasure of the campuses in scope, with its receipt."""
    _require(viewer, WATCHING)
    found = await _eraser(viewer).all()
    return ErasureList(erasures=[_receipt(erasure) for erasure in found if _is_in_scope(viewer, erasure.campus_id)])


@router.get("/v1/privacy/erasures/{erasure_id}", summary="清除回执 / receipt", responses=declared(401, 403, 404, 503))
async def erasure(viewer: ViewerDep, erasure_id: str) -> ErasureReceipt:
    """The receipt of one erasure."""
    _require(viewer, WATCHING)
    return _receipt(await _visible(viewer, _eraser(viewer), erasure_id))


@router.post(
    "/v1/privacy/subjects/export",
    summary="一名学生的全部数据 / everything that is kept of one pupil",
    response_class=StreamingResponse,
    responses=declared(401, 403, 404, 422, 451, 503),
)
async def export(request: Request, viewer: ViewerDep, body: SubjectRequest) -> StreamingResponse:
    """The pupil's events as their senders wrote them, one JSON object a line; recorded as a look before it begins.

    What a legal hold keeps after an erasure is not in it; where nothing else is left, that is the answer (451).
    """
    _require(viewer, ASKING)
    campus_id = _campus(viewer, body.campus_id)
    keys = _keyring(viewer).keys
    weeks = await asyncio.to_thread(keys.weeks_of, campus_id, body.pupil_token)
    kept_back = await asyncio.to_thread(keys.restricted_of, campus_id, body.pupil_token)
    if kept_back and not weeks:
        raise RestrictedError
    await viewer.record(Reading("pupil", (campus_id,), SYSTEMS, _EVER_MS, viewer.at_ms, body.purpose))
    chunks = viewer.api.store.stream(lambda client: export_subject(client, keys, campus_id, weeks.values()))
    return await streamed(request, chunks, NDJSON, {"Cache-Control": "no-store"})


def _require(viewer: Viewer, roles: frozenset[Role]) -> None:
    if viewer.principal.role not in roles:
        raise ForbiddenError(f"{viewer.principal.role}/privacy/deny_by_default")


def _campus(viewer: Viewer, campus_id: str) -> CampusId:
    if not _is_in_scope(viewer, campus_id):
        raise NotFoundError
    return CampusId(campus_id)


def _is_in_scope(viewer: Viewer, campus_id: str) -> bool:
    return viewer.may(Action.READ_CAMPUS, Target("campus", campus_id))


def _keyring(viewer: Viewer) -> Keyring:
    if viewer.api.keyring is None:
        raise KeysAwayError("没有接上密钥库 / no key store is connected")
    return viewer.api.keyring


def _eraser(viewer: Viewer) -> Eraser:
    identity = viewer.api.identity
    unbind = partial(withdraw_bindings, identity.log, identity.facts.guardians)
    return Eraser(_keyring(viewer), viewer.api.journal, viewer.api.clock, unbind, viewer.api.holds)


async def _visible(viewer: Viewer, eraser: Eraser, erasure_id: str) -> Erasure:
    found = await eraser.find(erasure_id)
    if found is None or not _is_in_scope(viewer, found.campus_id):
        raise NotFoundError
    return found


def _receipt(found: Erasure) -> ErasureReceipt:
    return ErasureReceipt(
        erasure_id=found.erasure_id,
        campus_id=found.campus_id,
        state=found.state,
        ground=found.ground,
        legal_basis=found.legal_basis,
        requested_by=found.requested_by,
        requested_ms=found.requested_ms,
        approved_by=found.approved_by,
        restricted_ms=found.restricted_ms,
        destroyed_ms=found.destroyed_ms,
        key_refs=list(found.key_refs),
    )
