"""What can be made of the past: counts, trips, tracks and alert transitions."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.history.aggregates import Count, Step, aggregates
from api.history.alerts import Transition, transitions
from api.history.attended import attended
from api.history.positions import POSITION
from api.history.question import QuestionParameters, ask, told_whole
from api.history.recorded import record
from api.history.tracks import Track, TrackOrder, tracks
from api.history.trips import TRIP_TYPES, Trip, trips
from api.problems import declared
from api.viewer import ViewerDep
from schemas.ids import EventTypeName
from streams.core.system import Rule

router = APIRouter(tags=["history"])
_PROBLEMS = declared(401, 403, 404, 422, 429, 503)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int


class CountParameters(QuestionParameters):
    """Which events, counted by what."""

    by: Step = Field("hour", description="粒度；天按北京时间 / step; days are China's")


class Counts(_Answer):
    """Counts in the order of time; null: fewer than five, which may not be told."""

    counts: list[Count]


class Trips(_Answer):
    """Trips in the order in which they were first heard of."""

    trips: list[Trip]


class TrackParameters(QuestionParameters):
    """Which tracks, and how exactly."""

    trip_id: str | None = Field(None, max_length=96, description="只取此趟次 / of this trip alone")
    tolerance_m: Annotated[float, Field(ge=0, le=1_000)] = Field(0.0, description="抽稀容差（米）/ thinning, metres")
    gap_s: Annotated[int, Field(ge=10, le=86_400)] = Field(330, description="断点 / silence that is a gap")


class Tracks(_Answer):
    """Tracks by campus and bus; a fix is (epoch ms, latitude, longitude, km/h), WGS-84."""

    tracks: list[Track]


class Told(BaseModel):
    """A transition with the words of its rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title_zh: str
    title_en: str
    transition: Transition


class Transitions(_Answer):
    """Transitions in the order of time."""

    transitions: list[Told]


@router.get("/v1/history/aggregates", summary="历史统计 / counts of the past", responses=_PROBLEMS)
async def history_aggregates(
    request: Request, viewer: ViewerDep, parameters: Annotated[CountParameters, Query()]
) -> Counts:
    """Events and distinct subjects by step, campus, system and type."""
    question = ask(viewer, parameters, counts_only=True)
    whole = told_whole(viewer, parameters, question)
    await record(viewer, question, "history")
    work = viewer.api.store.run(lambda client: aggregates(client, question, whole, parameters.by))
    return Counts(at_ms=viewer.at_ms, counts=await attended(request, work))


@router.get("/v1/history/trips", summary="历史趟次 / trips of the past", responses=_PROBLEMS)
async def history_trips(
    request: Request, viewer: ViewerDep, parameters: Annotated[QuestionParameters, Query()]
) -> Trips:
    """Plan, course and end of every trip."""
    question = ask(viewer, parameters.model_copy(update={"type": []}), TRIP_TYPES)
    await record(viewer, question, "history")
    work = viewer.api.store.run(lambda client: trips(client, question))
    return Trips(at_ms=viewer.at_ms, trips=await attended(request, work))


@router.get("/v1/history/tracks", summary="历史轨迹 / tracks of buses", responses=_PROBLEMS)
async def history_tracks(
    request: Request, viewer: ViewerDep, parameters: Annotated[TrackParameters, Query()]
) -> Tracks:
    """Positions in parts without a gap, and the gaps between them."""
    types: tuple[EventTypeName, ...] = (POSITION, *TRIP_TYPES)
    question = ask(viewer, parameters.model_copy(update={"type": []}), types)
    await record(viewer, question, "history")
    order = TrackOrder(question, parameters.trip_id, parameters.tolerance_m, parameters.gap_s * 1000)
    work = viewer.api.store.run(lambda client: tracks(client, order))
    return Tracks(at_ms=viewer.at_ms, tracks=await attended(request, work))


@router.get("/v1/history/alerts", summary="历史告警 / transitions of alerts", responses=_PROBLEMS)
async def history_alerts(
    request: Request, viewer: ViewerDep, parameters: Annotated[QuestionParameters, Query()]
) -> Transitions:
    """When each alert was raised, and how it ended. An alert says nothing of a single child."""
    question = ask(viewer, parameters, of_alerts=True)
    await record(viewer, question, "history")
    found = await attended(request, viewer.api.store.run(lambda client: transitions(client, question)))
    rules = {str(rule.name): rule for system in viewer.api.systems.values() for rule in system.rules}
    told = [Told(transition=one, **_titles(rules.get(one.rule), one.rule)) for one in found]
    return Transitions(at_ms=viewer.at_ms, transitions=told)


def _titles(rule: Rule[Any] | None, name: str) -> dict[str, str]:
    """The words of a rule; its name where this version no longer has it."""
    return {"title_zh": rule.title_zh if rule else name, "title_en": rule.title_en if rule else name}
