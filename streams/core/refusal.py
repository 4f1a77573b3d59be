"""What the streams refuse: a value, never an exception that leaves the core."""

from dataclasses import dataclass

from schemas.frame import LoggedEvent

UNKNOWN_TYPE = "unknown_type"
FOLD_FAILED = "fold_failed"
UNREADABLE_EVENT = "unreadable_event"
UNREADABLE_RECORD = "unreadable_record"
UNREADABLE_DOCUMENT = "unreadable_document"


@dataclass(frozen=True)
class RefusedEvent:
    """An event that a fold could not take."""

    event: LoggedEvent
    reason: str
    detail: str


def describe(error: Exception) -> str:
    """An error for the dead letter: its kind alone, since its text may quote what a device sent."""
    return type(error).__name__
