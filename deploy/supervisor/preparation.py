"""What must be there before the processes start: Kafka's jars, the topics, the store's tables."""

from collections.abc import Callable
from pathlib import Path

from deploy.configuration.settings import Settings
from deploy.kafka.jars import ensure_jars
from deploy.supervisor.process import ChildProcess, ProcessSpec
from schemas.errors import CampanileError

Say = Callable[[str], None]
MIGRATE_S = 120.0


class PreparationError(CampanileError):
    """The store's tables could not be brought up to date."""

    code = "CAMP-230"


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


def begin_migrations(environment: dict[str, str], log_file: Path) -> ChildProcess:
    """Start `campanile migrate apply` beside what else there is to do."""
    child = ChildProcess(ProcessSpec("migrate", ("migrate", "apply", "--yes"), environment), log_file, 1.0)
    child.start()
    return child


def finish_migrations(child: ChildProcess, say: Say) -> None:
    """Wait for the migrations.

    Raises:
        PreparationError: they failed, or take longer than two minutes.
    """
    if not child.wait(MIGRATE_S) or child.exit_code != 0:
        child.stop(1.0)
        raise PreparationError(
            "数据库迁移失败 / the store could not be migrated",
            cause=child.last_words(),
            remedy="campanile migrate status",
        )
    say("数据表 / tables   ok")
