"""How an event type is declared: a name, a version, a data model, what it reveals, and one sample.

A campus system declares its types as a tuple named ``EVENTS`` in ``schemas/systems/<system>.py``. Data models are
frozen, strict and closed: no number from text, no NaN or infinity, no unknown field. Units stand in field names.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.ids import EventTypeName, SystemName
from schemas.privacy import KEY_REF, SEALED, PupilFields
from schemas.retention import RetentionClass


class EventData(BaseModel):
    """Base of every event's ``data``. Prefer flat models: the log is read in columns."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Classification(StrEnum):
    """What an event may reveal; the authority rules read it."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SENSITIVE = "sensitive"
    MINOR = "minor"
    """Says something about a child, if only by a token."""


@dataclass(frozen=True)
class EventType:
    """One declared type and version."""

    subject_of: str
    """What ``subject`` names, for people: ``bus``, ``sensor``, ``class`` …"""
    name: EventTypeName
    """With its version: ``canteen.temp.sampled.v1``."""
    data: type[EventData]
    classification: Classification
    sample: dict[str, Any]
    """A plausible ``data`` object; documentation and the first stored sample are made from it."""
    pupil: PupilFields | None = None
    """What of it speaks of one pupil and is therefore sealed before it enters the log."""
    retention: RetentionClass = RetentionClass.STANDARD
    """How long the store keeps it in columns."""

    @property
    def system(self) -> SystemName:
        """The campus system that the type belongs to."""
        return system_of(self.name)


def event(  # noqa: PLR0913 — one declaration is one call, and each argument is a column of the catalogue
    name: str,
    data: type[EventData],
    *,
    subject: str,
    sample: dict[str, Any],
    version: int = 1,
    classification: Classification = Classification.INTERNAL,
    pupil: PupilFields | None = None,
    retention: RetentionClass = RetentionClass.STANDARD,
) -> EventType:
    """Declare a type: ``event("canteen.temp.sampled", TempSampled, subject="sensor", sample={…})``.

    Raises:
        pydantic.ValidationError: the sample does not fit its own model.
        ValueError: the members that speak of a pupil are none of the model's, or the type is not marked as a minor's.
    """
    data.model_validate(sample, strict=False)
    if pupil is not None:
        _require_pupil_fields(name, data, pupil, classification)
    return EventType(
        subject, EventTypeName(f"{name}.v{version}"), data, classification, sample, pupil=pupil, retention=retention
    )


def _require_pupil_fields(name: str, data: type[EventData], pupil: PupilFields, classification: Classification) -> None:
    members = data.model_fields
    if not {pupil.subject, *pupil.sealed} <= members.keys() or members.keys() & {SEALED, KEY_REF}:
        raise ValueError(f"{name}: {pupil} does not fit the members {sorted(members)}")
    if classification is not Classification.MINOR:
        raise ValueError(f"{name} speaks of a pupil and must be classified as a minor's")


def system_of(type_name: str) -> SystemName:
    """The campus system of a type name: its first segment."""
    return SystemName(type_name.partition(".")[0])
