"""RFC 3339 text to epoch milliseconds, fast for the spellings that devices use.

A timestamp falls into parts that repeat endlessly in real traffic: the minute (``2026-11-24T07:31:``), the second
(``05``), the milliseconds (``.250``) and what follows (``+08:00``, ``Z``, ``417+08:00``): its value is the sum of them.
Minutes and endings are parsed once by msgspec and remembered; digits beyond milliseconds are cut off.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_FINER_DIGITS: Final = re.compile(r"(?<=\.[0-9]{6})[0-9]+")
_ANY_SECOND: Final = "2000-01-01T00:00:00"
_MAX_REMEMBERED: Final = 16_384
_SECONDS: Final = {f"{second:02}": second * 1000 for second in range(60)}
_FRACTIONS: Final = {f".{millisecond:03}": millisecond for millisecond in range(1000)}


def epoch_ms(text: str) -> int:
    """Milliseconds since the epoch of an RFC 3339 timestamp with an offset; before 1970 negative.

    Raises:
        ValueError: no such timestamp (msgspec's ValidationError is one), or one without an offset.
    """
    instant = msgspec.convert(_FINER_DIGITS.sub("", text), datetime)
    if instant.tzinfo is None:
        raise ValueError("no offset")
    return (instant - _EPOCH) // _MILLISECOND


_ANY_SECOND_MS: Final = epoch_ms(_ANY_SECOND + "Z")


class TimestampReader:
    """Gives what :func:`epoch_ms` gives; what it remembers is bounded."""

    def __init__(self) -> None:
        self._minutes: dict[str, int] = {}
        self._after_second: dict[str, int] = {}
        self._after_fraction: dict[str, int] = {}

    def read(self, text: str) -> int:
        """As :func:`epoch_ms`."""
        try:
            whole_ms = self._minutes[text[:17]] + _SECONDS[text[17:19]]
            if text[19:20] == ".":
                return whole_ms + _FRACTIONS[text[19:23]] + self._after_fraction[text[23:]]
            return whole_ms + self._after_second[text[19:]]
        except KeyError:
            return self._read_new(text)

    def read_all(self, texts: list[str]) -> list[int]:
        """As :meth:`read` for each of many."""
        minutes, endings = self._minutes, self._after_fraction
        try:
            return [
                minutes[text[:17]] + _SECONDS[text[17:19]] + _FRACTIONS[text[19:23]] + endings[text[23:]]
                for text in texts
            ]
        except KeyError:
            return [self.read(text) for text in texts]

    def _read_new(self, text: str) -> int:
        instant_ms = epoch_ms(text)
        _remember(self._minutes, text[:17], epoch_ms(text[:17] + "00Z"))
        if text[19:23] in _FRACTIONS:
            _remember(self._after_fraction, text[23:], epoch_ms(f"{_ANY_SECOND}.000{text[23:]}") - _ANY_SECOND_MS)
        elif text[19] != ".":
            _remember(self._after_second, text[19:], epoch_ms(_ANY_SECOND + text[19:]) - _ANY_SECOND_MS)
        return instant_ms


def _remember(parts: dict[str, int], text: str, value_ms: int) -> None:
    if len(parts) >= _MAX_REMEMBERED:
        parts.clear()
    parts[text] = value_ms
