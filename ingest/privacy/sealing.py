"""From a sender's event to the one that enters the log, and back. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ingest.privacy.key_store import Subject
from ingest.privacy.subject_key import SubjectKey, associated_data
from schemas.ids import CampusId
from schemas.privacy import KEY_REF, SEALED, PupilFields, ServiceDay, key_week_of, service_day_of

_DATA: Final = msgspec.json.Decoder(dict[str, Any])
_ENCODE: Final = msgspec.json.Encoder().encode


class _Named(msgspec.Struct):
    """The members of the envelope that a seal is bound to."""

    id: str
    source: str
    type: str
    campusid: CampusId
    data: msgspec.Raw


_NAMED: Final = msgspec.json.Decoder(_Named)


class OpenEvent(msgspec.Struct):
    """A valid event of a pupil, taken apart, before it is sealed."""

    raw: bytes
    named: _Named
    fields: PupilFields
    data: dict[str, Any]
    day: ServiceDay
    subject: Subject
    """Whose key seals it."""


def opened(raw: bytes, fields: PupilFields, occurred_ms: int) -> OpenEvent:
    """A valid event taken apart."""
    named = _NAMED.decode(raw)
    data, day = _DATA.decode(named.data), service_day_of(occurred_ms)
    return OpenEvent(raw, named, fields, data, day, Subject(named.campusid, data[fields.subject], key_week_of(day)))


def sealed(event: OpenEvent, key: SubjectKey) -> bytes:
    """The event as JSON with the pupil's members replaced; the same event gives the same bytes.

    All around ``data`` stays as it was sent. The text of ``data`` stands in it once: no other member is an object, and
    within a text its quotes would be escaped.
    """
    raw, named, fields = event.raw, event.named, event.fields
    data = dict(event.data)
    secret = {name: data.pop(name) for name in (fields.subject, *fields.sealed) if name in data}
    data[fields.subject] = key.alias(named.campusid, event.day)
    data[SEALED] = key.seal(_ENCODE(secret), _associated(named))
    data[KEY_REF] = key.key_ref
    start = raw.index(named.data)
    return b"%b%b%b" % (raw[:start], _ENCODE(data), raw[start + len(memoryview(named.data)) :])


def unsealed(  # noqa: PLR0913 — what names an event, and its data
    data: Mapping[str, Any], key: SubjectKey, *, type_name: str, campus_id: str, source: str, event_id: str
) -> dict[str, Any]:
    """The ``data`` of an event of the log as its sender wrote it.

    Raises:
        SealBrokenError: it was altered, or is another event's.
    """
    secret: dict[str, Any] = msgspec.json.decode(
        key.unseal(data[SEALED], associated_data((type_name, campus_id, source, event_id)))
    )
    return {name: value for name, value in data.items() if name not in (SEALED, KEY_REF)} | secret


def _associated(named: _Named) -> bytes:
    return associated_data((named.type, named.campusid, named.source, named.id))
