"""What the benchmarks share: a product with a county on it, metrics read from its processes, and a load process."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from deploy.bench.county import BenchCounty, bench_county
from deploy.bench.http_client import Connection
from deploy.bench.load import SINGLE_TYPE, EventMaker, Order, Outcome
from deploy.product import Product
from deploy.registry_writer import write_facts
from schemas.errors import UnreachableError
from schemas.metrics import Metric

JARS_DIR = Path(".cache/kafka")
KNOWN_WITHIN_S = 30.0


class Rig:
    """A running product, its county, and means to load and to measure it."""

    def __init__(self, product: Product, county: BenchCounty) -> None:
        self.product, self.county = product, county

    @property
    def gateway(self) -> tuple[str, int]:
        """Host and port of the gateway."""
        return _host_and_port(self.product.running.gateway)

    @property
    def api(self) -> tuple[str, int]:
        """Host and port of the API."""
        return _host_and_port(self.product.running.api)

    def metric(self, metric: Metric) -> float:
        """The sum of a metric over every label and every process."""
        total = 0.0
        for base in self.product.running.ops.values():
            with urllib.request.urlopen(f"{base}/metrics", timeout=10) as page:  # noqa: S310 — our own http address
                lines = page.read().decode().splitlines()
            total += sum(float(line.rpartition(" ")[2]) for line in lines if _names(line, metric))
        return total

    def order(
        self, *, rate_per_s: float, batch: int, connections: int, seconds: float, campuses: int | None = None
    ) -> Order:
        """An order for the load process."""
        host, port = self.gateway
        chosen = tuple(map(str, self.county.campuses[:campuses]))
        return Order(host, port, self.county.source.text, chosen, rate_per_s, batch, connections, seconds)

    def wait_until_known(self) -> None:
        """Return once the gateway knows the county's source token.

        Raises:
            UnreachableError: it does not learn it in time.
        """
        deadline = time.monotonic() + KNOWN_WITHIN_S
        while time.monotonic() < deadline:
            if asyncio.run(self._first_post()) == 202:
                return
            time.sleep(0.2)
        raise UnreachableError("网关不认识令牌 / the gateway does not know the token")

    async def _first_post(self) -> int:
        connection = await Connection.open(*self.gateway)
        head = connection.head("/v1/events", self.county.source.text, SINGLE_TYPE)
        status, _ = await connection.post(head, EventMaker(self.county.campuses[:1], seed=7).events(1)[0])
        await connection.close()
        return status


class LoadProcess:
    """The load, in a process of its own."""

    def __init__(self, order: Order) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy.bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None  # noqa: S101 — a pipe was asked for
        self._process.stdin.write(json.dumps(asdict(order)).encode())
        self._process.stdin.close()
        self._process.stdin = None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def outcome(self, timeout_s: float) -> Outcome:
        """What came of it, once it has ended.

        Raises:
            RuntimeError: it failed; its message is on stderr.
        """
        said, _ = self._process.communicate(timeout=timeout_s)
        if self._process.returncode != 0:
            raise RuntimeError(f"the load process ended with {self._process.returncode}")
        return Outcome(**json.loads(said))


@contextmanager
def rig(campuses: int, environment: Mapping[str, str] | None = None) -> Iterator[Rig]:
    """A product in a temporary directory with a county of that many campuses on it, ready for events."""
    with tempfile.TemporaryDirectory(prefix="campanile-bench-") as directory:
        variables = {"CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR.resolve()), **(environment or {})}
        with Product(Path(directory) / "data", variables) as product:
            made = Rig(product, bench_county(campuses))
            write_facts(product.running.bootstrap, "", made.county.facts())
            made.wait_until_known()
            yield made


def _names(line: str, metric: Metric) -> bool:
    return line.startswith((metric.name + " ", metric.name + "{"))


def _host_and_port(base: str) -> tuple[str, int]:
    host, _, port = base.partition("://")[2].rpartition(":")
    return host.strip("[]"), int(port)
