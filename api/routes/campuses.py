"""``GET /v1/campuses/{campus_id}`` and one system of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.errors import NotFoundError
from api.overview.aggregate import AggregateLine, aggregate_of
from api.overview.line import SystemLine
from api.overview.overview import CampusLines
from api.problems import declared
from api.viewer import ViewerDep
from schemas.ids import SystemName

router = APIRouter(tags=["campuses"])
CampusPath = Annotated[str, Path(description="校区标识 / campus id", examples=["c-421122-007"], max_length=64)]
SystemPath = Annotated[str, Path(description="系统 / campus system", examples=["canteen"], max_length=64)]
JSON = "application/json"


class SystemDetail(BaseModel):
    """A system of a campus: its line, and the whole status as the stream workers wrote it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    line: SystemLine | None
    """Null where this reader is told counts only."""
    status: dict[str, Any] | None
    """Null where nothing was heard yet, or counts only are told; ``state`` in it is the system's own."""
    aggregate: AggregateLine | None
    """The counts, where counts only are told."""


class CampusDetail(BaseModel):
    """A campus with all its systems, worst first, and their statuses by system."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    campus: CampusLines
    statuses: dict[str, dict[str, Any]]


@router.get(
    "/v1/campuses/{campus_id}",
    summary="校区详情 / a campus in detail",
    response_model=CampusDetail,
    responses=declared(401, 403, 404, 422, 503),
)
async def campus(viewer: ViewerDep, campus_id: CampusPath) -> Response:
    """Lines and statuses of every system; the statuses are the stored bytes, passed on."""
    found = viewer.campus(campus_id)
    await viewer.record_live([found.campus_id])
    lines = viewer.judge().campus(found)
    documents = ((line.system, viewer.api.view.document(campus_id, line.system)) for line in lines.systems)
    statuses = b",".join(b'"%b":%b' % (name.encode(), found.data) for name, found in documents if found is not None)
    body = b'{"at_ms":%d,"campus":%b,"statuses":{%b}}' % (viewer.at_ms, lines.model_dump_json().encode(), statuses)
    return Response(body, media_type=JSON)


@router.get(
    "/v1/campuses/{campus_id}/systems/{system}",
    summary="校区某系统详情 / one system of a campus",
    response_model=SystemDetail,
    responses=declared(401, 403, 404, 422, 503),
)
async def campus_system(viewer: ViewerDep, campus_id: CampusPath, system: SystemPath) -> Response:
    """Line and status of one system, or its counts. One that is not there, or not for this reader, is not found."""
    found = viewer.campus(campus_id)
    document = viewer.api.view.document(campus_id, system)
    form = viewer.form_of(found.campus_id, SystemName(system))
    if form is None or (document is None and SystemName(system) not in found.expected_devices):
        raise NotFoundError
    await viewer.record_live([found.campus_id], [SystemName(system)])
    if form == "aggregate":
        counts = aggregate_of(system, document.counted if document else None)
        told = SystemDetail(at_ms=viewer.at_ms, line=None, status=None, aggregate=counts)
        return Response(told.model_dump_json(), media_type=JSON)
    line = viewer.judge().line(found, system).model_dump_json().encode()
    status = document.data if document else b"null"
    return Response(
        b'{"at_ms":%d,"line":%b,"status":%b,"aggregate":null}' % (viewer.at_ms, line, status), media_type=JSON
    )
