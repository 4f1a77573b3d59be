"""Reads a topic of facts from its beginning to its present end, for commands that need the facts once."""

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from deploy.fact_feed import Fold
from deploy.kafka.probe import require_kafka
from schemas.errors import DataFaultError, UnreachableError
from schemas.topics import Topic


def read_facts(bootstrap: str, prefix: str, topic: Topic, fold: Fold, remedy: str) -> None:
    """Let ``fold`` take every record that the topic has now.

    Args:
        bootstrap: where Kafka is.
        prefix: put before the topic's name.
        topic: one of one partition.
        fold: takes the records in order.
        remedy: what to do about a record that is no fact.

    Raises:
        UnreachableError: Kafka does not answer.
        DataFaultError: the topic is not there, or a record is no fact.
    """
    require_kafka(bootstrap)
    try:
        consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        try:
            _read(consumer, TopicPartition(prefix + topic.name, 0), fold, remedy)
        finally:
            consumer.close()
    except KafkaError as error:
        raise UnreachableError(
            f"Kafka 无应答 / Kafka at {bootstrap} does not answer", cause=str(error), remedy="campanile doctor"
        ) from error


def _read(consumer: KafkaConsumer, place: TopicPartition, fold: Fold, remedy: str) -> None:
    if place.partition not in (consumer.partitions_for_topic(place.topic) or ()):
        raise DataFaultError(
            f"主题 {place.topic} 不存在 / there is no topic {place.topic}", remedy="campanile topics apply"
        )
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    end = consumer.end_offsets([place])[place]
    while consumer.position(place) < end:
        for record in consumer.poll(timeout_ms=1000).get(place, ()):
            try:
                fold.apply((record.key or b"").decode(), record.value)
            except ValueError as error:  # pydantic's refusal is one
                raise DataFaultError(
                    f"{place.topic} 偏移 {record.offset} 不合法 / offset {record.offset} is no fact",
                    cause=type(error).__name__,
                    remedy=remedy,
                ) from error
