from pathlib import Path

from deploy.kafka.properties import MAX_MESSAGE_BYTES, NodeAddress, server_properties
from schemas.topics import TOPICS

TEXT = server_properties(NodeAddress("127.0.0.1", 9092, 9093), Path("/data/log"), 250)
SETTINGS = dict(line.split("=", 1) for line in TEXT.splitlines())


def test_node_listens_on_loopback_alone() -> None:
    assert SETTINGS["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert SETTINGS["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9092"


def test_flush_scheduler_runs_as_often_as_the_flush_interval_asks() -> None:
    assert SETTINGS["log.flush.interval.ms"] == SETTINGS["log.flush.scheduler.interval.ms"] == "250"


def test_broker_takes_the_largest_record_that_any_topic_allows() -> None:
    assert max(topic.max_message_bytes for topic in TOPICS) < MAX_MESSAGE_BYTES
    assert SETTINGS["message.max.bytes"] == str(MAX_MESSAGE_BYTES)


def test_topics_are_made_on_purpose_only() -> None:
    assert SETTINGS["auto.create.topics.enable"] == "false"
