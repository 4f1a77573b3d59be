"""The stored form of what a campus document knows beyond what people see: the ``keeper`` part of its record."""

from typing import Final

import msgspec

from streams.core.dedupe import Recent, SourceMark


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """What an open alert's closing transition repeats."""

    causes: tuple[str, ...] = ()
    detail: dict[str, int | float | str] = {}


class Bookkeeping(msgspec.Struct, omit_defaults=True):
    """De-duplication, evidence of open alerts by alert id, and the consortia that were told of this document."""

    sources: dict[str, SourceMark] = {}
    recent: Recent | None = None
    evidence: dict[str, Evidence] = {}
    told: tuple[str, ...] = ()
    """Must stay the last member: a restore reads it from the record's end without decoding the rest."""


_TOLD_MARK: Final = b'"told":'
_TOLD: Final = msgspec.json.Decoder(tuple[str, ...])
decode_bookkeeping = msgspec.json.Decoder(Bookkeeping).decode


class ToldReader:
    """Reads ``told`` from stored records; equal lists share one tuple, so a restore of many is cheap."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[str, ...]] = {}

    def read(self, value: bytes) -> tuple[str, ...]:
        """The consortia that a stored document was last summarised to."""
        at = value.rfind(_TOLD_MARK)
        if at < 0:
            return ()
        text = value[at + len(_TOLD_MARK) : -2]
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = _TOLD.decode(text)
        return known
