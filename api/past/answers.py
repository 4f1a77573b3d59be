"""The shapes of the past's answers, for the description of the API. Instants in epoch ms, UTC."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from api.past.question import PastClock
from streams.core.past_skew import Confidence


class Answer(BaseModel):
    """Base: frozen and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LogReached(Answer):
    """How far the answer follows the log of one partition."""

    partition: int
    offset: int
    """The last record that counts; -1: none."""
    recorded_ms: int | None
    is_complete: bool
    gaps: list[str]
    """``archive_behind``: the archive may not have reached the instant yet, so ask again in some seconds; ``lost``: the
    log dropped records unarchived; ``no_beginning``: the first records are past their retention."""


class EventName(Answer):
    """An event by its names, its place in the log and its clocks."""

    id: str
    source: str
    type: str
    subject: str
    partition: int
    offset: int
    occurred_ms: int
    """As the device said it."""
    received_ms: int
    corrected_ms: int | None
    """``occurred_ms`` put right by the estimate of the device's clock; null where there is none."""


class FieldSetter(Answer):
    """What last set a field: an event, or time passing (a tick of the log).

    Neither: an event about a child, which may not be told.
    """

    event: EventName | None
    tick_ms: int | None
    offset: int


class Explained(Answer):
    """The fields of one document by path; null: set before ``from_offset``."""

    from_offset: int
    fields: dict[str, FieldSetter | None]


class CampusPast(Answer):
    """A campus at an instant: the status of each readable system, as the live document's."""

    at_ms: int
    clock: PastClock
    campus_id: str
    log: LogReached
    statuses: dict[str, dict[str, Any]]
    explanations: dict[str, Explained] | None


class ConsortiumPast(Answer):
    """A consortium at an instant: each system's rollup over the members of then that the asker may read."""

    at_ms: int
    clock: PastClock
    consortium_id: str
    campus_ids: list[str]
    logs: list[LogReached]
    rollups: dict[str, dict[str, Any]]


class SubjectPast(Answer):
    """A device, vehicle, class or place at an instant."""

    at_ms: int
    clock: PastClock
    campus_id: str
    system: str
    subject: str
    log: LogReached
    fields: dict[str, Any]
    """The parts of the system's state that bear the subject's name, by path."""
    alerts: list[dict[str, Any]]
    last_event: EventName | None
    """The newest event of the subject that the asker may be told of."""


class FieldChange(Answer):
    """One path that differs; null where it was or is not there."""

    path: str
    old: Any
    new: Any


class Difference(Answer):
    """What changed in one system of a campus between two instants, and the events between."""

    from_ms: int
    to_ms: int
    clock: PastClock
    campus_id: str
    system: str
    logs: list[LogReached]
    changes: list[FieldChange]
    events: list[EventName]
    has_more_events: bool


class DeviceSkew(Answer):
    """How far one device's clock is off."""

    source: str
    subject: str
    lead_ms: int
    """Positive: fast by at least that; negative: slow by at most that."""
    scatter_ms: int
    events: int
    windows: int
    confidence: Confidence


class Skews(Answer):
    """The clocks of a campus's devices within a span of receive time that ends at an instant."""

    at_ms: int
    span_ms: int
    campus_id: str
    devices: list[DeviceSkew]
