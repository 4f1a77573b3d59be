"""The topic admin of this deployment, from its settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.configuration import load_settings
from deploy.running import bootstrap_of
from deploy.topic_plan import TopicAdmin


@contextmanager
def topic_admin() -> Iterator[TopicAdmin]:
    """An admin connection, closed at the end.

    Raises:
        UnreachableError: Kafka does not answer.
    """
    settings = load_settings()
    admin = TopicAdmin(
        bootstrap_of(settings),
        prefix=settings.prefix,
        partitions=settings.partitions,
        replication_factor=settings.kafka.replication_factor,
    )
    try:
        yield admin
    finally:
        admin.close()
