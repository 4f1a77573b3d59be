"""Where the processes of one deployment are to be found: what is set stays, what is left open is chosen once."""

import socket
from dataclasses import dataclass

from deploy.configuration.settings import Settings
from deploy.supervisor.ports import free_port
from schemas.errors import ConfigurationError


class PortTakenError(ConfigurationError):
    """A port that the settings name is in use."""

    code = "CAMP-320"


@dataclass(frozen=True)
class Addresses:
    """Fixed for the life of a deployment, so that a process which comes back is found where it was."""

    bootstrap: str
    kafka_port: int | None
    """None: Kafka is somebody else's."""
    store_host: str
    store_port: int
    embeds_store: bool
    gateway_port: int
    api_port: int


def choose_addresses(settings: Settings) -> Addresses:
    """The addresses of a deployment that is about to start.

    Raises:
        PortTakenError: a port that the settings name is in use.
    """
    kafka_port = None if settings.kafka.bootstrap else _port(settings.embedded.kafka_port, "embedded.kafka_port")
    embeds_store = settings.store.host is None
    return Addresses(
        bootstrap=settings.kafka.bootstrap or f"127.0.0.1:{kafka_port}",
        kafka_port=kafka_port,
        store_host=settings.store.host or "127.0.0.1",
        store_port=_port(settings.embedded.store_port, "embedded.store_port") if embeds_store else settings.store.port,
        embeds_store=embeds_store,
        gateway_port=_port(settings.gateway.port, "gateway.port", settings.gateway.host),
        api_port=_port(settings.api.port, "api.port", settings.api.host),
    )


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _port(wanted: int, setting: str, host: str = "127.0.0.1") -> int:
    if not wanted:
        return free_port(host)
    if not is_free(host, wanted):
        variable = "CAMPANILE_" + setting.replace(".", "__").upper()
        raise PortTakenError(
            f"端口 {host}:{wanted} 不可用 / port {host}:{wanted} cannot be had",
            cause="another program, perhaps another Campanile, listens there",
            remedy=f"stop it, or choose another port: {variable}=0 (0: any free one)",
        )
    return wanted
