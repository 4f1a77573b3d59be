"""The envelope of every event: CloudEvents 1.0.2, strict, with four extensions of ours.

Source: CloudEvents specification 1.0.2 (required: ``id``, ``source``, ``specversion``, ``type``; attribute names are
lower-case letters and digits). ``source`` + ``id`` names an event; ``source`` + ``bootid`` + ``sequence`` orders it.

Extensions a sender may set:

* ``campusid`` — required: the campus that the event speaks of;
* ``sequence`` — digits as a string (the specification's "sequence" extension), counted by the source from 1 without
  holes, one counter per ``source``; exact de-duplication rests on it;
* ``bootid`` — integer, greater after each restart of the source's counter;
* ``traceparent`` — W3C trace context.

The gateway adds ``occurredms`` and ``receivedms`` (digits as strings: CloudEvents integers have 32 bits only).
"""

from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar, Union

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, create_model

from schemas.events import EventData, EventType
from schemas.ids import CampusId
from schemas.systems import catalogue

DataT = TypeVar("DataT", bound=EventData)

EventId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]
"""Printable ASCII without spaces; UUIDv7 recommended."""
SourceUri = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")]
"""A URI reference in ASCII, for example ``urn:campanile:edge:c-421122-007:canteen``."""
Subject = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,95}$")]
"""The device, vehicle, class or place that the event speaks of. Never a person's name or number."""


class CloudEvent(BaseModel, Generic[DataT]):
    """One event as a sender writes it, in the JSON event format."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    specversion: Literal["1.0"]
    id: EventId
    source: SourceUri
    type: str
    subject: Subject
    time: AwareDatetime
    campusid: CampusId
    sequence: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")] | None = None
    bootid: Annotated[int, Field(ge=0, le=2_147_483_647)] | None = None
    datacontenttype: Literal["application/json"] | None = None
    dataschema: Annotated[str, StringConstraints(max_length=256)] | None = None
    traceparent: (
        Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None
    ) = None
    data: DataT


def model_of(declared: EventType) -> type[CloudEvent[Any]]:
    """The envelope model of one declared type: ``type`` is fixed, ``data`` is typed."""
    name = "".join(part.title() for part in declared.name.replace("_", ".").split("."))
    return create_model(
        name,
        __base__=CloudEvent[declared.data],  # type: ignore[name-defined]  # the parameter is a run-time value
        type=(Literal[declared.name], ...),  # type: ignore[arg-type]  # a literal of a run-time value
    )


@cache
def event_adapter() -> TypeAdapter[CloudEvent[Any]]:
    """Validates one event from its raw JSON bytes: ``event_adapter().validate_json(raw)``; built once, on first use."""
    models = tuple(model_of(declared) for declared in catalogue().values())
    return TypeAdapter(Annotated[Union[models], Field(discriminator="type")])  # type: ignore[arg-type]  # noqa: UP007
