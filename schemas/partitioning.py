"""Which partition an entity lives in: a stable hash, the same in every process, version and language."""

from zlib import crc32


def partition_of(entity_id: str, partitions: int) -> int:
    """Partition 0 … ``partitions`` − 1 of a campus or consortium: CRC-32 (IEEE) of the UTF-8 id, modulo the count."""
    return crc32(entity_id.encode()) % partitions
