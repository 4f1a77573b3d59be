"""From what was found to what is answered."""

from collections.abc import Mapping

from api.authority.scope import Scope
from api.past.answers import DeviceSkew, EventName, Explained, FieldSetter, LogReached
from api.past.events import NamedEvent
from api.past.explaining import Explanation
from api.past.question import LogPlace
from api.past.skews import Device
from schemas.events import Classification, system_of
from schemas.frame import LoggedEvent
from schemas.ids import EventTypeName
from schemas.systems import catalogue
from streams.core.past_explaining import SetBy
from streams.core.past_skew import Skew

Skews = Mapping[Device, Skew]


def log_reached(place: LogPlace) -> LogReached:
    """How far an answer follows the log."""
    return LogReached(
        partition=place.partition,
        offset=place.offset,
        recorded_ms=place.recorded_ms,
        is_complete=place.is_complete,
        gaps=list(place.gaps),
    )


def explained(explanation: Explanation, skews: Skews, pupil_scope: Scope) -> Explained:
    """An explanation with its events' times put right; events about a child only within ``pupil_scope``."""
    fields = {path: _setter(explanation.partition, by, skews, pupil_scope) for path, by in explanation.fields.items()}
    return Explained(from_offset=explanation.from_offset, fields=fields)


def event_name(event: NamedEvent, skews: Skews) -> EventName:
    """An archived event's names."""
    return EventName(
        id=event.id,
        source=event.source,
        type=event.type,
        subject=event.subject,
        partition=event.partition,
        offset=event.offset,
        occurred_ms=event.occurred_ms,
        received_ms=event.received_ms,
        corrected_ms=_corrected(event.source, event.subject, event.occurred_ms, skews),
    )


def device_skew(device: Device, skew: Skew) -> DeviceSkew:
    """One device's clock."""
    return DeviceSkew(source=device.source, subject=device.subject, **skew._asdict())


def _setter(partition: int, by: SetBy | None, skews: Skews, pupil_scope: Scope) -> FieldSetter | None:
    if by is None:
        return None
    event = by.event if by.event and (_is_open(by.event) or _is_within(by.event, pupil_scope)) else None
    named = _logged_name(event, partition, by.offset, skews) if event else None
    return FieldSetter(event=named, tick_ms=by.tick_ms, offset=by.offset)


def _is_open(event: LoggedEvent) -> bool:
    """Whether it says nothing of any child; one of a type that nobody declared may."""
    declared = catalogue().get(EventTypeName(event.type))
    return declared is not None and declared.classification is not Classification.MINOR


def _is_within(event: LoggedEvent, scope: Scope) -> bool:
    return any(
        slot.campus_id == event.campusid
        and system_of(event.type) in slot.systems
        and slot.from_ms <= event.occurredms < slot.to_ms
        for slot in scope.slots
    )


def _logged_name(event: LoggedEvent, partition: int, offset: int, skews: Skews) -> EventName:
    return EventName(
        id=event.id,
        source=event.source,
        type=event.type,
        subject=event.subject,
        partition=partition,
        offset=offset,
        occurred_ms=event.occurredms,
        received_ms=event.receivedms,
        corrected_ms=_corrected(event.source, event.subject, event.occurredms, skews),
    )


def _corrected(source: str, subject: str, occurred_ms: int, skews: Skews) -> int | None:
    skew = skews.get(Device(source, subject))
    return None if skew is None else skew.corrected_ms(occurred_ms)
