"""An event of an old version in a line of history: its sender's own words, and the newest version beside them. Pure.

The line keeps every byte that it has without the steps; the newest version is a last member ``newest``, as in a replay.
"""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from api.history.reading import Row
from schemas.upcasting import Upcasts


class _Words(msgspec.Struct):
    data: msgspec.Raw


_words_of: Final = msgspec.json.Decoder(_Words).decode


def with_type(line: str, upcasts: Upcasts) -> tuple[str, ...]:
    """The SQL columns that :func:`restated` needs: the line, and its type only where any step is declared."""
    return (line, "type") if upcasts.older else (line,)


def restated(rows: Sequence[Row], place: int, upcasts: Upcasts) -> list[bytes]:
    """The lines of rows that were read with :func:`with_type`, at ``place`` in each row and the type after them.

    Bytes, as a client gives them that gives bytes.
    """
    if not upcasts.older:
        return [row[place] for row in rows]
    older = frozenset(upcasts.older)
    return [_restated(row[place], row[place + 1].decode(), older, upcasts) for row in rows]


def _restated(line: bytes, type_name: str, older: Collection[str], upcasts: Upcasts) -> bytes:
    if type_name not in older:
        return line
    return b'%b,"newest":%b}' % (line[:-1], upcasts.restated(type_name, bytes(_words_of(line).data)))
