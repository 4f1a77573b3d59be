"""The API on a real socket inside the test's event loop, with or without a log behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import msgspec

from api.access.journal import Journal, NoJournal
from api.app import create_app
from api.context import ApiContext
from api.identity.services import IdentityServices
from api.live.hub import Hub
from api.live.view import LiveView, Record
from api.privacy.holds import LegalHolds
from api.registry_writer import FactWriter, NoFacts
from api.settings import ApiSettings
from api.store.pool import StorePool
from deploy.http_server import http_server, listening_socket
from ingest.privacy.keyring import Keyring
from schemas.clock import Clock, ManualClock
from schemas.ids import CampusId
from schemas.metrics import Meter, NullMeter
from schemas.organisation import Organisation
from schemas.partitioning import partition_of
from schemas.topics import ALERTS, ROLLUP, STATE, Topic
from streams.archive.settings import StoreSettings
from tests.api.support.sse import EventReader
from tests.api.support.waiting import eventually
from tests.api.support.world import CANTEEN, NOW_MS, SYSTEM, organisation

PARTITIONS = 4


class NoHolds:
    """Of a school that no inquiry looks at."""

    async def cover_pupils_of(self, campus_id: CampusId) -> bool:
        assert campus_id
        return False


@dataclass
class Rig:
    """View, hub and organisation, and the writes that a log would bring."""

    settings: ApiSettings = field(default_factory=ApiSettings)
    facts: Organisation = field(default_factory=organisation)
    clock: Clock = field(default_factory=lambda: ManualClock(NOW_MS))
    meter: Meter = field(default_factory=NullMeter)
    checks: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    registry: FactWriter = field(default_factory=NoFacts)
    store: StoreSettings = field(default_factory=StoreSettings)
    """Where history is read from; by default nobody answers there."""
    identity: IdentityServices = field(default_factory=IdentityServices.none)
    """By default nobody can sign in; tokens work."""

    journal: Journal = field(default_factory=NoJournal)
    holds: LegalHolds = field(default_factory=NoHolds)
    keyring: Keyring | None = None
    """By default nothing that is sealed can be opened."""

    def __post_init__(self) -> None:
        self.view = LiveView(PARTITIONS, self.settings.alerts_kept)
        self.hub = Hub(self.view, self.facts, self.settings, clock=self.clock, meter=self.meter)
        self.offsets: dict[tuple[Topic, int], int] = {}

    def context(self) -> ApiContext:
        return ApiContext(
            settings=self.settings,
            facts=self.facts,
            view=self.view,
            hub=self.hub,
            clock=self.clock,
            meter=self.meter,
            systems={CANTEEN: SYSTEM},
            store=StorePool(lambda: self.store),
            registry=self.registry,
            identity=self.identity,
            journal=self.journal,
            keyring=self.keyring,
            holds=self.holds,
            checks=self.checks,
        )

    def write(self, topic: Topic, entity_id: str, key: bytes, value: bytes | None) -> None:
        """Append one record to the topic and let view and hub have it."""
        partition = partition_of(entity_id, PARTITIONS)
        offset = self.offsets.get((topic, partition), 0)
        self.offsets[topic, partition] = offset + 1
        change = self.view.apply(Record(topic, partition, offset, key, value))
        if change is not None:
            self.hub.publish(change)

    def state(self, record: tuple[bytes, bytes | None]) -> None:
        self.write(STATE, record[0].decode().partition("/")[0], *record)

    def rollup(self, record: tuple[bytes, bytes | None]) -> None:
        self.write(ROLLUP, record[0].decode().partition("/")[0], *record)

    def alert(self, record: tuple[bytes, bytes]) -> None:
        self.write(ALERTS, msgspec.json.decode(record[1])["alert_id"], *record)


class RefusedError(Exception):
    """The stream was answered with another status than 200."""


@dataclass
class Client:
    """A client of a running API."""

    http: aiohttp.ClientSession
    base: str

    @asynccontextmanager
    async def stream(
        self, headers: Mapping[str, str], query: str = "", last_id: str | None = None
    ) -> AsyncIterator[EventReader]:
        sent = dict(headers) | ({"Last-Event-ID": last_id} if last_id is not None else {})
        async with self.http.get(f"{self.base}/v1/live{query}", headers=sent) as response:
            if response.status != 200:
                raise RefusedError(f"{response.status} {await response.text()}")
            yield EventReader(response, last_id or "")


@asynccontextmanager
async def serving(context: ApiContext) -> AsyncIterator[Client]:
    """The app of a context on a free port, its hub sweeping; streams end with it."""
    bound = listening_socket("127.0.0.1", 0)
    server = http_server(create_app(context), on_stop=context.hub.stop)
    sweep = asyncio.create_task(context.hub.run())
    serve = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        await eventually(lambda: server.started)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http:
            yield Client(http, f"http://127.0.0.1:{bound.getsockname()[1]}")
    finally:
        context.hub.stop()
        context.guardians.stop()
        server.should_exit = True
        await serve
        sweep.cancel()
        await asyncio.gather(sweep, return_exceptions=True)
        bound.close()
