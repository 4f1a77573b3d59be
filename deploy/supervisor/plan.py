"""Which processes a deployment consists of, in which order they start, and what each is told. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import count

from deploy.configuration.settings import Settings
from deploy.supervisor.addresses import Addresses
from deploy.supervisor.precedence import NICENESS
from deploy.supervisor.process import ProcessSpec


class Layer(IntEnum):
    """Started upwards and stopped downwards; the processes of one layer start, and stop, together."""

    SERVICE = 0
    """Kafka and the store."""
    READER = 1
    """Stream workers and archive: they stop after the gateway, so that they see what it took in last."""
    EDGE = 2
    """Gateway and API: what the world talks to."""
    GUEST = 3
    """What a caller added, such as the simulated county: it goes first."""


@dataclass(frozen=True)
class Planned:
    """One process of the plan."""

    layer: Layer
    spec: ProcessSpec


def plan_processes(
    settings: Settings, addresses: Addresses, common: Mapping[str, str], ops_ports: Mapping[str, int]
) -> list[Planned]:
    """Every process of the deployment.

    Args:
        settings: the deployment's settings.
        addresses: where its services are.
        common: variables that every process gets.
        ops_ports: a health port for each name of :func:`process_names`.
    """
    shared = {
        **common,
        "CAMPANILE_KAFKA__BOOTSTRAP": addresses.bootstrap,
        "CAMPANILE_STORE__HOST": addresses.store_host,
        "CAMPANILE_STORE__PORT": str(addresses.store_port),
        "CAMPANILE_EMBEDDED__STORE_PORT": str(addresses.store_port if addresses.embeds_store else 0),
        "CAMPANILE_EMBEDDED__KAFKA_PORT": str(addresses.kafka_port or 0),
        "CAMPANILE_GATEWAY__PORT": str(addresses.gateway_port),
        "CAMPANILE_API__PORT": str(addresses.api_port),
    }
    return [
        Planned(layer, _spec(name, role, shared, settings, ops_ports.get(name)))
        for layer, role, name in _roles(settings, addresses)
    ]


def process_names(settings: Settings, addresses: Addresses) -> list[str]:
    """The names of the processes that have a health server."""
    return [name for _, role, name in _roles(settings, addresses) if role != "kafka"]


def _roles(settings: Settings, addresses: Addresses) -> list[tuple[Layer, str, str]]:
    services = ["kafka"] * (addresses.kafka_port is not None) + ["store"] * addresses.embeds_store
    rows = [(Layer.SERVICE, role, role) for role in services]
    rows += [(Layer.READER, "streams", name) for name in _numbered("streams", settings.supervisor.workers)]
    rows += [(Layer.READER, "archive", "archive")]
    rows += [(Layer.EDGE, "gateway", name) for name in _numbered("gateway", settings.supervisor.gateways)]
    return [*rows, (Layer.EDGE, "api", "api")]


def _numbered(role: str, instances: int) -> list[str]:
    """``gateway``, or ``gateway-1``, ``gateway-2`` … when there are several."""
    return [role] if instances == 1 else [f"{role}-{number}" for number, _ in zip(count(1), range(instances))]


def _spec(name: str, role: str, shared: dict[str, str], settings: Settings, ops_port: int | None) -> ProcessSpec:
    niceness = NICENESS.get(role, 0)
    if ops_port is None:
        return ProcessSpec(name, (role,), shared, niceness=niceness)
    host = settings.ops.host
    base = f"http://[{host}]:{ops_port}" if ":" in host else f"http://{host}:{ops_port}"
    return ProcessSpec(name, (role,), {**shared, "CAMPANILE_OPS__PORT": str(ops_port)}, base, niceness=niceness)
