"""Seals what valid events say of pupils, before they are framed. Without a key nothing is let through in clear."""

from collections.abc import Mapping

from ingest.batch_validation import Columns
from ingest.errors import UnavailableError
from ingest.privacy.cached_keys import CachedKeys
from ingest.privacy.errors import KeysAwayError
from ingest.privacy.key_store import KeyStore
from ingest.privacy.sealing import opened, sealed
from schemas.ids import EventTypeName
from schemas.privacy import PupilFields


class PupilSealer:
    """Knows which types speak of pupils, and gets their keys. :meth:`watch` must run beside it."""

    def __init__(self, fields: Mapping[EventTypeName, PupilFields], keys: KeyStore, remembered: int) -> None:
        self._fields = fields
        self._keys = CachedKeys(keys, remembered)

    async def seal(self, columns: Columns) -> None:
        """Put the sealed event in the place of each one that speaks of a pupil.

        Raises:
            UnavailableError: the keys cannot be had; the request is to be sent again.
        """
        events = [
            (place, opened(columns.raws[place], self._fields[type_name], columns.occurred_ms[place]))
            for place, type_name in columns.pupils
        ]
        try:
            keys = await self._keys.ensure({event.subject for _, event in events})
        except KeysAwayError as error:
            raise UnavailableError("学生密钥库不可用 / the store of pupils' keys does not answer", 1) from error
        raws = columns.raws = list(columns.raws)  # the request's own list stays as it came
        for place, event in events:
            raws[place] = sealed(event, keys[event.subject])

    async def watch(self) -> None:
        """Let go of destroyed keys, until cancelled."""
        await self._keys.watch()
