"""The configuration of the one-node Kafka, as text. Pure."""

from dataclasses import dataclass
from pathlib import Path

MAX_MESSAGE_BYTES = 9 << 20
"""Above the largest record of any topic (8 MiB) by more than a batch's overhead."""


@dataclass(frozen=True)
class NodeAddress:
    """Where the node listens: clients on one port, its own controller on another."""

    host: str
    port: int
    controller_port: int


def server_properties(address: NodeAddress, log_dir: Path, flush_interval_ms: int) -> str:
    """``server.properties`` of a node that is broker and controller, sized for one machine."""
    return _render(_identity(address, log_dir) | _session() | _internal_topics() | _log(flush_interval_ms) | _size())


def _identity(address: NodeAddress, log_dir: Path) -> dict[str, object]:
    broker = f"PLAINTEXT://{address.host}:{address.port}"
    controller = f"{address.host}:{address.controller_port}"
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{broker},CONTROLLER://{controller}",
        "advertised.listeners": broker,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": log_dir,
    }


def _session() -> dict[str, object]:
    """A killed broker is let in again only when its former session is over; with Kafka's own 9 s that takes 13 s."""
    return {"broker.session.timeout.ms": 2000, "broker.heartbeat.interval.ms": 500}


def _internal_topics() -> dict[str, object]:
    """One copy and few partitions; a transaction that its owner forgot is ended within a second of its timeout."""
    return {
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
        "share.coordinator.state.topic.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
    }


def _log(flush_interval_ms: int) -> dict[str, object]:
    """The scheduler must run as often as the interval, or the interval has no effect: by default it never runs."""
    return {
        "log.flush.interval.ms": flush_interval_ms,
        "log.flush.scheduler.interval.ms": flush_interval_ms,
        "log.initial.task.delay.ms": flush_interval_ms,
        "log.segment.bytes": 256 << 20,
        "log.cleaner.threads": 1,
        "log.cleaner.dedupe.buffer.size": 16 << 20,
    }


def _size() -> dict[str, object]:
    return {
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "replica.fetch.max.bytes": MAX_MESSAGE_BYTES,
        "num.network.threads": 2,
        "num.io.threads": 2,
        "background.threads": 2,
        "num.recovery.threads.per.data.dir": 2,
        "group.coordinator.threads": 1,
        "share.coordinator.threads": 1,
    }


def _render(settings: dict[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


LOG4J2_PROPERTIES = """\
status = error
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.alwaysWriteExceptions = false
appender.stderr.layout.pattern = \
{"event": "%enc{%m %ex}{JSON}", "level": "%level{lowerCase=true}", "logger": "%c", "role": "kafka", \
"timestamp": "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC}"}%n
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
"""
"""Warnings and worse on stderr, one JSON object a line, as every other process of the product writes them."""
