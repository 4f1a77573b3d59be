"""A reader of the live view that comes back with its cursor whenever its stream breaks, and checks what it is told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import msgspec

from api.live.withheld import without_riders
from schemas.documents import StoredDocument, decode_stored
from tests.api.support.serving import Client, RefusedError
from tests.api.support.sse import Event
from tests.end_to_end.outcome import Outcome

SETTLED_WITHIN_S = 120.0


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

    @asynccontextmanager
    async def reading(self, base: str, headers: Mapping[str, str]) -> AsyncIterator[None]:
        """Read while the block runs, which begins once the stream is live."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http:
            task = asyncio.create_task(self._run(Client(http, base), headers))
            try:
                await self._has_begun()
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _run(self, client: Client, headers: Mapping[str, str]) -> None:
        while True:
            with suppress(aiohttp.ClientError, RefusedError):
                async with client.stream(headers, last_id=self.last_id) as stream:
                    self.connections += 1
                    async for event in stream.events():
                        self._take(event)
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

    async def _has_begun(self) -> None:
        """Return once the stream is live."""
        async with asyncio.timeout(SETTLED_WITHIN_S):
            while not self.events["live"]:  # noqa: ASYNC110 — counted by another task
                await asyncio.sleep(0.02)

    async def wrongs(self, outcome: Outcome) -> dict[str, object]:
        """What is not so, waiting for it where it may yet come.

        Every transition is told exactly once and no version of a document twice, the final document of every key is
        shown, and the cursor was good every time.
        """
        await self._settles(outcome)
        wanted = _final(outcome)
        transitions = Counter(_canonical(msgspec.to_builtins(alert)) for alert in outcome.transitions)
        found = {
            "not as in the log": [key for key in wanted.keys() | self.shown if wanted.get(key) != self.shown.get(key)],
            "alerts not told": list(transitions - self.alerts)[:5],
            "alerts told too often": list(self.alerts - transitions)[:5],
            "versions told twice": [version for version, times in self.told.items() if times > 1][:5],
            "resyncs": self.events["resync"],
            "fresh starts": self.events["snapshot"] - 1,
        }
        return {what: proof for what, proof in found.items() if proof}

    async def _settles(self, outcome: Outcome) -> None:
        """Return once the final documents are shown, or when waiting longer is of no use."""
        wanted = _final(outcome)
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_WITHIN_S):
                while self.shown != wanted or self.alerts.total() < len(outcome.transitions):  # noqa: ASYNC110 — filled by another task
                    await asyncio.sleep(0.1)


def _final(outcome: Outcome) -> dict[str, Any]:
    return {key: _visible(decode_stored(value)) for key, value in (outcome.documents | outcome.rollups).items()}


def _visible(stored: StoredDocument) -> Any:  # noqa: ANN401 — a status as JSON values
    """What readers are shown of a document: no marks of single riders, and a rollup without its members' lines."""
    status = msgspec.json.decode(without_riders(bytes(stored.status)))
    if "consortium_id" in status:
        del status["campuses"]
    return status


def _canonical(alert: object) -> bytes:
    return msgspec.json.encode(alert, order="deterministic")
