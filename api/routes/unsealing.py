"""``POST /v1/privacy/events/open``: what is sealed of pupils, opened for staff who may and say why.

The question is in the body: addresses are written into logs.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.authority.scope import Interval
from api.costly import WITHIN_ALLOWANCE
from api.errors import ForbiddenError, InvalidQueryError
from api.history.errors import QuestionTooWideError
from api.history.question import Name
from api.privacy.opening import Order, Withheld, open_sealed
from api.privacy.sealed_events import Stored, alias_in, sealed_systems
from api.problems import declared
from api.viewer import ViewerDep
from schemas.clock import DAY_MS
from schemas.fields import EpochMs
from schemas.ids import CampusId, SystemName
from schemas.registry import Role

router = APIRouter(tags=["privacy"], dependencies=[WITHIN_ALLOWANCE])
OPENING: Final = frozenset(
    {Role.PRINCIPAL, Role.STAFF, Role.HEAD, Role.SUPERVISOR, Role.BUREAU, Role.INSPECTOR, Role.AUDITOR}
    | {Role.BUS_OPERATOR}
)
"""Who may ever be shown a pupil: a principal by the matrix, the others by a grant. To area leads, towns, cities,
provinces and partners pupils are nobody, whatever is granted; an investigator gets a case's evidence instead."""
WIDEST_MS: Final = DAY_MS
MOST: Final = 500


class OpeningOrder(BaseModel):
    """Which events of one campus system are to be opened, and what for. Instants in epoch ms; ``to_ms`` exclusive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    campus_id: Annotated[CampusId, Field(max_length=64)]
    system: Annotated[SystemName, Field(max_length=64)]
    from_ms: EpochMs
    to_ms: EpochMs
    subjects: Annotated[list[Name], Field(max_length=48)] = Field([], description="校车等 / buses …; none: every one")
    limit: Annotated[int, Field(ge=1, le=MOST)] = 100
    purpose: Annotated[str, StringConstraints(min_length=4, max_length=200)]


class OpenedEvent(BaseModel):
    """One event as its sender wrote it. Instants in epoch ms, UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partition: int
    offset: int
    index: int
    occurred_ms: int
    received_ms: int
    type: str
    subject: str
    source: str
    id: str
    alias: str | None
    """What documents, alerts and history call the pupil that day."""
    data: dict[str, Any] | None
    """Null: nobody can open it any more, for the reason in ``withheld``."""
    withheld: Withheld | None
    """`erased`: the pupil's key is destroyed. `restricted`: the pupil's erasure is approved, a legal hold keeps the
    key, and nobody is given it (PIPL Art. 47 (2))."""


class OpenedEvents(BaseModel):
    """Events in order of time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    events: list[OpenedEvent]
    has_more: bool
    """Whether the limit left something out."""


@router.post(
    "/v1/privacy/events/open",
    summary="查看学生信息 / open what is sealed of pupils",
    responses=declared(401, 403, 404, 409, 422, 429, 503),
)
async def open_events(viewer: ViewerDep, body: OpeningOrder, response: Response) -> OpenedEvents:
    """At most a day of one campus system. The look is on record before anything is read.

    A principal may, of the own campus; staff and others need a grant that names the campus, the system and `history`.
    """
    if viewer.principal.role not in OPENING:
        raise ForbiddenError(f"{viewer.principal.role}/privacy/deny_by_default")
    opened = await open_sealed(viewer, _order(body))
    response.headers["Cache-Control"] = "no-store"
    events = [_shown(stored, told) for stored, told in opened.events]
    return OpenedEvents(at_ms=viewer.at_ms, events=events, has_more=opened.has_more)


def _order(body: OpeningOrder) -> Order:
    interval = Interval(body.from_ms, body.to_ms)
    if interval.from_ms >= interval.to_ms:
        raise InvalidQueryError("区间为空 / the interval is empty: from_ms must be before to_ms", remedy="GET /docs")
    if interval.to_ms - interval.from_ms > WIDEST_MS:
        raise QuestionTooWideError(WIDEST_MS // DAY_MS)
    known = sealed_systems()
    if body.system not in known:
        raise InvalidQueryError(
            "该系统没有封存的学生信息 / nothing of this system is sealed", remedy=f"system={'|'.join(sorted(known))}"
        )
    return Order(body.campus_id, body.system, interval, tuple(body.subjects), body.limit, body.purpose)


def _shown(stored: Stored, told: dict[str, Any] | Withheld) -> OpenedEvent:
    event = stored.event
    return OpenedEvent(
        partition=stored.partition,
        offset=stored.offset,
        index=stored.frame_index,
        occurred_ms=stored.occurred_ms,
        received_ms=stored.received_ms,
        type=event.type,
        subject=stored.subject,
        source=event.source,
        id=event.event_id,
        alias=alias_in(event),
        data=None if isinstance(told, str) else told,
        withheld=told if isinstance(told, str) else None,
    )
