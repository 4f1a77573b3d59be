"""The process role `gateway`: takes events in over HTTP and appends them to the log."""

import asyncio
import signal
import socket
import sys
from functools import partial

import structlog
import uvloop

from deploy.configuration.settings import Settings
from deploy.express_protocol import ExpressProtocol
from deploy.garbage import look_for_cycles_seldom
from deploy.http_server import HttpServer, http_server, listening_socket
from deploy.logs import configure_logging
from deploy.meter import PrometheusMeter
from deploy.ops_server import OpsServer
from deploy.parent import die_with_parent
from deploy.privacy.keyring import keyring_of
from deploy.pulse import Pulse
from deploy.registry_feed import RegistryFeed
from deploy.running import bootstrap_of
from ingest.app import GatewayApp
from ingest.express import Express
from ingest.gateway import Gateway
from ingest.log_place import LogPlace
from schemas.organisation import Organisation

log = structlog.get_logger(__name__)
GRACE_S = 7
"""For requests under way at the end: longer than one waits for Kafka."""
FLUSH_S = 1.0
SWITCH_INTERVAL_S = 0.001
"""How long a thread waits for the interpreter. Each frame passes twice between the event loop and the thread that talks
to Kafka; with the usual 5 ms those passes alone could add 10 ms to an acknowledgement."""


def run_gateway(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; then refuse new events, finish what is under way and close, within 10 s.

    Returns:
        0 after a clean stop, 1 when a part of the gateway failed.

    Raises:
        UnreachableError: no Kafka is named and no deployment runs on the data directory.
        OSError: the address cannot be had.
    """
    configure_logging(settings.log_level, "gateway")
    die_with_parent()
    look_for_cycles_seldom()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    bootstrap = bootstrap_of(settings)
    bound = listening_socket(settings.gateway.host, settings.gateway.port, shared=True)
    return uvloop.run(_serve(settings, bootstrap, bound))


async def _serve(settings: Settings, bootstrap: str, bound: socket.socket) -> int:
    meter, pulse, organisation = PrometheusMeter(), Pulse(), Organisation()
    keyring = keyring_of(settings)
    feed = RegistryFeed(bootstrap, organisation, settings.prefix)
    gateway = Gateway(
        settings.gateway,
        LogPlace(bootstrap, settings.prefix, settings.partitions),
        organisation=organisation,
        is_caught_up=feed.is_caught_up,
        keyring=keyring,
        clock=settings.clock.build(),
        meter=meter,
    )
    protocol = partial(ExpressProtocol, express=Express(gateway))
    server = http_server(GatewayApp(gateway), on_stop=gateway.stop, grace_s=GRACE_S, protocol=protocol)
    _stop_on_signals(server)
    ready = {"registry": feed.is_caught_up, "accepting": lambda: gateway.trouble() is None}
    with OpsServer(settings.ops.host, settings.ops.port, meter=meter, live=pulse.is_alive, ready=ready) as ops:
        host, port = bound.getsockname()[:2]
        log.info("gateway_listening", host=host, port=port, ops_port=ops.port)
        parts = [asyncio.create_task(part) for part in (feed.run(), gateway.run(), pulse.run())]
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        failed = await _until_stopped(serving, parts, server)
        await gateway.close(FLUSH_S)
    keyring.close()
    log.info("gateway_stopped")
    return 1 if failed else 0


async def _until_stopped(serving: asyncio.Task[None], parts: list[asyncio.Task[None]], server: HttpServer) -> bool:
    """Serve until told to stop, or until a part that should never end has ended; says whether it was the latter."""
    await asyncio.wait({serving, *parts}, return_when=asyncio.FIRST_COMPLETED)
    ended = [part for part in parts if part.done()]
    for part in ended:
        log.error("gateway_part_failed", exc_info=part.exception())
    server.should_exit = True
    await serving
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
    return bool(ended)


def _stop_on_signals(server: HttpServer) -> None:
    """Let a signal that comes before or after uvicorn listens for it do the same as one that comes meanwhile.

    uvicorn restores these handlers when it has stopped and then raises the signal again, which would otherwise end the
    process with the signal's number instead of a clean exit code.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
