"""``GET /v1/past/…``: a campus, consortium or device at an instant; what changed between two; whose clock is off."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.authority import Action, Target, authorize
from api.authority.scope import Interval
from api.costly import WITHIN_ALLOWANCE
from api.errors import InvalidQueryError, NotFoundError
from api.history.attended import attended
from api.past.answers import CampusPast, ConsortiumPast, Difference, Skews, SubjectPast
from api.past.asked import Wanted, readable
from api.past.composing import (
    campus_answer,
    consortium_answer,
    difference_answer,
    explanations,
    subject_answer,
)
from api.past.looking import fold_look, look_at, record_look
from api.past.parameters import InstantParameters, LookParameters
from api.past.question import PastClock
from api.past.skews import skews
from api.past.telling import device_skew
from api.problems import declared
from api.viewer import ViewerDep
from schemas.clock import MINUTE_MS
from schemas.fields import EpochMs
from schemas.ids import CampusId, ConsortiumId

router = APIRouter(tags=["past"], dependencies=[WITHIN_ALLOWANCE])
CampusPath = Annotated[str, Path(description="校区标识 / campus id", examples=["c-421122-007"], max_length=64)]
ConsortiumPath = Annotated[str, Path(description="联盟标识 / consortium id", examples=["k-421122-01"], max_length=64)]
SystemPath = Annotated[str, Path(description="系统 / campus system", examples=["canteen"], max_length=64)]
SubjectPath = Annotated[str, Path(description="设备、车辆、班级或场所 / device, bus, class or place", max_length=96)]
SystemName64 = Annotated[str, Field(max_length=64, description="系统 / campus system")]
PROBLEMS: Final = declared(401, 403, 404, 422, 429, 503)


class CampusParameters(InstantParameters):
    """One instant of a campus."""

    system: SystemName64 | None = None
    explain: bool = Field(default=False, description="每个字段由哪一事件写入 / also tell which event set each field")


class DifferenceParameters(LookParameters):
    """Two instants of one system of a campus."""

    campus_id: Annotated[str, Field(max_length=64)]
    system: SystemName64
    from_ms: EpochMs
    to_ms: EpochMs


class SkewParameters(InstantParameters):
    """An instant, and how far back clocks are watched."""

    campus_id: Annotated[str, Field(max_length=64)]
    system: SystemName64 | None = None
    minutes: int = Field(60, ge=1, le=24 * 60, description="此前多少分钟 / minutes of receive time before the instant")


@router.get(
    "/v1/past/campuses/{campus_id}",
    summary="校区在某一时刻 / a campus at an instant",
    response_model=CampusPast,
    responses=PROBLEMS,
)
async def past_campus(
    request: Request, viewer: ViewerDep, campus_id: CampusPath, asked: Annotated[CampusParameters, Query()]
) -> Response:
    """The status of each readable system.

    ``clock=known``: byte for byte what the live document said at ``at``. ``clock=was``: by everything known today of
    what had happened by ``at``.
    """
    look = look_at(viewer, (CampusId(campus_id),), asked.system, asked.at, asked)
    if asked.explain and asked.clock is PastClock.WAS:
        raise InvalidQueryError(
            "只能解释当时所知 / only what was known can be explained", remedy="clock=known & explain=true"
        )
    await record_look(viewer, (look,), asked)
    answer = campus_answer(look, asked.clock, await attended(request, fold_look(viewer, look, asked.clock)))
    if asked.explain:
        answer["explanations"] = await attended(request, explanations(viewer, look, asked))
    return _json(answer)


@router.get(
    "/v1/past/consortia/{consortium_id}",
    summary="教联体在某一时刻 / a consortium at an instant",
    response_model=ConsortiumPast,
    responses=PROBLEMS,
)
async def past_consortium(
    request: Request, viewer: ViewerDep, consortium_id: ConsortiumPath, asked: Annotated[InstantParameters, Query()]
) -> Response:
    """Rollups over the campuses that were members at that instant and that the asker may read of it."""
    found, facts = ConsortiumId(consortium_id), viewer.api.facts
    viewer.require(Action.LIST_CONTENT)
    target = Target("consortium", found)
    verdict = authorize(viewer.principal, Action.READ_CONSORTIUM, target, facts, asked.at)
    if not verdict.allowed:
        viewer.denied(verdict.rule)
        raise NotFoundError
    look = look_at(viewer, tuple(facts.members(found, asked.at)), None, asked.at, asked)
    await record_look(viewer, (look,), asked)
    state = await attended(request, fold_look(viewer, look, asked.clock))
    return _json(consortium_answer(look, asked.clock, found, state))


@router.get(
    "/v1/past/subjects/{campus_id}/{system}/{subject}",
    summary="某设备在某一时刻 / a device at an instant",
    response_model=SubjectPast,
    responses=PROBLEMS,
)
async def past_subject(  # noqa: PLR0913, PLR0917 — the path has three parts
    request: Request,
    viewer: ViewerDep,
    campus_id: CampusPath,
    system: SystemPath,
    subject: SubjectPath,
    asked: Annotated[InstantParameters, Query()],
) -> Response:
    """The parts of the system's state that bear the subject's name, its alerts and its newest event."""
    look = look_at(viewer, (CampusId(campus_id),), system, asked.at, asked)
    await record_look(viewer, (look,), asked)
    state = await attended(request, fold_look(viewer, look, asked.clock))
    answer = await attended(request, subject_answer(viewer, look, asked, state, subject))
    if answer is None:
        raise NotFoundError
    return _json(answer)


@router.get(
    "/v1/past/difference",
    summary="两个时刻之间的变化 / what changed between two instants",
    response_model=Difference,
    responses=PROBLEMS,
)
async def past_difference(
    request: Request, viewer: ViewerDep, asked: Annotated[DifferenceParameters, Query()]
) -> Response:
    """Paths with old and new value, and the events between, the first 500 of them."""
    if asked.from_ms > asked.to_ms:
        raise InvalidQueryError("from_ms 须不晚于 to_ms / from_ms must not be after to_ms", remedy="GET /docs")
    campus_ids = (CampusId(asked.campus_id),)
    first, last = (look_at(viewer, campus_ids, asked.system, at_ms, asked) for at_ms in (asked.from_ms, asked.to_ms))
    await record_look(viewer, (first, last), asked)
    old = await attended(request, fold_look(viewer, first, asked.clock))
    new = await attended(request, fold_look(viewer, last, asked.clock))
    return _json(await attended(request, difference_answer(viewer, (first, last), asked, (old, new))))


@router.get("/v1/past/skew", summary="设备时钟偏差 / whose clock is off", response_model=Skews, responses=PROBLEMS)
async def past_skew(request: Request, viewer: ViewerDep, asked: Annotated[SkewParameters, Query()]) -> Response:
    """For each device an estimate from pairs of device and receive time; raw times stay as they are."""
    look = look_at(viewer, (CampusId(asked.campus_id),), asked.system, asked.at, asked)
    span_ms = asked.minutes * MINUTE_MS
    interval = Interval(max(0, asked.at - span_ms), asked.at + 1)
    scope = readable(viewer, Wanted(look.campus_ids, look.systems, interval), asked.eyes)
    await record_look(viewer, (look,), asked)
    found = await attended(request, viewer.api.store.run(lambda client: skews(client, scope, span_ms), as_bytes=True))
    devices = [device_skew(device, skew).model_dump() for device, skew in sorted(found.items())]
    return _json({"at_ms": asked.at, "span_ms": span_ms, "campus_id": asked.campus_id, "devices": devices})


def _json(answer: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
