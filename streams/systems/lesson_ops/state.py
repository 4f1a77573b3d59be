"""What is known of the lessons, remote sessions and visiting teachers of one campus.

Every field is a register that the same events fill to the same value in any order. Instants are epoch ms, 0 where
unknown. What belongs to a day before ``today_ms`` is forgotten and no longer taken in.
"""

from typing import Final

import msgspec

from streams.core.spell import Spell

MAX_CLASSES: Final = 128
MAX_DAYS: Final = 8
"""For each class, the nearest ones from today on: a timetable may be published for the week to come."""
MAX_SESSIONS: Final = 256
MAX_ENDPOINTS: Final = 16
MAX_VISITS: Final = 128


class Entry(msgspec.Struct, omit_defaults=True):
    """One period of a class's timetable."""

    course: str
    start_ms: int
    end_ms: int
    teacher_ref: str = ""
    kind: str = ""
    """Empty: an ordinary lesson of the class's own school."""


class Given(msgspec.Struct, omit_defaults=True):
    """What became of one period."""

    started_ms: int = 0
    """The earliest start that was told."""
    kind: str = ""
    """Of that start; empty as above."""
    ended_ms: int = 0
    """The latest end that was told."""
    cancelled_ms: int = 0
    """When it was first said to be cancelled."""
    substituted_ms: int = 0
    """When a substitute was last named."""
    substitute_ref: str = ""


class Day(msgspec.Struct, omit_defaults=True):
    """One class on one school day."""

    published_ms: int = 0
    published_id: str = ""
    timetable: dict[int, Entry] = msgspec.field(default_factory=dict)
    """By period."""
    given: dict[int, Given] = msgspec.field(default_factory=dict)
    """By period."""


class SchoolClass(msgspec.Struct, omit_defaults=True):
    """One class."""

    heard_ms: int = 0
    """When its room last told of a lesson's start or end."""
    days: dict[int, Day] = msgspec.field(default_factory=dict)
    """By the instant of the day's midnight."""


class Schedule(msgspec.Struct, omit_defaults=True):
    """A session as agreed."""

    said_ms: int = 0
    event_id: str = ""
    start_ms: int = 0
    end_ms: int = 0
    kind: str = ""
    role: str = ""
    course: str = ""
    class_id: str = ""


class Endpoint(msgspec.Struct, omit_defaults=True):
    """One endpoint of a session: its newest measurement, and since when that has been poor."""

    at_ms: int = 0
    event_id: str = ""
    mos: float = 0.0
    loss_pct: float = 0.0
    fps: float = 0.0
    poor: Spell = msgspec.field(default_factory=Spell)


class Session(msgspec.Struct, omit_defaults=True):
    """This campus's end of one remote lesson."""

    room: str = ""
    touched_ms: int = 0
    schedule: Schedule | None = None
    started_ms: int = 0
    """The earliest start."""
    started_id: str = ""
    assisted_ms: int = 0
    assisted_id: str = ""
    assisted: bool = True
    """Whether an own teacher is in the room, as last told."""
    ended_ms: int = 0
    """The latest end."""
    ended_id: str = ""
    outcome: str = ""
    debriefed_ms: int = 0
    """The earliest debrief."""
    heard_ms: int = 0
    """When the gateway last received a measurement: liveness does not depend on the endpoint's clock."""
    endpoints: dict[str, Endpoint] = msgspec.field(default_factory=dict)


class Visit(msgspec.Struct, omit_defaults=True):
    """One visit of a teacher of another campus."""

    class_id: str = ""
    teacher_ref: str = ""
    said_ms: int = 0
    event_id: str = ""
    due_ms: int = 0
    arrived_ms: int = 0
    """The earliest arrival that was told."""


class LessonState(msgspec.Struct, omit_defaults=True):
    """Classes, sessions and visits of one campus that are not yet history."""

    newest_ms: int = 0
    """The newest event."""
    today_ms: int = 0
    """The midnight (Asia/Shanghai) before it."""
    classes: dict[str, SchoolClass] = msgspec.field(default_factory=dict)
    sessions: dict[str, Session] = msgspec.field(default_factory=dict)
    visits: dict[str, Visit] = msgspec.field(default_factory=dict)
