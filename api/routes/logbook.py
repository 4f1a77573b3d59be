"""``GET /v1/logbook``: what happened at a place, in sentences."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.costly import WITHIN_ALLOWANCE
from api.history.attended import attended
from api.history.order import decode_cursor
from api.history.question import QuestionParameters, ask
from api.history.recorded import record
from api.logbook.entries import LogbookEntry, LogbookOrder, logbook
from api.problems import declared
from api.viewer import ViewerDep

router = APIRouter(tags=["history"], dependencies=[WITHIN_ALLOWANCE])


class LogbookParameters(QuestionParameters):
    """Which part of the logbook."""

    routine: bool = Field(default=False, description="包括例行读数 / readings that come every minute as well")
    limit: Annotated[int, Field(ge=1, le=2_000)] = 200
    after: Annotated[str, Field(max_length=4_096)] | None = Field(None, description="`next` of the page before")


class LogbookPage(BaseModel):
    """One page in the order of time; ``next`` is the ``after`` of the following one, null on the last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    entries: list[LogbookEntry]
    next: str | None


@router.get("/v1/logbook", summary="日志簿 / the logbook", responses=declared(401, 403, 404, 422, 429, 503))
async def get_logbook(
    request: Request, viewer: ViewerDep, parameters: Annotated[LogbookParameters, Query()]
) -> LogbookPage:
    """Events as sentences in Chinese and English, alerts among them with what caused them. No pupil is named."""
    question = ask(viewer, parameters)
    cursor = decode_cursor(parameters.after, question.digest) if parameters.after is not None else None
    await record(viewer, question, "logbook")
    rules = [rule for system in viewer.api.systems.values() for rule in system.rules]
    titles = {str(rule.name): (rule.title_zh, rule.title_en) for rule in rules}
    order = LogbookOrder(question, titles, parameters.limit, parameters.routine, cursor)
    page = await attended(request, viewer.api.store.run(lambda client: logbook(client, order)))
    return LogbookPage(at_ms=viewer.at_ms, entries=page.entries, next=page.next)
