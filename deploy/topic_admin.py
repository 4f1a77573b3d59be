"""The topic admin of this deployment, from its settings or from what runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.attach import attach
from deploy.topic_plan import TopicAdmin


@contextmanager
def topic_admin() -> Iterator[TopicAdmin]:
    """An admin connection, closed at the end.

    Raises:
        UnreachableError: Kafka does not answer.
    """
    attached = attach()
    settings = attached.settings
    admin = TopicAdmin(
        attached.bootstrap,
        prefix=settings.prefix,
        partitions=settings.partitions,
        replication_factor=settings.kafka.replication_factor,
    )
    try:
        yield admin
    finally:
        admin.close()
