"""``/v1/replays``: an interval of the past as a stream, at any speed."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from api.costly import WITHIN_ALLOWANCE
from api.problems import declared
from api.replay import serving
from api.replay.request import ReplayChange, ReplayId, ReplayRequest, ReplayState
from api.viewer import ViewerDep

router = APIRouter(tags=["replay"])


@router.post(
    "/v1/replays", status_code=201, summary="建立回放 / make a replay", responses=declared(401, 403, 404, 422, 503)
)
async def make_replay(viewer: ViewerDep, request: ReplayRequest, response: Response) -> ReplayState:
    """Nothing is read yet: open `stream`. The id works for seven days, for whoever made it."""
    state = await serving.make(viewer, request)
    response.headers["Location"] = f"/v1/replays/{state.replay_id}"
    return state


@router.get("/v1/replays/{replay_id}", summary="回放状态 / a replay", responses=declared(401, 403, 404, 503))
async def replay(viewer: ViewerDep, replay_id: ReplayId) -> ReplayState:
    """What it shows and where it is."""
    return serving.state(viewer, replay_id)


@router.patch(
    "/v1/replays/{replay_id}",
    summary="调速、暂停、跳转 / change a replay",
    responses=declared(401, 403, 404, 409, 422, 503),
)
async def change_replay(viewer: ViewerDep, replay_id: ReplayId, change: ReplayChange) -> ReplayState:
    """Takes effect on the open stream at once. A jump starts a fresh digest and is kept in the access record."""
    return await serving.change(viewer, replay_id, change)


@router.delete(
    "/v1/replays/{replay_id}",
    status_code=204,
    summary="结束回放 / end a replay",
    responses=declared(401, 403, 404, 422, 503),
)
async def end_replay(viewer: ViewerDep, replay_id: ReplayId) -> None:
    """Its stream ends with `goodbye`."""
    serving.end(viewer, replay_id)


@router.get(
    "/v1/replays/{replay_id}/stream",
    dependencies=[WITHIN_ALLOWANCE],
    summary="回放流 / the events of a replay",
    response_class=Response,
    responses=serving.STREAM | declared(401, 403, 404, 422, 429, 503),
)
async def replay_stream(
    viewer: ViewerDep,
    replay_id: ReplayId,
    accept: Annotated[str | None, Header()] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """`events` in order, `gap` and `alert` among them, at the end `end` with count and digest.

    Bring the newest `id` (JSON lines: `cursor`) back as `Last-Event-ID` and nothing is shown twice or left out. A
    second stream of one replay takes the place of the first.
    """
    return await serving.stream(viewer, replay_id, accept=accept, last_event_id=last_event_id)
