"""RFC 3339 text to epoch milliseconds, fast for the spellings that devices repeat.

A timestamp is a minute (``2026-11-24T07:31:``) and what follows it (``05.250+08:00``): its value is the sum of both.
Both halves repeat endlessly in real traffic, so each is parsed once by msgspec and remembered. Digits beyond
microseconds are rounded as msgspec rounds them; then the millisecond is the one in which the instant lies.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

_MINUTE_CHARS: Final = len("2026-11-24T07:31:")
_LONGEST_REMEMBERED: Final = len("05.250+08:00")
_MAX_REMEMBERED: Final = 65_536
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_ANY_MINUTE: Final = "2000-01-01T00:00:"
_ANY_REST: Final = "00Z"


def epoch_ms(text: str) -> int:
    """Milliseconds since the epoch of an RFC 3339 timestamp with an offset; before 1970 negative.

    Raises:
        ValueError: no such timestamp (msgspec's ValidationError is one), or one without an offset.
    """
    instant = msgspec.convert(text, datetime)
    if instant.tzinfo is None:
        raise ValueError("no offset")
    return (instant - _EPOCH) // _MILLISECOND


_ANY_MINUTE_MS: Final = epoch_ms(_ANY_MINUTE + _ANY_REST)


class TimestampReader:
    """Gives what :func:`epoch_ms` gives; remembers at most 65,536 of each half."""

    def __init__(self) -> None:
        self._minutes: dict[str, int] = {}
        self._rests: dict[str, int] = {}

    def read(self, text: str) -> int:
        """As :func:`epoch_ms`."""
        try:
            return self._minutes[text[:_MINUTE_CHARS]] + self._rests[text[_MINUTE_CHARS:]]
        except KeyError:
            return self._read_new(text)

    def _read_new(self, text: str) -> int:
        instant_ms = epoch_ms(text)
        minute, rest = text[:_MINUTE_CHARS], text[_MINUTE_CHARS:]
        if len(rest) <= _LONGEST_REMEMBERED:
            _remember(self._minutes, minute, epoch_ms(minute + _ANY_REST))
            _remember(self._rests, rest, epoch_ms(_ANY_MINUTE + rest) - _ANY_MINUTE_MS)
        return instant_ms


def _remember(half: dict[str, int], text: str, value_ms: int) -> None:
    if len(half) >= _MAX_REMEMBERED:
        half.clear()
    half[text] = value_ms
