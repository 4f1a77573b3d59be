"""A reader of the live view that comes back with its cursor whenever its stream breaks, and checks what it is told."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from schemas.documents import StoredDocument, decode_stored
from tests.api.support.serving import Client, RefusedError
from tests.api.support.sse import Event
from tests.end_to_end.outcome import Outcome

SETTLED_WITHIN_S = 60.0


class LiveReader:
    """Holds what a screen would hold."""

    def __init__(self) -> None:
        self.last_id: str | None = None
        self.shown: dict[str, Any] = {}
        """Newest document by key."""
        self.alerts: Counter[bytes] = Counter()
        """Every transition told, as it was told."""
        self.told: Counter[tuple[str, int]] = Counter()
        """How often each version of each document was told."""
        self.events: Counter[str] = Counter()
        self.connections = 0

    async def run(self, http: aiohttp.ClientSession, base: str, headers: Mapping[str, str]) -> None:
        """Read until cancelled."""
        while True:
            try:
                async with Client(http, base).stream(headers, last_id=self.last_id) as stream:
                    self.connections += 1
                    async for event in stream.events():
                        self._take(event)
            except (aiohttp.ClientError, RefusedError):
                pass
            await asyncio.sleep(0.05)

    def _take(self, event: Event) -> None:
        self.last_id = event.last_id or None
        self.events[event.name] += 1
        match event.name:
            case "campus" | "consortium":
                key = f"{event.data[f'{event.name}_id']}/{event.data['system']}"
                self.told[key, event.data["position"]] += 1
                self.shown[key] = event.data
            case "alert":
                self.alerts[_canonical(event.data)] += 1

    async def has_begun(self) -> None:
        """Return once the stream is live."""
        async with asyncio.timeout(SETTLED_WITHIN_S):
            while not self.events["live"]:  # noqa: ASYNC110 — counted by another task
                await asyncio.sleep(0.02)

    async def shows(self, outcome: Outcome) -> None:
        """Return once it shows the final document of every key; complains when it does not come to."""
        wanted = {key: _visible(decode_stored(value)) for key, value in (outcome.documents | outcome.rollups).items()}
        try:
            async with asyncio.timeout(SETTLED_WITHIN_S):
                while self.shown != wanted:  # noqa: ASYNC110 — filled by another task
                    await asyncio.sleep(0.1)
        except TimeoutError:
            different = [key for key in self.shown.keys() | wanted if self.shown.get(key) != wanted.get(key)]
            raise AssertionError(f"not as in the log: {different[:5]} of {len(different)}") from None

    def check(self, outcome: Outcome) -> None:
        """Every transition exactly once, no version of a document twice, and the cursor was good every time."""
        wanted = Counter(_canonical(msgspec.to_builtins(alert)) for alert in outcome.transitions)
        assert self.alerts == wanted
        assert [version for version, times in self.told.items() if times > 1] == []
        assert (self.events["resync"], self.events["snapshot"]) == (0, 1)


def _visible(stored: StoredDocument) -> Any:  # noqa: ANN401 — a status as JSON values
    """What readers are shown of a document: a rollup without its members' lines."""
    status = msgspec.json.decode(stored.status)
    if "consortium_id" in status:
        del status["campuses"]
    return status


def _canonical(alert: object) -> bytes:
    return msgspec.json.encode(alert, order="deterministic")
