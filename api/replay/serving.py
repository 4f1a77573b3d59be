"""What the routes of replays do: make, tell, change, end and stream one."""

from typing import Any, Final

import msgspec
import structlog

from api.access.reading import Reading
from api.errors import InvalidQueryError
from api.replay import alerts
from api.replay.cursor import Cursor, decode, start_at
from api.replay.errors import InvalidReplayError, NothingThereError, StaleCursorError
from api.replay.folding import fold_of
from api.replay.horizon import archived_to
from api.replay.making import Replay, find, shown_to, still_sees
from api.replay.reader import ReplayReader, Stretch
from api.replay.recipe import AS_FAST_AS_POSSIBLE, AskedRole, Recipe, seal
from api.replay.request import ReplayChange, ReplayRequest, ReplayState, Speed
from api.replay.response import ReplayResponse
from api.replay.run import Run
from api.replay.states import MOST_INSTANTS, States
from api.replay.surroundings import Surroundings
from api.replay.writing import writing_for
from api.viewer import Viewer
from schemas.clock import DAY_MS
from schemas.errors import CampanileError

log = structlog.get_logger(__name__)
LONGEST_MS: Final = 366 * DAY_MS
STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "the replay, until its end",
        "content": {
            "text/event-stream": {"schema": {"type": "string"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


async def make(viewer: Viewer, request: ReplayRequest) -> ReplayState:
    """A new replay, pinned to what the archive holds now.

    Raises:
        ForbiddenError, NotFoundError: see :func:`api.replay.making.shown_to`.
        InvalidReplayError: the interval is too long.
        InvalidQueryError: a system is unknown.
        StoreAwayError: the store does not answer.
    """
    recipe = _recipe(viewer, request)
    shown_to(viewer, recipe)
    horizon = await viewer.api.store.run(archived_to, as_bytes=True)
    recipe = msgspec.structs.replace(recipe, horizon=horizon)
    return state(viewer, seal(recipe, viewer.api.replays.key))


def state(viewer: Viewer, replay_id: str) -> ReplayState:
    """A replay and where it is.

    Raises:
        NotFoundError: see :func:`api.replay.making.find`.
    """
    return _state(find(viewer, replay_id))


async def change(viewer: Viewer, replay_id: str, asked: ReplayChange) -> ReplayState:
    """Another pace, or another place.

    Raises:
        NotFoundError: see :func:`api.replay.making.find`.
        InvalidReplayError: the instant lies outside of the interval.
        NothingThereError: there is no alert in that direction.
        UnreachableError: the jump could not be recorded, so it is not made.
    """
    replay = find(viewer, replay_id)
    target_ms = await _target_ms(viewer, replay, asked)
    if target_ms is not None:
        await _record(viewer, replay, target_ms, replay.recipe.to_ms)
    control = replay.control
    control.set_pace(None if asked.speed is None else _factor(asked.speed), paused=asked.paused)
    if target_ms is not None:
        control.seek(target_ms)
    elif asked.step is not None:
        control.step(asked.step)
    return _state(replay)


def end(viewer: Viewer, replay_id: str) -> None:
    """End a replay and its stream.

    Raises:
        NotFoundError: see :func:`api.replay.making.find`.
    """
    viewer.api.replays.end(find(viewer, replay_id).replay_id)


async def stream(viewer: Viewer, replay_id: str, *, accept: str | None, last_event_id: str | None) -> ReplayResponse:
    """The answer that shows a replay; that it is shown is on record first.

    Raises:
        NotFoundError: see :func:`api.replay.making.find`.
        StaleCursorError: the cursor is not one of this replay.
        TooManyStreamsError: the viewer, or the process, has as many as it may.
        UnreachableError: it could not be recorded.
    """
    replay = find(viewer, replay_id)
    cursor = _start(replay, last_event_id)
    desk = viewer.api.replays
    desk.open(replay.recipe.owner, replay.control)
    try:
        await _record(viewer, replay, max(cursor.place.at_ms, replay.recipe.from_ms), replay.recipe.to_ms)
    except CampanileError:
        desk.close(replay.recipe.owner, replay.control)
        raise
    run = Run(replay.control, cursor, _surroundings(viewer, replay, accept))

    async def on_end() -> None:
        desk.close(replay.recipe.owner, replay.control)
        await _record_end(viewer, replay, run.cursor)

    return ReplayResponse(run, run.media_type, on_end)


def _recipe(viewer: Viewer, request: ReplayRequest) -> Recipe:
    known = frozenset(viewer.api.systems)
    if unknown := sorted(set(request.systems) - known):
        raise InvalidQueryError(f"没有这个系统 / no such system: {unknown[0]}", remedy="|".join(sorted(known)))
    if request.to_ms - request.from_ms > LONGEST_MS:
        raise InvalidReplayError("回放区间过长 / the interval is too long", remedy="≤ 366 d")
    if request.states and request.to_ms - request.from_ms > MOST_INSTANTS * request.states_every_s * 1000:
        raise InvalidReplayError(
            "状态点过多 / states at too many instants", remedy=f"states_every_s: at most {MOST_INSTANTS:,} instants"
        )
    is_asked = request.as_role is not None or request.as_person is not None
    asked = AskedRole(request.as_role or "", tuple(sorted(request.as_scope)), request.as_person or "")
    return Recipe(
        owner=viewer.actor.ref,
        scopes=tuple(sorted(set(request.scope))),
        systems=tuple(sorted(set(request.systems) or known)),
        from_ms=request.from_ms,
        to_ms=request.to_ms,
        clock=request.clock,
        purpose=request.purpose,
        horizon=(),
        made_ms=viewer.at_ms,
        speed=_factor(request.speed),
        paused=request.paused,
        asked=asked if is_asked else None,
        states_every_ms=request.states_every_s * 1000 if request.states else 0,
    )


def _start(replay: Replay, last_event_id: str | None) -> Cursor:
    if last_event_id is None:
        return start_at(replay.recipe.from_ms)
    cursor = decode(last_event_id, replay.recipe.tag())
    if cursor is None or not replay.recipe.from_ms <= cursor.place.at_ms < replay.recipe.to_ms:
        raise StaleCursorError
    return cursor


async def _target_ms(viewer: Viewer, replay: Replay, asked: ReplayChange) -> int | None:
    """Where to jump to; None: nowhere."""
    recipe = replay.recipe
    if asked.seek_ms is not None and not recipe.from_ms <= asked.seek_ms < recipe.to_ms:
        raise InvalidReplayError(
            "时刻不在回放区间内 / the instant is outside of the interval", remedy=f"[{recipe.from_ms}, {recipe.to_ms})"
        )
    direction = asked.jump
    if direction is None:
        return asked.seek_ms
    query, at_ms = replay.query(viewer.api.view.positions.partitions), replay.control.at_ms
    found = await viewer.api.store.run(lambda client: alerts.neighbour(client, query, direction, at_ms), as_bytes=True)
    if found is None:
        raise NothingThereError
    return found


def _surroundings(viewer: Viewer, replay: Replay, accept: str | None) -> Surroundings:
    reader = ReplayReader(replay.query(viewer.api.view.positions.partitions))

    async def read(cursor: Cursor, limit: int) -> Stretch:
        return await viewer.api.store.run(lambda client: reader.read(client, cursor, limit), as_bytes=True)

    return Surroundings(
        read=read,
        writing=writing_for(accept),
        tag=replay.recipe.tag(),
        may_go_on=still_sees(viewer, replay),
        heartbeat_s=viewer.api.settings.heartbeat_s,
        states=States(fold_of(viewer, replay)) if replay.recipe.states_every_ms else None,
        states_until_ms=replay.recipe.made_ms,
    )


async def _record(viewer: Viewer, replay: Replay, from_ms: int, to_ms: int) -> None:
    """Write down that somebody looks. Whom nothing is shown of is not looked at."""
    if replay.campuses:
        purpose = replay.recipe.purpose
        await viewer.record(Reading("replay", replay.campuses, replay.systems, from_ms, to_ms, purpose))


async def _record_end(viewer: Viewer, replay: Replay, cursor: Cursor) -> None:
    """Write down what was really shown: from where it began to where it ended."""
    to_ms = min(cursor.place.at_ms + 1, replay.recipe.to_ms)
    try:
        await _record(viewer, replay, min(cursor.since_ms, to_ms), to_ms)
    except CampanileError as error:  # that it was shown is on record already
        log.warning("replay_end_unrecorded", code=error.code, error=error.message)


def _state(replay: Replay) -> ReplayState:
    recipe, control = replay.recipe, replay.control
    return ReplayState(
        replay_id=replay.replay_id,
        stream=f"/v1/replays/{replay.replay_id}/stream",
        from_ms=recipe.from_ms,
        to_ms=recipe.to_ms,
        clock=recipe.clock,
        campuses=list(replay.campuses),
        systems=list(replay.systems),
        speed=control.speed or "max",
        paused=control.paused,
        states_every_s=recipe.states_every_ms // 1000 or None,
        at_ms=control.at_ms,
        shown=control.shown,
        horizon=list(recipe.horizon),
    )


def _factor(speed: Speed) -> int:
    return AS_FAST_AS_POSSIBLE if speed == "max" else speed
