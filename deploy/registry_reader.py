"""Reads ``campus.registry`` from its beginning to its present end, for commands that need the facts once."""

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from deploy.kafka.probe import require_kafka
from schemas.errors import DataFaultError, UnreachableError
from schemas.organisation import Organisation
from schemas.topics import REGISTRY


def read_organisation(bootstrap: str, prefix: str) -> Organisation:
    """The organisation as the log has it now.

    Raises:
        UnreachableError: Kafka does not answer.
        DataFaultError: the topic is not there, or a record is no fact.
    """
    require_kafka(bootstrap)
    try:
        consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        try:
            return _read(consumer, TopicPartition(prefix + REGISTRY.name, 0))
        finally:
            consumer.close()
    except KafkaError as error:
        raise UnreachableError(
            f"Kafka 无应答 / Kafka at {bootstrap} does not answer", cause=str(error), remedy="campanile doctor"
        ) from error


def _read(consumer: KafkaConsumer, place: TopicPartition) -> Organisation:
    if place.partition not in (consumer.partitions_for_topic(place.topic) or ()):
        raise DataFaultError(
            f"主题 {place.topic} 不存在 / there is no topic {place.topic}", remedy="campanile topics apply"
        )
    organisation = Organisation()
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    end = consumer.end_offsets([place])[place]
    while consumer.position(place) < end:
        for record in consumer.poll(timeout_ms=1000).get(place, ()):
            try:
                organisation.apply((record.key or b"").decode(), record.value)
            except ValueError as error:  # pydantic's refusal is one
                raise DataFaultError(
                    f"{place.topic} 偏移 {record.offset} 不合法 / offset {record.offset} is no fact",
                    cause=str(error),
                    remedy="write the right fact under the same key: campanile org apply",
                ) from error
    return organisation
