"""Opens what the log holds sealed of pupils. Who may see it was decided before, and recorded, by whoever calls."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.privacy.key_store import KeyStore, Subject
from ingest.privacy.sealing import unsealed
from schemas.ids import CampusId
from schemas.privacy import KEY_REF, SEALED, KeyRef, ServiceDay, key_week_of


@dataclass(frozen=True)
class SealedEvent:
    """What names an event of the log, and its ``data`` as it stands there."""

    type: str
    campus_id: CampusId
    source: str
    event_id: str
    data: Mapping[str, Any]


class Unsealer:
    """Opens sealed events and knows pupils' aliases; works beside the event loop."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    async def unseal(self, events: Sequence[SealedEvent]) -> list[dict[str, Any] | None]:
        """The ``data`` of each event as its sender wrote it; None where the key was destroyed or restricted.

        Raises:
            KeysAwayError: the key store does not answer.
            SealBrokenError: a sealed text does not belong to its event.
        """
        refs = {KeyRef(event.data[KEY_REF]) for event in events if KEY_REF in event.data}
        keys = await asyncio.to_thread(self._keys.named, refs) if refs else {}
        opened: list[dict[str, Any] | None] = []
        for event in events:
            if SEALED not in event.data:
                opened.append(dict(event.data))
                continue
            key = keys.get(KeyRef(event.data[KEY_REF]))
            names = {"type_name": event.type, "campus_id": event.campus_id}
            opened.append(
                None
                if key is None
                else unsealed(event.data, key, source=event.source, event_id=event.event_id, **names)
            )
        return opened

    async def restricted(self, events: Sequence[SealedEvent]) -> frozenset[KeyRef]:
        """The keys of these events that a legal hold keeps after an erasure, and that nobody is given.

        Raises:
            KeysAwayError: the key store does not answer.
        """
        refs = {KeyRef(event.data[KEY_REF]) for event in events if KEY_REF in event.data}
        return await asyncio.to_thread(self._keys.restricted, refs) if refs else frozenset()

    async def alias_of(self, campus_id: CampusId, pupil_token: str, day: ServiceDay) -> str | None:
        """What the pupil is called in the log on a service day (:func:`schemas.privacy.service_day_of`).

        None: nothing was said of the pupil in that week, or it was erased.

        Raises:
            KeysAwayError: the key store does not answer.
        """
        subject = Subject(campus_id, pupil_token, key_week_of(day))
        found = await asyncio.to_thread(self._keys.find, [subject])
        return found[subject].alias(campus_id, day) if subject in found else None

    async def aliases_of(self, campus_id: CampusId, pupil_token: str) -> dict[KeyRef, int]:
        """The names of the pupil's living keys, each with its week: which events of the log are the pupil's."""
        weeks = await asyncio.to_thread(self._keys.weeks_of, campus_id, pupil_token)
        return {key_ref: week for week, key_ref in weeks.items()}
