"""What must be there before the processes start: Kafka's jars, the topics, the store's tables."""

from collections.abc import Callable

from deploy.configuration.settings import Settings
from deploy.kafka.jars import ensure_jars
from streams.archive.settings import StoreSettings

Say = Callable[[str], None]


def fetch_jars(settings: Settings, say: Say) -> None:
    """Have the jars here before Kafka starts, so that a first start shows its progress to the person who waits."""
    ensure_jars(settings.embedded.jars_dir.resolve(), settings.embedded.mirror, say)


def apply_topics(settings: Settings, bootstrap: str, say: Say) -> None:
    """Create the topics that are missing and correct settings that differ.

    Raises:
        ConfigurationError: a topic has another number of partitions.
        UnreachableError: Kafka does not answer.
    """
    from deploy.topic_plan import TopicAdmin  # noqa: PLC0415 — 0.3 s, spent while Kafka starts

    admin = TopicAdmin(
        bootstrap,
        prefix=settings.prefix,
        partitions=settings.partitions,
        replication_factor=settings.kafka.replication_factor,
    )
    try:
        plan = admin.plan()
        admin.apply(plan)
    finally:
        admin.close()
    say(f"主题 / topics     +{len(plan.create)} ~{len(plan.change)}")


def apply_migrations(store: StoreSettings, say: Say) -> None:
    """Bring the store's tables up to date.

    Raises:
        CampanileError: the store does not answer, is newer than this version, or refused a statement.
    """
    from deploy.migrations.runner import MigrationRunner  # noqa: PLC0415 — the driver, loaded while the store starts

    done = MigrationRunner(store).apply(lambda line: say(f"  {line}"))
    say(f"数据表 / tables    +{done}")
