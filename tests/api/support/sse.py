"""A reader of server-sent events as the standard describes one: fields, ids, dispatch on an empty line."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True)
class Event:
    """One dispatched event; ``last_id`` is the reader's cursor right after it."""

    name: str
    data: Any
    last_id: str


class EventReader:
    """One connection. ``last_id`` survives it and can be given to the next."""

    def __init__(self, response: aiohttp.ClientResponse, last_id: str = "") -> None:
        self.response = response
        self.last_id = last_id
        self.retry_ms: int | None = None
        self.comments = 0
        self._name = ""
        self._data: list[str] = []

    async def events(self) -> AsyncIterator[Event]:
        """Events until the stream ends; a connection that breaks ends it too."""
        buffer = b""
        while True:
            try:
                chunk = await self.response.content.readany()
            except (aiohttp.ClientError, ConnectionError):
                return
            if not chunk:
                return
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                event = self._take(line.decode())
                if event is not None:
                    yield event

    def _take(self, line: str) -> Event | None:
        if not line:
            data, name = "\n".join(self._data), self._name
            self._data, self._name = [], ""
            return Event(name or "message", json.loads(data), self.last_id) if data else None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "":
                self.comments += 1
            case "id":
                self.last_id = value
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
            case "retry":
                self.retry_ms = int(value)
        return None


async def until(reader: EventReader, name: str, *, within_s: float = 60.0) -> list[Event]:
    """Every event up to and including the first of that name."""
    found: list[Event] = []
    async with asyncio.timeout(within_s):
        async for event in reader.events():
            found.append(event)
            if event.name == name:
                return found
    names = [event.name for event in found]
    raise AssertionError(f"the stream ended without {name}: {names}")
