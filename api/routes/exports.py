"""``GET /v1/exports``: events of the past as files, in one zip with a manifest."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.costly import WITHIN_ALLOWANCE
from api.export.export import export
from api.export.order import ROWS_MOST, ExportFormat, ExportOrder
from api.history.attended import streamed
from api.history.question import QuestionParameters, ask
from api.history.recorded import record
from api.problems import declared
from api.viewer import ViewerDep

router = APIRouter(tags=["history"], dependencies=[WITHIN_ALLOWANCE])
ZIP = "application/zip"


class ExportParameters(QuestionParameters):
    """Which events, and as what."""

    format: list[ExportFormat] = Field(
        min_length=1, max_length=6, description="格式，可重复 / formats; may be repeated"
    )
    limit: Annotated[int, Field(ge=1, le=ROWS_MOST)] = ROWS_MOST


@router.get(
    "/v1/exports",
    summary="导出 / events as files",
    response_class=Response,
    responses=declared(401, 403, 404, 422, 429, 503)
    | {200: {"content": {ZIP: {}}, "description": "a zip, as it is made"}},
)
async def exports(request: Request, viewer: ViewerDep, parameters: Annotated[ExportParameters, Query()]) -> Response:
    """A zip with a file for each format and ``manifest.json`` at its end.

    A zip that cannot be opened was cut off: ask again. GPX and KML hold the positions of buses alone.
    """
    question = ask(viewer, parameters)
    await record(viewer, question, "export")
    order = ExportOrder(
        question,
        tuple(dict.fromkeys(parameters.format)),
        parameters.model_dump(exclude_defaults=True),
        viewer.actor.ref,
        viewer.at_ms,
        parameters.limit,
    )
    chunks = viewer.api.store.stream(lambda client: export(client, order))
    name = f"campanile-{question.interval.from_ms}-{question.interval.to_ms}.zip"
    return await streamed(request, chunks, ZIP, {"Content-Disposition": f'attachment; filename="{name}"'})
