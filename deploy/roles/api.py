"""The process role `api`: reads the live view from the log and answers people, from its settings to its end.

Exit codes: 0 after SIGTERM or SIGINT, 3 when topics and settings disagree, 5 when the log no longer holds the position
that was reached (a restart reads everything again).
"""

import asyncio
import signal
import socket
import sys
from types import FrameType

import structlog
import uvloop

from api.access.journal import LogJournal
from api.app import create_app
from api.context import ApiContext
from api.guardian.door import GuardianDoor
from api.identity.services import IdentityServices
from api.live.follower import Follower
from api.live.hub import Hub
from api.live.view import LiveView
from api.privacy.unseal import Unsealer
from api.registry_writer import LogFacts
from api.replay.desk import Desk
from api.store.pool import StorePool
from deploy.configuration.settings import Settings
from deploy.garbage import look_for_cycles_seldom
from deploy.http_server import HttpServer, http_server, listening_socket
from deploy.identity_feed import IdentityFeed, IdentityTopic
from deploy.identity_secrets import seal_secret_of, setup_code_file
from deploy.logs import configure_logging
from deploy.meter import PrometheusMeter
from deploy.ops_server import OpsServer
from deploy.parent import die_with_parent
from deploy.privacy.keyring import keyring_of
from deploy.pulse import Pulse
from deploy.registry_feed import RegistryFeed
from deploy.replay_key import replay_key_of
from deploy.retention.pupil_holds import StoredHolds
from deploy.running import bootstrap_of
from deploy.signing_keys import signing_keys_of
from deploy.store_address import store_of
from schemas.clock import WallClock
from schemas.identity_fold import Identity
from schemas.organisation import Organisation
from schemas.topics import ALERTS, ROLLUP, STATE
from streams.systems import systems

log = structlog.get_logger(__name__)


def run_api(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT.

    Returns:
        the exit code: 0 after a clean stop.

    Raises:
        UnreachableError: it is not known where Kafka is.
        OSError: the address to listen on cannot be had.
        ConfigurationError: the topics are not those of the settings.
        DataFaultError: the log was made anew or cut.
    """
    configure_logging(settings.log_level, "api")
    die_with_parent()
    look_for_cycles_seldom()
    process = ApiProcess(settings, bootstrap_of(settings))
    with _listen(settings) as bound, process.ops_server():
        log.info("api_listening", host=settings.api.host, port=bound.getsockname()[1])
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(process.serve(bound))
    return 0


def _listen(settings: Settings) -> socket.socket:
    """The public socket; the kernel drops a connection that takes no bytes for long (inherited by every connection)."""
    bound = listening_socket(settings.api.host, settings.api.port)
    if sys.platform.startswith("linux"):
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, settings.api.slow_reader_s * 1000)
    return bound


class ApiProcess:
    """Everything that one API process is made of; nothing runs before :meth:`serve`."""

    def __init__(self, settings: Settings, bootstrap: str) -> None:
        self._settings = settings
        self._meter = PrometheusMeter()
        self._pulse = Pulse()
        clock = settings.clock.build()
        facts = Organisation()
        view = LiveView(settings.partitions, settings.api.alerts_kept)
        self._hub = Hub(view, facts, settings.api, clock=clock, meter=self._meter)
        self._feed = RegistryFeed(bootstrap, facts, settings.prefix)
        self._follower = Follower(
            bootstrap, self._hub, prefix=settings.prefix, partitions=settings.partitions, log_clock=WallClock()
        )
        people = Identity()
        self._people_feed = IdentityFeed(bootstrap, people, settings.prefix, on_authority=self._hub.judge_again)
        self._people_topic = IdentityTopic(bootstrap, self._people_feed, settings.prefix)
        self._identity = IdentityServices.make(
            settings.identity,
            people,
            self._people_topic,
            clock=clock,
            seal_secret=seal_secret_of(settings),
            setup_file=setup_code_file(settings),
            is_held=self._hub.is_held,
        )
        self._hub.on_close = self._identity.note_use
        self._journal = LogJournal(bootstrap, prefix=settings.prefix, partitions=settings.partitions)
        self._registry = LogFacts(bootstrap, prefix=settings.prefix)
        self._keyring = keyring_of(settings)
        self._guardians = GuardianDoor(settings.api.guardian, Unsealer(self._keyring.keys))
        self._replays = Desk(replay_key_of(settings))
        self._store = StorePool(
            lambda: store_of(settings),
            settings.api.store_threads,
            wait_s=settings.api.store_wait_s,
            meter=self._meter,
        )
        self._is_stopping = False
        self._is_start_offered = False
        self._checks = {
            "registry": self._feed.is_caught_up,
            "identity": self._people_feed.is_caught_up,
            "first_start": lambda: self._is_start_offered,
            "state": lambda: self._follower.is_caught_up(STATE),
            "rollup": lambda: self._follower.is_caught_up(ROLLUP),
            "alerts": lambda: self._follower.is_caught_up(ALERTS),
            "running": lambda: not self._is_stopping,
        }
        self._context = ApiContext(
            settings=settings.api,
            facts=facts,
            view=view,
            hub=self._hub,
            clock=clock,
            meter=self._meter,
            systems=systems(),
            store=self._store,
            replays=self._replays,
            journal=self._journal,
            keyring=self._keyring,
            holds=StoredHolds(lambda: store_of(settings)),
            guardians=self._guardians,
            registry=self._registry,
            identity=self._identity,
            signing=signing_keys_of(settings),
            checks=self._checks,
        )

    def ops_server(self) -> OpsServer:
        """Health and metrics of this process."""
        ops = self._settings.ops
        return OpsServer(ops.host, ops.port, meter=self._meter, live=self._pulse.is_alive, ready=self._checks)

    async def serve(self, bound: socket.socket) -> None:
        """Answer on ``bound`` until a signal; a part that fails ends the whole, with its own error."""
        loop = asyncio.get_running_loop()
        server = http_server(create_app(self._context), on_stop=lambda: self._on_signal(loop))
        _outlive_signals(server)
        parts = [
            asyncio.create_task(part, name=name)
            for name, part in (
                ("registry", self._feed.run()),
                ("identity", self._people_feed.run()),
                ("identity_log", self._people_topic.run()),
                ("identity_uses", self._identity.uses.run()),
                ("first_start", self._offer_first_start()),
                ("follower", self._follower.run()),
                ("hub", self._hub.run()),
                ("journal", self._journal.run()),
                ("refusals", self._context.refusals.run(self._journal, self._context.clock)),
                ("registry_log", self._registry.run()),
                ("pulse", self._pulse.run()),
            )
        ]
        try:
            await _serve_while_all_run(server, bound, parts)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            await self._identity.close()
            self._store.close()
            self._keyring.close()

    async def _offer_first_start(self) -> None:
        """While nobody may sign in, leave the set-up code where the operator finds it; afterwards it goes."""
        await self._people_feed.wait()
        if self._identity.has_users():
            self._identity.setup_code.take_back()
        else:
            self._identity.setup_code.offer()
            log.warning(
                "nobody_may_sign_in_yet", set_up="POST /v1/setup", code_file=str(self._identity.setup_code.path)
            )
        self._is_start_offered = True
        await asyncio.Event().wait()

    def _on_signal(self, loop: asyncio.AbstractEventLoop) -> None:
        """From a signal handler, so by way of the loop: not ready any more, and every stream says goodbye."""
        self._is_stopping = True
        loop.call_soon_threadsafe(self._hub.stop)
        loop.call_soon_threadsafe(self._guardians.stop)
        loop.call_soon_threadsafe(self._replays.stop)


def _outlive_signals(server: HttpServer) -> None:
    """Uvicorn raises what it caught once more after it has stopped; that must not become the exit code."""

    def leave(_sig: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, leave)


async def _serve_while_all_run(server: HttpServer, bound: socket.socket, parts: list[asyncio.Task[None]]) -> None:
    serving = asyncio.create_task(server.serve(sockets=[bound]), name="http")
    done, _ = await asyncio.wait([serving, *parts], return_when=asyncio.FIRST_COMPLETED)
    if serving not in done:
        server.should_exit = True
        await serving
    for task in done:
        task.result()
