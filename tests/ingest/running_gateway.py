"""A real gateway process for tests, and what it needs: a credential in the registry, and eyes on the log."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.supervisor.ports import free_port
from schemas.deadletter import DeadLetter, read_dead_letter
from schemas.frame import LoggedEvent, decode_frame
from schemas.ids import CampusId, SystemName
from schemas.registry import SourceCredential, fact_key
from schemas.systems import SYSTEMS
from schemas.tokens import IssuedToken, derive_token
from schemas.topics import DEADLETTER, EVENTS, REGISTRY
from tests.ingest.ingest_samples import CAMPUS, OTHER_CAMPUS, encode

BATCH = "application/cloudevents-batch+json"
SINGLE = "application/cloudevents+json"
PARTITIONS = 4
TOKEN = derive_token("cst", b"gateway tests")
READY_S = 120.0


def until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


class Answer(NamedTuple):
    """An HTTP answer; ``json`` is its body."""

    status: int
    headers: Mapping[str, str]
    json: Any


@dataclass
class RunningGateway:
    """``campanile gateway`` on a free port, ready when entered."""

    bootstrap: str
    prefix: str
    directory: Path
    settings: Mapping[str, str]
    port: int = 0
    ops_port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the process and wait until it takes events."""
        self.launch()
        try:
            until(self.is_ready, READY_S)
        except BaseException:
            self.kill()
            raise
        return self

    def launch(self) -> None:
        """Start the process."""
        self.port = self.port or free_port()
        self.ops_port = free_port()
        variables: dict[str, str] = {
            "CAMPANILE_KAFKA__BOOTSTRAP": self.bootstrap,
            "CAMPANILE_PREFIX": self.prefix,
            "CAMPANILE_PARTITIONS": str(PARTITIONS),
            "CAMPANILE_GATEWAY__PORT": str(self.port),
            "CAMPANILE_OPS__PORT": str(self.ops_port),
            "CAMPANILE_DATA_DIR": str(self.directory),
            **self.settings,
        }
        with (self.directory / "gateway.jsonl").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "gateway"],
                env=os.environ | variables,
                stdout=output,
                stderr=output,
            )

    def is_ready(self) -> bool:
        """Whether the health server says so."""
        assert self.running.poll() is None, (self.directory / "gateway.jsonl").read_text()
        return self.ops("/readyz")[0] == 200

    def listens(self) -> bool:
        """Whether somebody takes connections on the port."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process."""
        assert self.process is not None
        return self.process

    def ops(self, path: str) -> tuple[int, str]:
        """Ask the health server; status 0 when nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ops_port, timeout=30)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.running.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        self.running.kill()
        self.running.wait(60)

    def memory_bytes(self) -> int:
        """Resident set size."""
        status = Path(f"/proc/{self.running.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.running.poll() is None:
            self.running.kill()
        self.running.wait(60)

    def request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            raw = response.read()
            content = json.loads(raw) if "json" in response.headers.get("content-type", "") else raw
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content)
        finally:
            connection.close()

    def post(self, body: object, content_type: str = BATCH, token: IssuedToken = TOKEN, **headers: str) -> Answer:
        """``POST /v1/events``; what is not bytes is encoded."""
        raw = body if isinstance(body, bytes) else encode(body)
        sent = {"content-type": content_type, "authorization": f"Bearer {token.text}"}
        return self.request("POST", "/v1/events", raw, sent | {k.replace("_", "-"): v for k, v in headers.items()})

    def raw(self, text: bytes, timeout_s: float = 60.0) -> bytes:
        """Send bytes as they are and return all that comes back until the other side closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as connection:
            received = b""
            try:
                connection.sendall(text)
                connection.settimeout(timeout_s)
                while part := connection.recv(65536):
                    received += part
                    if b"\r\n\r\n" in received:
                        connection.settimeout(0.3)
            except (TimeoutError, ConnectionError):
                pass
            return received


def credential(
    token: IssuedToken = TOKEN, *, revoked: bool = False, systems: tuple[SystemName, ...] = SYSTEMS
) -> SourceCredential:
    """A source that speaks for the sample campuses."""
    return SourceCredential(
        token_id=token.token_id,
        token_sha256=token.sha256,
        campus_ids=frozenset({CampusId(CAMPUS), CampusId(OTHER_CAMPUS)}),
        systems=frozenset(systems),
        revoked=revoked,
    )


def put_facts(bootstrap: str, prefix: str, *facts: SourceCredential) -> None:
    """Write facts to the registry topic."""
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for fact in facts:
        producer.send(prefix + REGISTRY.name, key=fact_key(fact).encode(), value=fact.model_dump_json().encode())
    producer.flush(60)
    producer.close()


class LogReader:
    """Everything that stands in a topic now."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix

    def records(self, topic: str) -> list[Any]:
        """All records, partition by partition."""
        consumer = KafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        try:
            name = self._prefix + topic
            places = [TopicPartition(name, number) for number in consumer.partitions_for_topic(name) or ()]
            consumer.assign(places)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(places)
            found: list[Any] = []
            deadline = time.monotonic() + 60
            while any(consumer.position(place) < ends[place] for place in places):
                assert time.monotonic() < deadline
                found += [record for part in consumer.poll(200).values() for record in part]
            return sorted(found, key=lambda record: (record.partition, record.offset))
        finally:
            consumer.close()

    def events(self) -> list[LoggedEvent]:
        """Every event of the log."""
        return [event for record in self.records(EVENTS.name) for event in decode_frame(record.value)]

    def dead_letters(self) -> list[DeadLetter]:
        """Every refused input."""
        return [read_dead_letter(record.value, record.headers) for record in self.records(DEADLETTER.name)]
