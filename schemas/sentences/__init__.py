"""Events as sentences in Chinese and English, for people who read what happened.

``schemas/sentences/<system>.py`` declares ``SENTENCES``: by type name, the pattern of each language. A system without
such a file, or a type without an entry, gets a sentence made from its fields. No sentence names a pupil's token.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

from schemas.events import system_of
from schemas.sentences.pattern import fill, generic

Patterns = dict[str, tuple[str, str]]
"""(Chinese, English) by full type name."""
ROUTINE: Final = frozenset(
    {
        "school_bus.position.reported.v1",
        "canteen.temp.sampled.v1",
        "net_health.link.minute_digest.v1",
        "device_control.devices.heartbeat_digest.v1",
        "device_control.usage.hourly_digest.v1",
        "lesson_ops.session.quality.v1",
    }
)
"""Readings that come every few seconds or minutes: a logbook leaves them out unless they are asked for."""


class Sentence(NamedTuple):
    """One event, told."""

    zh: str
    en: str


@cache
def patterns_of(system: str) -> Patterns:
    """The patterns that a system declares; none where it has no file."""
    name = f"schemas.sentences.{system}"
    return dict(import_module(name).SENTENCES) if system.isidentifier() and find_spec(name) else {}


def sentence(type_name: str, subject: str, data: dict[str, Any]) -> Sentence:
    """The event as a sentence; also of data that does not fit its type, since the past is told as it is."""
    patterns = patterns_of(system_of(type_name)).get(type_name)
    values = data | {"subject": subject}
    if patterns is None:
        return Sentence(generic(type_name, values, "zh"), generic(type_name, values, "en"))
    return Sentence(fill(patterns[0], values, "zh"), fill(patterns[1], values, "en"))
