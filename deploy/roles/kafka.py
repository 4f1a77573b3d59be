"""The process role `kafka`: this process becomes the Java machine, so there is nothing between it and its signals."""

import os
from typing import NoReturn

import structlog

from deploy.configuration.settings import Settings
from deploy.directory_lock import own_directory
from deploy.kafka.node import kafka_directory, prepare_node
from deploy.logs import configure_logging
from deploy.parent import die_with_parent

log = structlog.get_logger(__name__)


def run_kafka(settings: Settings) -> NoReturn:
    """Own the directory, make the node ready and become it.

    SIGTERM stops Kafka cleanly; a Java machine then reports 143 (128 + SIGTERM), not 0.

    Raises:
        DirectoryTakenError: another process runs on this data directory.
        CampanileError: the node cannot be made ready (see :func:`prepare_node`).
    """
    configure_logging(settings.log_level, "kafka")
    die_with_parent()
    own_directory(kafka_directory(settings.data_dir), "Kafka")
    node = prepare_node(settings, lambda line: log.info("kafka_preparing", progress=line))
    log.info("kafka_starting", bootstrap=node.bootstrap)
    os.execv(node.command[0], node.command)  # noqa: S606 — no shell is wanted
