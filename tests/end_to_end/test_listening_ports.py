"""A running product listens where it says, on this machine alone, and nowhere else."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.product import Product
from deploy.running import Running
from tests.fixtures.kafka import JARS_DIR
from tests.fixtures.processes import processes_of

pytestmark = [pytest.mark.engine, pytest.mark.slow]

LISTENING = "0A"
"""State of a socket in ``/proc/net/tcp``: proc(5) and the kernel's ``include/net/tcp_states.h``."""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    environment = {"CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR), "CAMPANILE_PARTITIONS": "4"}
    with Product(tmp_path_factory.mktemp("ports") / "data", environment) as product:
        yield product


def _sockets(pid: int) -> set[str]:
    """Inodes of the sockets that a process holds."""
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            kind, _, inode = str(descriptor.readlink()).partition(":")
            if kind == "socket":
                found.add(inode.strip("[]"))
    return found


def _ipv4(hexadecimal: str) -> str:
    """An address as the kernel prints it: four bytes, the last one first."""
    return ".".join(str(byte) for byte in reversed(bytes.fromhex(hexadecimal)))


def _ipv6(hexadecimal: str) -> str:
    """As :func:`_ipv4`, by words of four bytes. Java listens on mapped IPv4 addresses, which are shown as such."""
    words = [bytes.fromhex(hexadecimal[start : start + 8])[::-1] for start in range(0, 32, 8)]
    whole = b"".join(words)
    return ".".join(map(str, whole[12:])) if whole[:12] == bytes(10) + b"\xff\xff" else whole.hex(":", 2)


def listened(pids: set[int]) -> set[tuple[str, int]]:
    """Address and port of every listening TCP socket of the processes."""
    inodes = set().union(*(_sockets(pid) for pid in pids))
    found = set()
    for table, spelled in (("tcp", _ipv4), ("tcp6", _ipv6)):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in inodes:
                address, _, port = fields[1].partition(":")
                found.add((spelled(address), int(port, 16)))
    return found


def _named(running: Running, data_dir: Path) -> dict[int, str]:
    """The ports that the product names: in its ``running.json``, and Kafka's in Kafka's own configuration."""
    named = {urlsplit(base).port: name for name, base in running.ops.items()}
    named |= {urlsplit(running.gateway).port: "gateway", urlsplit(running.api).port: "api", running.store_port: "store"}
    properties = (data_dir / "kafka" / "server.properties").read_text(encoding="utf-8")
    listeners = re.search(r"^listeners=(.+)$", properties, re.MULTILINE)
    assert listeners is not None
    named |= {urlsplit(listener).port: "kafka" for listener in listeners[1].split(",")}
    return {port: name for port, name in named.items() if port is not None}


def test_it_listens_on_the_ports_that_it_names_and_on_no_others(product: Product) -> None:
    found = listened(set(processes_of(product.data_dir)) | {product.pid})
    named = _named(product.running, product.data_dir)
    assert {port for _, port in found} == set(named)
    assert int(product.running.bootstrap.rpartition(":")[2]) in named


def test_only_this_machine_can_reach_it(product: Product) -> None:
    found = listened(set(processes_of(product.data_dir)) | {product.pid})
    assert {address for address, _ in found} == {"127.0.0.1"}
