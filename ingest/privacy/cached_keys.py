"""A key store seen from an event loop: the keys in use are remembered, and forgotten within a second of destruction."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Collection
from typing import Final

import structlog

from ingest.privacy.errors import KeysAwayError
from ingest.privacy.key_store import KeyStore, Subject
from ingest.privacy.subject_key import SubjectKey

CONFIRM_EVERY_S: Final = 0.4
CONFIRMED_FOR_S: Final = 0.9
"""What was not confirmed for so long is not used without asking: it covers a loop that hangs."""
log = structlog.get_logger(__name__)


class CachedKeys:
    """At most ``limit`` keys, the least recently used leaves first. :meth:`watch` runs beside whoever uses it."""

    def __init__(self, store: KeyStore, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._keys: OrderedDict[Subject, SubjectKey] = OrderedDict()
        self._generation = -1
        self._confirmed_s = float("-inf")
        self._is_away = False

    def __len__(self) -> int:
        return len(self._keys)

    async def ensure(self, subjects: Collection[Subject]) -> dict[Subject, SubjectKey]:
        """The key of each subject; made, durably, where there is none.

        Raises:
            KeysAwayError: the store does not answer.
        """
        if time.monotonic() - self._confirmed_s > CONFIRMED_FOR_S:
            await self._confirm()
        found = {}
        missing = set()
        for subject in subjects:
            key = self._keys.get(subject)
            if key is None:
                missing.add(subject)
            else:
                found[subject] = key
                self._keys.move_to_end(subject)
        if missing:
            held = await asyncio.to_thread(self._store.ensure, missing)
            found |= held.keys
            if len(found) < len(set(subjects)):
                raise KeysAwayError("密钥刚被销毁 / a key was destroyed at this moment")
            if held.generation == self._generation:  # else one of them may be gone already
                self._remember(dict(held.keys))
        return found

    async def watch(self) -> None:
        """Ask again and again whether a key was destroyed, until cancelled."""
        while True:
            try:
                await self._confirm()
                self._say(away=False)
            except KeysAwayError:
                self._keys.clear()
                self._say(away=True)
            await asyncio.sleep(CONFIRM_EVERY_S)

    async def _confirm(self) -> None:
        asked_s = time.monotonic()
        generation = await asyncio.to_thread(self._store.generation)
        if generation != self._generation:
            self._keys.clear()
            self._generation = generation
        self._confirmed_s = asked_s

    def _remember(self, keys: dict[Subject, SubjectKey]) -> None:
        self._keys |= keys
        while len(self._keys) > self._limit:
            self._keys.popitem(last=False)

    def _say(self, *, away: bool) -> None:
        if away != self._is_away:
            log.warning("pupil_keys_away" if away else "pupil_keys_back")
        self._is_away = away
