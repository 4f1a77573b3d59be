"""Alerts: what a rule found, when it was raised, and when it ended. Wire format of ``campus.alerts``.

Severity: 1 red (life, fire, a child left, a food cluster), 2 orange, 3 yellow, 4 blue; 0 means none. It mirrors the
four-colour scheme of 突发事件应对法 (2024).
"""

from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

import msgspec

from schemas.ids import AlertId

_NAMESPACE: Final = UUID("6f1d3c0a-58a2-5d0e-9a53-3a1d1c6a7b10")


class AlertState(StrEnum):
    """The life of an alert."""

    OPEN = "open"
    CLEARED = "cleared"
    """What it said has ended."""
    WITHDRAWN = "withdrawn"
    """A later fact showed that it had never been so."""


class Alert(msgspec.Struct, frozen=True, omit_defaults=False):
    """One alert with the transition that it last went through; the topic's key is ``alert_id``."""

    alert_id: AlertId
    campus_id: str
    system: str
    rule: str
    rule_version: int
    severity: int
    subject: str
    state: AlertState
    since_ms: int
    """Event time at which the condition began."""
    raised_ms: int
    """Document time at which the rule first held."""
    cleared_ms: int | None
    causes: tuple[str, ...]
    """Ids of the events that made it so."""
    partition: int
    offset: int
    """Position in ``campus.events`` of the record on which this transition was decided."""
    detail: dict[str, int | float | str]
    """The figures of the judgement, units in the names."""


def alert_id(campus_id: str, system: str, rule: str, subject: str, since_ms: int) -> AlertId:
    """The id of a finding: UUIDv5 over what makes it one, so that a replay raises the same alert."""
    return AlertId(str(uuid5(_NAMESPACE, f"{campus_id}/{system}/{rule}/{subject}/{since_ms}")))
