"""``GET /v1/access``: who looked at what, when and why."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.access.reading import Reading
from api.access.watching import (
    ACCESS,
    AccessQuestion,
    Row,
    place_text,
    read_place,
    read_record,
    watched_scope,
)
from api.authority.scope import Interval
from api.errors import InvalidQueryError
from api.problems import declared
from api.viewer import ViewerDep
from schemas.clock import DAY_MS
from schemas.fields import EpochMs

router = APIRouter(tags=["access"])
LONGEST_DAYS = 186
DEFAULT_DAYS = 7


class AccessParameters(BaseModel):
    """Which entries of the record. Instants in epoch ms, UTC; ``to_ms`` is exclusive."""

    model_config = ConfigDict(extra="forbid")

    campus: list[Annotated[str, Field(max_length=64)]] = Field(
        [], max_length=64, description="校区 / campus id, may be repeated; none: every one that may be read"
    )
    from_ms: EpochMs | None = Field(None, description="缺省：7 天前 / default: seven days ago")
    to_ms: EpochMs | None = Field(None, description="缺省：现在 / default: now")
    type: list[Annotated[str, Field(pattern=r"^access\.[a-z_]{1,48}\.v[0-9]{1,3}$")]] = Field([], max_length=16)
    principal: Annotated[str, Field(max_length=96)] | None = Field(None, description="人员或令牌 / person or token id")
    before: Annotated[str, Field(max_length=256)] | None = Field(None, description="`next` of the page before")
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    purpose: Annotated[str, Field(min_length=4, max_length=200)] | None = None


class AccessEntry(BaseModel):
    """One entry of the record, with its place in the log, by which it can be proven."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    campus_id: str
    type: str
    subject: str
    """The person, token, guardianship or grant that it is about: an opaque reference."""
    data: dict[str, Any]
    id: str
    partition: int
    offset: int
    index: int


class AccessPage(BaseModel):
    """Entries, newest first; ``next`` is the ``before`` of the following page, null on the last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    entries: list[AccessEntry]
    next: str | None


@router.get("/v1/access", summary="查看记录 / who looked at what", responses=declared(401, 403, 404, 422, 503))
async def access(viewer: ViewerDep, parameters: Annotated[AccessParameters, Query()]) -> AccessPage:
    """For auditors and bureaus (their area), heads and principals (their campuses). Reading it is recorded as well."""
    interval = _interval(parameters, viewer.at_ms)
    scope = watched_scope(viewer, parameters.campus, interval)
    before = read_place(parameters.before) if parameters.before is not None else None
    question = AccessQuestion(scope, tuple(parameters.type), parameters.principal, before, parameters.limit)
    if scope.is_empty():
        return AccessPage(at_ms=viewer.at_ms, entries=[], next=None)
    campuses = tuple(slot.campus_id for slot in scope.slots)
    await viewer.record(Reading("history", campuses, (ACCESS,), *interval, parameters.purpose or ""))
    found = await viewer.api.store.run(lambda client: read_record(client, question))
    page = found[: parameters.limit]
    more = place_text(page[-1]) if len(found) > len(page) else None
    return AccessPage(at_ms=viewer.at_ms, entries=[_entry(row) for row in page], next=more)


def _interval(parameters: AccessParameters, at_ms: int) -> Interval:
    to_ms = parameters.to_ms if parameters.to_ms is not None else at_ms + 1
    from_ms = parameters.from_ms if parameters.from_ms is not None else to_ms - DEFAULT_DAYS * DAY_MS
    if not 0 < to_ms - from_ms <= LONGEST_DAYS * DAY_MS:
        raise InvalidQueryError(
            f"区间须在 {LONGEST_DAYS} 天以内 / the interval may have at most {LONGEST_DAYS} days",
            remedy="from_ms < to_ms",
        )
    return Interval(from_ms, to_ms)


def _entry(row: Row) -> AccessEntry:
    at_ms, partition, offset, index, campus_id, type_name, subject, event_id, data = row
    return AccessEntry(
        at_ms=at_ms,
        campus_id=campus_id,
        type=type_name,
        subject=subject,
        data=msgspec.json.decode(data),
        id=event_id,
        partition=partition,
        offset=offset,
        index=index,
    )
