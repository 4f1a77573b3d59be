import pytest

from deploy.topic_plan import TopicAdmin
from schemas.errors import ConfigurationError
from schemas.topics import EVENTS, TOPICS

pytestmark = pytest.mark.engine


def test_applied_topics_leave_nothing_to_do(kafka_bootstrap: str, prefix: str) -> None:
    admin = TopicAdmin(kafka_bootstrap, prefix=prefix, partitions=4, replication_factor=1)
    try:
        assert admin.plan().is_empty
    finally:
        admin.close()


def test_plan_for_a_new_prefix_names_every_declared_topic(kafka_bootstrap: str) -> None:
    admin = TopicAdmin(kafka_bootstrap, prefix="never-made-", partitions=4, replication_factor=1)
    try:
        plan = admin.plan()
    finally:
        admin.close()
    assert plan.create == TOPICS
    assert plan.lines("never-made-")[0].startswith(f"+ never-made-{EVENTS.name}")


def test_other_partition_count_is_refused_because_campuses_live_by_hash(kafka_bootstrap: str, prefix: str) -> None:
    admin = TopicAdmin(kafka_bootstrap, prefix=prefix, partitions=5, replication_factor=1)
    try:
        with pytest.raises(ConfigurationError, match="4 partitions, not 5"):
            admin.plan()
    finally:
        admin.close()
