"""The difference between the topics that must be and those that are, and how to close it.

A plan never deletes or shortens a topic, and a partition count that differs is an error: campuses live in
partitions by hash, so changing the count would cut every campus off from its past.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError

from deploy.kafka.probe import require_kafka
from schemas.errors import ConfigurationError, UnreachableError
from schemas.topics import TOPICS, Topic


@dataclass(frozen=True)
class TopicPlan:
    """What has to be done: topics to create, and settings to change by topic."""

    create: tuple[Topic, ...] = ()
    change: dict[str, dict[str, tuple[str | None, str]]] = field(default_factory=dict)
    """Topic → setting → (value now, value wanted)."""

    @property
    def is_empty(self) -> bool:
        """Whether everything is as it must be."""
        return not self.create and not self.change

    def lines(self, prefix: str = "") -> list[str]:
        """The plan for people."""
        made = [f"+ {prefix}{topic.name}  ({topic.meaning})" for topic in self.create]
        changed = [
            f"~ {name}  {key}: {old} → {new}" for name, keys in self.change.items() for key, (old, new) in keys.items()
        ]
        return made + changed


class TopicAdmin:
    """Plans and applies the topics of one deployment."""

    def __init__(self, bootstrap: str, *, prefix: str, partitions: int, replication_factor: int) -> None:
        self.prefix, self.partitions, self.replication_factor = prefix, partitions, replication_factor
        require_kafka(bootstrap)
        try:
            self._admin = KafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=15_000)
        except KafkaError as error:
            raise UnreachableError(
                f"Kafka 无应答 / Kafka at {bootstrap} does not answer", cause=str(error), remedy="campanile doctor"
            ) from error

    def close(self) -> None:
        """Give the connection back."""
        self._admin.close()

    def plan(self, topics: Sequence[Topic] = TOPICS) -> TopicPlan:
        """What differs.

        Raises:
            ConfigurationError: a topic exists with another number of partitions.
        """
        existing = set(self._admin.list_topics())
        create = tuple(topic for topic in topics if self.prefix + topic.name not in existing)
        kept = [topic for topic in topics if self.prefix + topic.name in existing]
        self._check_partitions(kept)
        return TopicPlan(create, self._changes(kept))

    def apply(self, plan: TopicPlan) -> None:
        """Carry a plan out; topics that were created meanwhile are left as they are."""
        if plan.create:
            self._admin.create_topics(
                {
                    self.prefix + topic.name: {
                        "num_partitions": self._count(topic),
                        "replication_factor": self.replication_factor,
                        "configs": topic.config(),
                    }
                    for topic in plan.create
                },
                timeout_ms=15_000,
                wait_for_metadata=True,
            )
        if plan.change:
            self._admin.alter_configs(
                [
                    ConfigResource(ConfigResourceType.TOPIC, name, {key: new for key, (_, new) in keys.items()})
                    for name, keys in plan.change.items()
                ]
            )

    def delete_all(self, topics: Sequence[Topic] = TOPICS) -> None:
        """Delete the topics of this prefix with everything in them: for deployments that were never meant to last."""
        existing = set(self._admin.list_topics())
        names = [self.prefix + topic.name for topic in topics if self.prefix + topic.name in existing]
        if names:
            self._admin.delete_topics(names, timeout_ms=15_000)

    def _count(self, topic: Topic) -> int:
        return self.partitions if topic.partitioned else 1

    def _check_partitions(self, topics: list[Topic]) -> None:
        described = self._admin.describe_topics([self.prefix + topic.name for topic in topics]) if topics else []
        have = {entry["name"]: len(entry["partitions"]) for entry in described}
        for topic in topics:
            name = self.prefix + topic.name
            if have[name] != self._count(topic):
                raise ConfigurationError(
                    f"{name} 有 {have[name]} 个分区 / has {have[name]} partitions, not {self._count(topic)}",
                    cause="the partition count of a deployment is fixed when its topics are created",
                    remedy=f"set CAMPANILE_PARTITIONS={have[name]}, or use another prefix for a new deployment",
                )

    def _changes(self, topics: list[Topic]) -> dict[str, dict[str, tuple[str | None, str]]]:
        if not topics:
            return {}
        resources = [ConfigResource(ConfigResourceType.TOPIC, self.prefix + topic.name) for topic in topics]
        described: dict[str, Any] = self._admin.describe_configs(resources, config_filter="all")
        by_name = next(iter(described.values()))
        changes: dict[str, dict[str, tuple[str | None, str]]] = {}
        for topic in topics:
            name = self.prefix + topic.name
            now = {key: str(entry.get("value")) for key, entry in by_name[name].items()}
            wanted = {key: value for key, value in topic.config().items() if not _same(now.get(key), value)}
            if wanted:
                changes[name] = {key: (now.get(key), value) for key, value in wanted.items()}
        return changes


def _same(now: str | None, wanted: str) -> bool:
    """Whether two spellings of a setting mean the same: lists in any order, numbers in any form."""
    if now is None:
        return False
    if "," in wanted:
        return set(now.split(",")) == set(wanted.split(","))
    try:
        return float(now) == float(wanted)
    except ValueError:
        return now == wanted
