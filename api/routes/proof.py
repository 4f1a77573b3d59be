"""``/v1/proof/…`` and ``POST /v1/evidence``: that nothing was altered, for whoever may see it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from api.authority import Action
from api.costly import WITHIN_ALLOWANCE
from api.history.attended import streamed
from api.history.question import QuestionParameters
from api.problems import declared
from api.proof import consistency, inclusion
from api.proof.asking import (
    bundle_question,
    record_bundle,
    record_event,
    require_event,
    signing_of,
)
from api.proof.blocks import ProofDocument
from api.proof.bundle import BundleOrder, bundle
from api.proof.stored_events import Position
from api.viewer import Viewer, ViewerDep
from schemas.fields import EpochMs

router = APIRouter(tags=["proof"], dependencies=[WITHIN_ALLOWANCE])
ZIP = "application/zip"
Partition = Annotated[int, Field(ge=0, le=1023)]
Count = Annotated[int, Field(ge=0, le=(1 << 63) - 1)]
Purpose = Annotated[str, Field(min_length=4, max_length=200, description="目的 / what for; it is recorded")]


class Statement(BaseModel):
    """A signed text. See ``docs/proof.md``."""

    model_config = ConfigDict(extra="forbid")

    body: str
    key_id: str
    signature: str


class CampusHead(BaseModel):
    """A campus's newest head, and its path to the signed root over heads."""

    model_config = ConfigDict(extra="forbid")

    campus: str
    sequence: int
    root: str
    index: int
    path: list[str]
    checkpoint: Statement


class Heads(BaseModel):
    """The newest signed checkpoints and the keys that signed them."""

    model_config = ConfigDict(extra="forbid")

    checkpoints: list[Statement]
    keys: list[Statement]
    heads: list[CampusHead]
    """Of the campus that was asked for."""


class Tree(BaseModel):
    """A tree of that many blocks."""

    model_config = ConfigDict(extra="forbid")

    size: int
    root: str


class Consistency(BaseModel):
    """What proves that the old tree is the beginning of the new one (RFC 9162 2.1.4.2)."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["campanile/consistency/v1"]
    partition: int
    old: Tree
    new: Tree
    path: list[str]
    checkpoints: list[Statement]
    """Over the old tree and over the new one, as far as they were signed at these sizes."""
    heads: list[CampusHead]
    """Of the campus that was asked for: in the old tree, and in the new one."""
    keys: list[Statement]


class EventProof(BaseModel):
    """An event's own bytes and what leads from them to a signed root. ``verify.py`` reads it."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["campanile/proof/v1"]
    event: str
    place: dict[str, Any]
    proof: dict[str, Any]
    checkpoint: Statement
    keys: list[Statement]


class EventIdParameters(BaseModel):
    """Which event."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[str, Field(min_length=1, max_length=512)]
    id: Annotated[str, Field(min_length=1, max_length=256)]
    near_ms: EpochMs | None = Field(None, description="发生时间，约数，误差一小时内 / about when; makes it fast")
    purpose: Purpose


class EvidenceOrder(QuestionParameters):
    """What a bundle is to hold, and for which case."""

    purpose: Purpose
    case: Annotated[str, Field(min_length=2, max_length=80, description="案号或文号 / the case it belongs to")]


@router.get(
    "/v1/proof/heads",
    summary="已签名的检查点 / signed checkpoints",
    response_model=Heads,
    responses=declared(401, 403, 404, 422, 429, 503),
)
async def proof_heads(viewer: ViewerDep, campus: Annotated[str | None, Query(max_length=64)] = None) -> Response:
    """The newest checkpoint of every partition, the keys, and a campus's newest head if one is asked for."""
    viewer.require(Action.READ_RULES)
    if campus is not None:
        viewer.campus(campus)
    keychain = signing_of(viewer).keychain()
    found = await viewer.api.store.run(lambda client: inclusion.newest_heads(client, keychain), as_bytes=True)
    heads = (
        await viewer.api.store.run(lambda client: consistency.prove_newest_heads(client, campus), as_bytes=True)
        if campus is not None
        else []
    )
    return JSONResponse(found | {"heads": heads})


@router.get(
    "/v1/proof/consistency",
    summary="一致性证明 / an old tree is the beginning of a new one",
    response_model=Consistency,
    responses=declared(401, 403, 404, 422, 429, 503),
)
async def proof_consistency(
    viewer: ViewerDep,
    partition: Annotated[Partition, Query()],
    old: Annotated[Count, Query(alias="from", description="块数 / blocks in the old tree")],
    new: Annotated[Count | None, Query(alias="to", description="块数；默认最新 / of the new one")] = None,
    campus: Annotated[str | None, Query(max_length=64, description="附该校区新旧两个头 / with its two heads")] = None,
) -> Response:
    """Sizes are those of two checkpoints of the partition; nothing but hashes is told."""
    viewer.require(Action.READ_RULES)
    if campus is not None:
        viewer.campus(campus)
    keychain = signing_of(viewer).keychain()
    trees = consistency.TwoTrees(partition, old, new)
    found = await viewer.api.store.run(
        lambda client: consistency.prove_consistency(client, trees, keychain, campus), as_bytes=True
    )
    return JSONResponse(found)


@router.get(
    "/v1/proof/events",
    summary="按 source 与 id 证明一件事件 / prove an event by source and id",
    response_model=EventProof,
    responses=declared(401, 403, 404, 410, 422, 429, 503),
)
async def proof_of_id(viewer: ViewerDep, asked: Annotated[EventIdParameters, Query()]) -> Response:
    """The event as it was archived, with its proof; the look is recorded before it is answered."""
    viewer.require(Action.LIST_CONTENT)
    found = await viewer.api.store.run(
        lambda client: inclusion.find_by_id(client, asked.source, asked.id, asked.near_ms), as_bytes=True
    )
    return JSONResponse(await _proof(viewer, found, asked.purpose))


@router.get(
    "/v1/proof/events/{partition}/{offset}/{index}",
    summary="按位置证明一件事件 / prove an event by its position",
    response_model=EventProof,
    responses=declared(401, 403, 404, 410, 422, 429, 503),
)
async def proof_of_position(
    viewer: ViewerDep,
    partition: Annotated[Partition, Path()],
    offset: Annotated[Count, Path()],
    index: Annotated[Count, Path(description="帧内序号，从 0 起 / place in the frame, from 0")],
    purpose: Annotated[Purpose, Query()],
) -> Response:
    """The event at a position of the log, with its proof; the look is recorded before it is answered."""
    viewer.require(Action.LIST_CONTENT)
    position = Position(partition, offset, index)
    found = await viewer.api.store.run(lambda client: inclusion.find_by_position(client, position), as_bytes=True)
    return JSONResponse(await _proof(viewer, found, purpose))


@router.post(
    "/v1/evidence",
    summary="证据包 / an evidence bundle",
    responses=declared(401, 403, 404, 410, 422, 429, 503) | {200: {"content": {ZIP: {}}}},
)
async def evidence(request: Request, viewer: ViewerDep, order: EvidenceOrder) -> Response:
    """One zip with the events of a scope and interval and all that a stranger needs to verify them offline."""
    question = bundle_question(viewer, order)
    signing = signing_of(viewer)
    await record_bundle(viewer, question)
    made = BundleOrder(
        question=question,
        asked=order.model_dump(exclude={"purpose", "case"}, exclude_defaults=True),
        case=order.case,
        actor_id=viewer.actor.ref,
        role=viewer.principal.role.value,
        made_ms=viewer.at_ms,
        systems=viewer.api.systems,
        keychain=signing.keychain(),
        sign=signing.sign,
    )
    chunks = viewer.api.store.stream(lambda client: bundle(client, made), as_bytes=True)
    return await streamed(request, chunks, ZIP, {"Content-Disposition": 'attachment; filename="evidence.zip"'})


async def _proof(viewer: Viewer, found: inclusion.FoundEvent | None, purpose: str) -> ProofDocument:
    event = require_event(viewer, found)
    keychain = signing_of(viewer).keychain()
    await record_event(viewer, event, purpose)
    kept = viewer.api.proven
    return await viewer.api.store.run(
        lambda client: inclusion.prove_event(client, event, keychain, kept), as_bytes=True
    )
