"""``GET /v1/live``: server-sent events for a set of scopes."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from api.authority import Action, Target
from api.errors import NotFoundError
from api.live.request import StreamRequest, select
from api.live.response import EventStreamResponse
from api.live.session import Session
from api.problems import declared
from api.viewer import ViewerDep
from schemas.ids import SystemName

router = APIRouter(tags=["live"])
ScopeText = Annotated[
    str, StringConstraints(pattern=r"^(campus|consortium|area):[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$")
]
EXAMPLE = (
    "retry: 1200\n\n"
    'event: snapshot\ndata: {"at_ms":1795651200000,"campuses":["c-421122-007"],"consortia":[],"systems":null}\n\n'
    'id: AZ3…\nevent: campus\ndata: {"campus_id":"c-421122-007","system":"canteen","severity":0,…}\n\n'
    'id: AZ3…\nevent: live\ndata: {"at_ms":1795651200042}\n\n'
    'id: AZ3…\nevent: alert\ndata: {"alert_id":"…","state":"open",…}\n\n'
    ": heartbeat 1795651215000\n\n"
)
EVENT_NAMES = ("snapshot", "campus", "consortium", "alert", "gone", "live", "resync", "goodbye")
_EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": list(EVENT_NAMES)},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string", "description": "cursor: bring the newest one back as Last-Event-ID"},
        "retry": {"type": "integer", "minimum": 0},
    },
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "server-sent events, for as long as the stream lives",
        "content": {"text/event-stream": {"itemSchema": _EVENT, "example": EXAMPLE}},
    }
}


class LiveParameters(BaseModel):
    """What to show, and from where on."""

    model_config = ConfigDict(extra="forbid")

    scope: list[ScopeText] = Field(
        [], max_length=64, description="consortium:<id>, campus:<id> or area:<id>; none: everything visible"
    )
    system: list[Annotated[str, Field(max_length=64)]] = Field([], max_length=64, description="none: every system")
    last_event_id: str | None = Field(None, description="as the header Last-Event-ID, which wins")


@router.get(
    "/v1/live",
    summary="实时事件流 / live events",
    response_class=Response,
    responses=_STREAM | declared(401, 403, 404, 422, 429, 503),
)
async def live(
    viewer: ViewerDep,
    parameters: Annotated[LiveParameters, Query()],
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """First what is (or what changed since `Last-Event-ID`), then `live`, then everything as it happens.

    `campus` carries a status, `consortium` a rollup, `alert` a transition, `gone` a removed document. After `resync`
    or `snapshot` forget what you held. `goodbye` ends the stream: come back after `retry` with the last id.
    """
    viewer.require(Action.OPEN_STREAM)
    systems = frozenset(SystemName(name) for name in parameters.system)
    request = StreamRequest(viewer.principal, tuple(map(_target, parameters.scope)), systems or None)
    asked = select(request, viewer.api.facts, viewer.at_ms)
    if asked is not None:
        await viewer.record_live(asked.campuses, asked.systems)
    selection = select(request, viewer.api.facts, viewer.api.clock.now_ms())  # facts may have changed meanwhile
    if selection is None:
        viewer.denied(f"{viewer.principal.role}/stream/nothing_to_show")
        raise NotFoundError
    hub = viewer.api.hub
    stream = hub.open(request, selection)
    session = Session(
        hub,
        stream,
        last_event_id=last_event_id or parameters.last_event_id,
        clock=viewer.api.clock,
        record=lambda now: viewer.record_live(now.campuses, now.systems),
    )
    return EventStreamResponse(hub, stream, session)


def _target(text: str) -> Target:
    kind, _, entity_id = text.partition(":")
    match kind:
        case "campus":
            return Target("campus", entity_id)
        case "consortium":
            return Target("consortium", entity_id)
        case _:
            return Target("area", entity_id)
