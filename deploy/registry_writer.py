"""Writes facts to ``campus.registry``; it returns when Kafka has acknowledged every one of them."""

from collections.abc import Iterable

from kafka import KafkaProducer
from kafka.errors import KafkaError

from deploy.kafka.probe import require_kafka
from schemas.errors import UnreachableError
from schemas.registry import AnyFact, fact_key
from schemas.topics import REGISTRY, Topic

TIMEOUT_S = 30.0


def write_facts(bootstrap: str, prefix: str, facts: Iterable[AnyFact]) -> int:
    """Append facts in the given order. Returns how many.

    Raises:
        UnreachableError: Kafka did not take all of them; writing them again is harmless.
    """
    return write_records(bootstrap, prefix, ((fact_key(fact), fact.model_dump_json().encode()) for fact in facts))


def withdraw_facts(bootstrap: str, prefix: str, keys: Iterable[str]) -> int:
    """Append a withdrawal for each key (see :func:`schemas.registry.fact_key`). Returns how many.

    Raises:
        UnreachableError: Kafka did not take all of them; writing them again is harmless.
    """
    return write_records(bootstrap, prefix, ((key, None) for key in keys))


def write_records(
    bootstrap: str, prefix: str, records: Iterable[tuple[str, bytes | None]], topic: Topic = REGISTRY
) -> int:
    """Append raw records of the registry, or of another topic of facts, as :func:`write_facts` does."""
    require_kafka(bootstrap)
    try:
        producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=int(TIMEOUT_S * 1000),
            max_block_ms=int(TIMEOUT_S * 1000),
        )
        try:
            sent = [
                producer.send(prefix + topic.name, key=key.encode(), value=value, partition=0) for key, value in records
            ]
            producer.flush(timeout=TIMEOUT_S)
            for future in sent:
                future.get(timeout=TIMEOUT_S)
        finally:
            producer.close(timeout=TIMEOUT_S)
    except KafkaError as error:
        raise UnreachableError(
            "组织机构数据未写全 / not every fact was written",
            cause=f"{type(error).__name__}: {error}",
            remedy="campanile doctor, then write them again: that is harmless",
        ) from error
    return len(sent)
