"""``GET /v1/history/events``: what happened, in pages or as one stream."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.costly import WITHIN_ALLOWANCE
from api.history import events
from api.history.attended import attended, streamed
from api.history.order import HistoryCursor, decode_cursor
from api.history.question import Question, QuestionParameters, ask
from api.history.recorded import record
from api.problems import declared, problem_line
from api.routes import history_views
from api.viewer import Viewer, ViewerDep
from schemas.errors import CampanileError

router = APIRouter(tags=["history"], dependencies=[WITHIN_ALLOWANCE])
router.include_router(history_views.router)
log = structlog.get_logger(__name__)
JSON, NDJSON = "application/json", "application/x-ndjson"
PAGE_MOST, STREAM_MOST = 5_000, 1_000_000


class HistoryEvent(BaseModel):
    """One archived event with its place in the log. Instants in epoch ms, UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partition: int
    offset: int
    index: int
    occurred_ms: int
    received_ms: int
    recorded_ms: int
    delay_ms: int
    """Receipt minus occurrence: travel, waiting on the campus and the device's clock error together."""
    campus_id: str
    system: str
    type: str
    subject: str
    source: str
    id: str
    boot_id: int
    sequence: int | None
    data: Any


class HistoryPage(BaseModel):
    """One page; ``next`` is the ``after`` of the following one, null on the last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    events: list[HistoryEvent]
    next: str | None


class EventParameters(QuestionParameters):
    """Which events, and from where on."""

    limit: Annotated[int, Field(ge=1, le=STREAM_MOST)] = 500
    after: Annotated[str, Field(max_length=4_096)] | None = Field(None, description="`next` of the page before")


@router.get(
    "/v1/history/events",
    summary="历史事件 / events of the past",
    response_model=HistoryPage,
    responses=declared(401, 403, 404, 422, 429, 503) | {200: {"content": {NDJSON: {}}}},
)
async def history_events(
    request: Request, viewer: ViewerDep, parameters: Annotated[EventParameters, Query()]
) -> Response:
    """Events in the order of the asked clock.

    ``Accept: application/json``: a page of at most 5,000. ``Accept: application/x-ndjson``: one event a line, at most
    1,000,000, then a line ``{"end":…}``; without that line something is missing.
    """
    question = ask(viewer, parameters)
    cursor = decode_cursor(parameters.after, question.digest) if parameters.after is not None else None
    await record(viewer, question, "history")
    if NDJSON in request.headers.get("accept", ""):
        limit = parameters.limit if "limit" in parameters.model_fields_set else STREAM_MOST
        return await streamed(request, _lines(viewer, question, limit, cursor), NDJSON)
    limit = min(parameters.limit, PAGE_MOST)
    page = await attended(
        request, viewer.api.store.run(lambda client: events.page(client, question, limit, cursor), as_bytes=True)
    )
    following = b'"%b"' % page.next.encode() if page.next else b"null"
    body = b'{"at_ms":%d,"events":[%b],"next":%b}' % (viewer.at_ms, b",".join(page.lines), following)
    return Response(body, media_type=JSON)


async def _lines(
    viewer: Viewer, question: Question, limit: int, cursor: HistoryCursor | None
) -> AsyncGenerator[bytes, None]:
    """The stream; an error after its first line becomes its last line, since the status is already told."""
    begun = False
    chunks = viewer.api.store.stream(lambda client: events.stream(client, question, limit, cursor), as_bytes=True)
    try:
        async for chunk in chunks:
            yield chunk
            begun = True
    except CampanileError as error:
        if not begun:
            raise
        log.warning("history_stream_failed", code=error.code)
        yield problem_line(error)
    finally:
        await chunks.aclose()
