"""Events of lessons (教室教学), shared remote lessons (“三个课堂”) and walk teaching (走教).

The envelope's ``subject`` is the class for ``timetable``, ``lesson``, ``visit`` and ``teacher`` events, and the room or
endpoint for ``session`` and ``debrief`` events. A *lesson* is named by class, local day and period; a *session* (one
remote lesson between campuses) and a *visit* (one walk of a teacher to another campus) by an id of their own.
An event's ``time`` says when the thing happened. Instants in ``data`` are epoch ms; a day is the instant of its
midnight in Asia/Shanghai. Teachers appear as references.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from schemas.clock import local_time_of_day_ms
from schemas.events import EventData, EventType, event
from schemas.fields import EpochMs, Percent, Ref

MAX_PERIODS: Final = 16
_CLASS: Final = "class"
_ROOM: Final = "room"

PeriodNumber = Annotated[int, Field(ge=1, le=MAX_PERIODS)]
"""Counted over the day from 1, evening study included."""


class LessonKind(StrEnum):
    """How a lesson is given."""

    LOCAL = "local"
    SYNC_HOST = "sync_host"
    """The class sits with the lead teacher of a shared lesson."""
    SYNC_FAR = "sync_far"
    """The class follows a shared lesson; an assisting teacher is in the room."""
    WALK = "walk"
    SUBSTITUTE = "substitute"


class Period(EventData):
    """One entry of a day's timetable."""

    period: PeriodNumber
    course: Ref
    """Code of the school subject, for example ``music``."""
    start_ms: EpochMs
    end_ms: EpochMs
    teacher_ref: Ref | None = None
    """None: nobody is assigned yet."""
    kind: LessonKind = LessonKind.LOCAL

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.end_ms <= self.start_ms:
            raise ValueError("end_ms must be after start_ms")
        return self


class OfDay(EventData):
    """Base of what belongs to one school day."""

    day_ms: EpochMs
    """Midnight in Asia/Shanghai at which the day begins."""

    @model_validator(mode="after")
    def _midnight(self) -> Self:
        if local_time_of_day_ms(self.day_ms):
            raise ValueError("day_ms must be a midnight in Asia/Shanghai")
        return self


class TimetablePublished(OfDay):
    """The timetable of one class for one day. A later one replaces an earlier one as a whole."""

    periods: Annotated[list[Period], Field(max_length=MAX_PERIODS)]

    @model_validator(mode="after")
    def _each_period_once(self) -> Self:
        if len({entry.period for entry in self.periods}) != len(self.periods):
            raise ValueError("a period occurs twice")
        return self


class LessonStarted(OfDay):
    """A lesson began: a teacher is in front of the class, or on its screen."""

    period: PeriodNumber
    course: Ref
    teacher_ref: Ref
    kind: LessonKind = LessonKind.LOCAL


class LessonEnded(OfDay):
    """A lesson is over."""

    period: PeriodNumber
    pupils_present: Annotated[int, Field(ge=0, le=200)] | None = None


class LessonCancelled(OfDay):
    """A lesson will not take place; the duty desk knows."""

    period: PeriodNumber
    reason: Literal["event", "weather", "exam", "staff", "calendar", "other"]


class LessonSubstituted(OfDay):
    """Another teacher takes a lesson."""

    period: PeriodNumber
    teacher_ref: Ref
    """The one who comes in."""
    absent_teacher_ref: Ref | None = None
    reason: Literal["illness", "duty", "exchange", "leave", "other"]


class SessionScheduled(EventData):
    """A shared lesson of the consortium's table (同步课堂“一张表”), as this campus takes part in it."""

    session_id: Ref
    kind: Literal["special_delivery", "master_teacher", "leading_school"]
    """专递课堂, 名师课堂, 名校网络课堂 (教科技〔2020〕3号)."""
    role: Literal["host", "far"]
    course: Ref
    planned_start_ms: EpochMs
    planned_end_ms: EpochMs
    class_id: Ref | None = None
    teacher_ref: Ref | None = None
    """Lead teacher of a host, assisting teacher of a far end."""

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.planned_end_ms <= self.planned_start_ms:
            raise ValueError("planned_end_ms must be after planned_start_ms")
        return self


class SessionStarted(EventData):
    """This campus's end of a session is up."""

    session_id: Ref
    assistant_present: bool | None = None
    """At a far end: an own teacher is in the room."""


class SessionQuality(EventData):
    """Picture and sound of one endpoint over the last 30 s."""

    session_id: Ref
    endpoint_id: Ref
    fps: Annotated[float, Field(ge=0, le=120)]
    bitrate_kbps: Annotated[float, Field(ge=0, le=200_000)]
    loss_pct: Percent
    rtt_ms: Annotated[float, Field(ge=0, le=60_000)]
    mos: Annotated[float, Field(ge=1, le=5)]
    """Mean opinion score, ITU-T P.800: 1 bad … 5 excellent."""


class SessionEnded(EventData):
    """This campus's end of a session is down."""

    session_id: Ref
    outcome: Literal["completed", "broken_off", "cancelled"] = "completed"


class DebriefFiled(EventData):
    """What the teachers of both ends concluded after a session (课后同评) was recorded."""

    session_id: Ref
    by_ref: Ref


class VisitPlanned(EventData):
    """A teacher of another campus is to come and teach here (走教)."""

    visit_id: Ref
    teacher_ref: Ref
    due_ms: EpochMs
    """When the teacher should be here."""


class TeacherCheckedIn(EventData):
    """The visiting teacher has arrived."""

    visit_id: Ref
    teacher_ref: Ref


_DAY: Final = {"day_ms": 1_795_449_600_000}
_SESSION: Final = {"session_id": "ss-20261124-music-5"}
_VISIT: Final = {"visit_id": "v-20261124-003", "teacher_ref": "t-118"}

EVENTS: Final[tuple[EventType, ...]] = (
    event(
        "lesson_ops.timetable.published",
        TimetablePublished,
        subject=_CLASS,
        sample=_DAY
        | {
            "periods": [
                {
                    "period": 1,
                    "course": "chinese",
                    "start_ms": 1_795_479_600_000,
                    "end_ms": 1_795_482_000_000,
                    "teacher_ref": "t-042",
                    "kind": "local",
                },
                {
                    "period": 2,
                    "course": "music",
                    "start_ms": 1_795_482_600_000,
                    "end_ms": 1_795_485_000_000,
                    "teacher_ref": "t-118",
                    "kind": "walk",
                },
            ],
        },
    ),
    event(
        "lesson_ops.lesson.started",
        LessonStarted,
        subject=_CLASS,
        sample=_DAY | {"period": 1, "course": "chinese", "teacher_ref": "t-042", "kind": "local"},
    ),
    event("lesson_ops.lesson.ended", LessonEnded, subject=_CLASS, sample=_DAY | {"period": 1, "pupils_present": 36}),
    event(
        "lesson_ops.lesson.cancelled", LessonCancelled, subject=_CLASS, sample=_DAY | {"period": 4, "reason": "event"}
    ),
    event(
        "lesson_ops.lesson.substituted",
        LessonSubstituted,
        subject=_CLASS,
        sample=_DAY | {"period": 3, "teacher_ref": "t-051", "absent_teacher_ref": "t-042", "reason": "illness"},
    ),
    event(
        "lesson_ops.session.scheduled",
        SessionScheduled,
        subject=_ROOM,
        sample=_SESSION
        | {
            "kind": "special_delivery",
            "role": "far",
            "course": "music",
            "planned_start_ms": 1_795_500_000_000,
            "planned_end_ms": 1_795_502_400_000,
            "class_id": "cl-5-1",
            "teacher_ref": "t-077",
        },
    ),
    event("lesson_ops.session.started", SessionStarted, subject=_ROOM, sample=_SESSION | {"assistant_present": True}),
    event(
        "lesson_ops.session.quality",
        SessionQuality,
        subject=_ROOM,
        sample=_SESSION
        | {
            "endpoint_id": "ep-room-5-1",
            "fps": 25.0,
            "bitrate_kbps": 2400.0,
            "loss_pct": 0.2,
            "rtt_ms": 38.0,
            "mos": 4.2,
        },
    ),
    event("lesson_ops.session.ended", SessionEnded, subject=_ROOM, sample=_SESSION | {"outcome": "completed"}),
    event("lesson_ops.debrief.filed", DebriefFiled, subject=_ROOM, sample=_SESSION | {"by_ref": "t-077"}),
    event(
        "lesson_ops.visit.planned",
        VisitPlanned,
        subject=_CLASS,
        sample=_VISIT | {"due_ms": 1_795_482_600_000},
    ),
    event("lesson_ops.teacher.checked_in", TeacherCheckedIn, subject=_CLASS, sample=_VISIT),
)
"""Every type that classrooms, remote sessions and visiting teachers may send."""
