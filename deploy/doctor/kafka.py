"""Looks at Kafka: does it answer, can the addresses that it gives out be reached, are the topics as they must be."""

import socket
from collections.abc import Iterator

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.configuration import Settings
from deploy.doctor.finding import Finding, Level, fine
from deploy.kafka.probe import kafka_answers
from deploy.topic_plan import TopicAdmin
from schemas.errors import CampanileError, ConfigurationError

TIMEOUT_S = 3.0


def examine_kafka(settings: Settings, bootstrap: str) -> Iterator[Finding]:
    """Everything about the log."""
    if not kafka_answers(bootstrap, TIMEOUT_S):
        remedy = "start it, or correct CAMPANILE_KAFKA__BOOTSTRAP"
        yield Finding("kafka", Level.UNREACHABLE, f"{bootstrap} does not answer", remedy)
        return
    yield fine("kafka", f"{bootstrap} answers")
    try:
        yield from _advertised(bootstrap)
        yield _topics(settings, bootstrap)
    except (CampanileError, KafkaError) as error:
        level = Level.CONFIGURATION if isinstance(error, ConfigurationError) else Level.UNREACHABLE
        yield Finding("kafka.topics", level, str(error), getattr(error, "remedy", "") or "read Kafka's log")


def _advertised(bootstrap: str) -> Iterator[Finding]:
    """A broker may answer at one address and send its clients to another; most lost afternoons begin there."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        brokers = admin.describe_cluster()["brokers"]
    finally:
        admin.close()
    for broker in brokers:
        address = f"{broker['host']}:{broker['port']}"
        try:
            socket.create_connection((broker["host"], broker["port"]), timeout=TIMEOUT_S).close()
        except OSError as error:
            remedy = "correct `advertised.listeners` of that broker, or the name's resolution here"
            yield Finding("kafka.advertised", Level.UNREACHABLE, f"{address} cannot be reached: {error}", remedy)
        else:
            yield fine("kafka.advertised", f"{address} can be reached")


def _topics(settings: Settings, bootstrap: str) -> Finding:
    plan = _with_admin(settings, bootstrap, apply=False)
    if not plan:
        return fine("kafka.topics", "as declared")
    return Finding(
        "kafka.topics",
        Level.DATA,
        "; ".join(plan),
        "campanile topics apply",
        fix=lambda: _apply(settings, bootstrap),
    )


def _apply(settings: Settings, bootstrap: str) -> None:
    _with_admin(settings, bootstrap, apply=True)


def _with_admin(settings: Settings, bootstrap: str, *, apply: bool) -> list[str]:
    admin = TopicAdmin(
        bootstrap,
        prefix=settings.prefix,
        partitions=settings.partitions,
        replication_factor=settings.kafka.replication_factor,
    )
    try:
        plan = admin.plan()
        if apply:
            admin.apply(plan)
        return plan.lines(settings.prefix)
    finally:
        admin.close()
