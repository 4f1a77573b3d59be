"""From what was found to what is answered."""

from collections.abc import Mapping

from api.past.answers import DeviceSkew, EventName, Explained, FieldSetter, LogReached
from api.past.events import NamedEvent
from api.past.explaining import Explanation
from api.past.question import LogPlace
from api.past.skews import Device
from schemas.frame import LoggedEvent
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


def explained(explanation: Explanation, skews: Skews) -> Explained:
    """An explanation with its events' times put right."""
    fields = {path: _setter(explanation.partition, by, skews) for path, by in explanation.fields.items()}
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


def _setter(partition: int, by: SetBy | None, skews: Skews) -> FieldSetter | None:
    if by is None:
        return None
    named = _logged_name(by.event, partition, by.offset, skews) if by.event else None
    return FieldSetter(event=named, tick_ms=by.tick_ms, offset=by.offset)


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
