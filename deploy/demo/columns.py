"""Texts in columns of a terminal, where a Chinese character takes two."""

import unicodedata
from typing import Final

_WIDE: Final = frozenset("WF")


def width_of(text: str) -> int:
    """How many columns a text takes (Unicode UAX 11: wide and full-width characters take two)."""
    return sum(2 if unicodedata.east_asian_width(character) in _WIDE else 1 for character in text)


def padded(text: str, columns: int) -> str:
    """The text with blanks up to that many columns."""
    return text + " " * max(0, columns - width_of(text))
