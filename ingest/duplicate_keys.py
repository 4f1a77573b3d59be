"""Duplicate member names: every JSON library here keeps the last one silently, so they are looked for on purpose.

Two readers of one event must never see two different values, so an object that names a member twice is refused.
"""

import json
from typing import Any


class DuplicateKeyError(ValueError):
    """An object names a member twice."""


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise DuplicateKeyError


def has_duplicate_keys(raw: bytes) -> bool:
    """Whether any object in a JSON text names a member twice; names are compared after their escapes are resolved.

    The text must be valid JSON in UTF-8 and not nested deeper than Python's recursion allows.
    """
    try:
        json.loads(raw.decode(), object_pairs_hook=_unique, parse_float=len, parse_int=len)
    except DuplicateKeyError:
        return True
    return False


def counts_members(raw: bytes, members: int) -> bool:
    r"""Whether a JSON text has exactly so many ``":``, which proves that it has so many member names.

    The proof holds when no character is escaped, because then every quote begins or ends a string: a ``":`` is the end
    of a name, or the beginning of a string that starts with a colon. The second kind only makes the count too high. A
    blank between a name and its colon makes it too low; such texts are told apart by :func:`is_plain`.
    """
    return raw.count(b'":') == members


def is_plain(text: bytes) -> bool:
    r"""Whether a text has no escape and no blank before a colon, so that :func:`counts_members` may be asked."""
    if b"\\" in text:
        return False
    return not any(blank in text and blank + b":" in text for blank in (b" ", b"\t", b"\n", b"\r"))
