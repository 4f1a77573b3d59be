"""A question to the past: its parameters, what of it the asker may read, and what it costs at most."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from api.authority import Action, Target
from api.authority.scope import Interval, Scope
from api.errors import InvalidQueryError, NotFoundError
from api.history.errors import PurposeNeededError, QuestionTooWideError
from api.history.predicate import HistoryClock, open_types
from api.history.windows import Windows
from api.viewer import Viewer
from schemas.clock import DAY_MS
from schemas.events import Classification, system_of
from schemas.fields import EpochMs
from schemas.ids import AreaId, CampusId, ConsortiumId, EventTypeName, SystemName
from schemas.registry import Access
from schemas.systems import catalogue

WIDE_DAYS: Final = 31
NARROW_DAYS: Final = 1100
"""One system of one campus: three years, which is as long as anything is kept."""

ScopeText = Annotated[str, Field(pattern=r"^(campus|consortium|area):[a-z0-9_-]{1,64}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,95}$")]
"""As in the envelope: ASCII, so that a question fits into the head of a request."""


class QuestionParameters(BaseModel):
    """What every question has. Instants in epoch ms, UTC; ``to_ms`` is exclusive."""

    model_config = ConfigDict(extra="forbid")

    scope: list[ScopeText] = Field(
        min_length=1, max_length=32, description="范围 / `campus:…`, `consortium:…`, `area:…`; may be repeated"
    )
    from_ms: EpochMs
    to_ms: EpochMs
    system: list[Name] = Field([], max_length=16, description="系统 / campus system; may be repeated")
    type: list[Name] = Field([], max_length=48, description="事件类型 / event type with its version; may be repeated")
    subject: list[Name] = Field([], max_length=48, description="设备、车辆、班级或场所 / device, bus, class or place")
    clock: HistoryClock = Field("occurred", description="发生时间或接收时间 / the device's clock or the gateway's")
    purpose: Annotated[str, Field(min_length=4, max_length=200)] | None = Field(
        None, description="查询目的；可能涉及学生时必填 / what for; required where pupils may be spoken of"
    )


@dataclass(frozen=True)
class Question:
    """A question with authority applied: nothing outside of its scopes is ever read for it."""

    scope: Scope
    pupil_scope: Scope
    """The part of it in which events that speak of a child may be read as well."""
    interval: Interval
    clock: HistoryClock
    systems: tuple[SystemName, ...]
    types: tuple[str, ...]
    subjects: tuple[str, ...]
    speaks_of_pupils: bool
    purpose: str
    digest: str
    """Names the question as it was asked, so that a cursor of another one is refused."""

    @property
    def campuses(self) -> tuple[CampusId, ...]:
        """The campuses of which something may be read."""
        return tuple(sorted({slot.campus_id for slot in self.scope.slots}))


def ask(
    viewer: Viewer,
    asked: QuestionParameters,
    types: Iterable[EventTypeName] = (),
    *,
    counts_only: bool = False,
    of_alerts: bool = False,
) -> Question:
    """The question of a request.

    Args:
        viewer: who asks.
        asked: the parameters.
        types: those that a route is about, where the parameters name none.
        counts_only: only counts will be told, so more may be read, and no purpose is needed.
        of_alerts: alerts will be told, which say nothing of a single child.

    Raises:
        ForbiddenError: the role reads no content.
        NotFoundError: a scope does not exist, or not for this reader.
        InvalidQueryError: the interval is empty, or a system is unknown.
        QuestionTooWideError: the interval is too long for what is asked.
        PurposeNeededError: the answer may speak of pupils, and no purpose is given.
    """
    viewer.require(Action.LIST_CONTENT)
    interval = _interval(asked)
    wanted = tuple(asked.type) or tuple(types)
    systems = _systems(viewer, asked, wanted)
    windows = _windows(viewer, asked, interval)
    scope = windows.scope(viewer, systems, access=Access.AGGREGATE if counts_only else Access.HISTORY)
    _require_each_campus(viewer, asked, scope)
    speaks_of_pupils = not (counts_only or of_alerts) and _may_speak_of_pupils(systems, wanted)
    if speaks_of_pupils and asked.purpose is None:
        raise PurposeNeededError
    pupil_scope = windows.scope(viewer, systems, classification=Classification.MINOR) if speaks_of_pupils else Scope(())
    return Question(
        scope,
        scope if counts_only else pupil_scope,
        interval,
        asked.clock,
        systems,
        wanted,
        tuple(asked.subject),
        speaks_of_pupils,
        asked.purpose or "",
        _digest(asked),
    )


def told_whole(viewer: Viewer, asked: QuestionParameters, question: Question) -> Scope:
    """The part of a question for counts in which events that speak of no child may be told one by one."""
    return _windows(viewer, asked, question.interval).scope(viewer, question.systems)


def _interval(asked: QuestionParameters) -> Interval:
    interval = Interval(asked.from_ms, asked.to_ms)
    if interval.from_ms >= interval.to_ms:
        raise InvalidQueryError(
            "区间为空：from_ms 须早于 to_ms / the interval is empty: from_ms must be before to_ms", remedy="GET /docs"
        )
    narrow = len(asked.scope) == 1 and asked.scope[0].startswith("campus:") and len(asked.system) == 1
    days = NARROW_DAYS if narrow else WIDE_DAYS
    if interval.to_ms - interval.from_ms > days * DAY_MS:
        raise QuestionTooWideError(days)
    return interval


def _systems(viewer: Viewer, asked: QuestionParameters, types: tuple[str, ...]) -> tuple[SystemName, ...]:
    """The systems that the question is about: those named and those of its types, of the product's own."""
    known = frozenset(viewer.api.systems)
    unknown = sorted({*asked.system, *map(system_of, asked.type)} - known)
    if unknown:
        raise InvalidQueryError(
            f"没有这个系统 / no such system: {unknown[0]}", remedy=f"system={'|'.join(sorted(known))}"
        )
    found = known & {SystemName(name) for name in asked.system} if asked.system else known
    return tuple(sorted(found & {system_of(name) for name in types} if types else found))


def _windows(viewer: Viewer, asked: QuestionParameters, interval: Interval) -> Windows:
    """The campuses asked for; a consortium or an area must be visible, a campus may have been so only in the past."""
    windows, facts = Windows(), viewer.api.facts
    for text in asked.scope:
        kind, _, name = text.partition(":")
        match kind:
            case "campus":
                if CampusId(name) not in facts.campuses:
                    viewer.campus(name)  # says that there is none, and counts it
                windows.add_campus(CampusId(name), interval)
            case "consortium":
                viewer.consortium(name)
                windows.add_consortium(facts, ConsortiumId(name), interval)
            case _:
                if not viewer.may(Action.READ_AREA, Target("area", name)):
                    raise NotFoundError
                windows.add_area(facts, AreaId(name), interval)
    return windows


def _require_each_campus(viewer: Viewer, asked: QuestionParameters, scope: Scope) -> None:
    """A campus exists for whoever may read it now, or may read something of that time."""
    readable = {slot.campus_id for slot in scope.slots}
    for kind, _, name in (text.partition(":") for text in asked.scope):
        if kind == "campus" and CampusId(name) not in readable:
            viewer.campus(name)


def _may_speak_of_pupils(systems: Iterable[SystemName], types: tuple[str, ...]) -> bool:
    """Whether a type that is asked for may speak of a child."""
    wanted = frozenset(systems)
    named = types or [name for name, declared in catalogue().items() if declared.system in wanted]
    return not frozenset(named) <= frozenset(open_types())


def _digest(asked: QuestionParameters) -> str:
    told = asked.model_dump(include=set(QuestionParameters.model_fields) - {"purpose"})
    return sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:12]
