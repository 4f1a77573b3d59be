"""The engine's two configuration files: what it may use, and what the one user of the store may do.

Sources: ClickHouse documentation, "Server settings", "MergeTree settings", "Settings profiles", "GRANT".
"""

from pathlib import Path
from xml.sax.saxutils import escape

GRANTS = (
    "SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE TEMPORARY TABLE, CREATE DICTIONARY, "
    "CREATE FUNCTION, DROP, UNDROP TABLE, TRUNCATE, OPTIMIZE, SHOW DATABASES, SHOW TABLES, SHOW COLUMNS, "
    "SHOW DICTIONARIES, KILL QUERY, SYSTEM FLUSH, SYSTEM MERGES, SYSTEM TTL MERGES, dictGet"
)
"""Nothing that reads or writes outside: READ and WRITE on FILE, URL, REMOTE, S3 …, access control and shutdown are
missing on purpose."""


def write_engine_files(directory: Path, memory_mb: int) -> Path:
    """Write both files into ``directory`` and return the one that the engine is started with.

    Args:
        directory: where they go; it must exist.
        memory_mb: memory that queries, inserts and merges may take together.
    """
    users, config = directory / "users.xml", directory / "engine.xml"
    users.write_text(_users(), encoding="utf-8")
    config.write_text(_config(users, memory_mb), encoding="utf-8")
    return config


def _config(users: Path, memory_mb: int) -> str:
    """Small caches and few threads: the store shares its machine with everything else."""
    return f"""<clickhouse>
  <timezone>UTC</timezone>
  <users_config>{escape(str(users))}</users_config>
  <logger><level>none</level></logger>
  <max_server_memory_usage>{memory_mb << 20}</max_server_memory_usage>
  <mark_cache_size>{64 << 20}</mark_cache_size>
  <index_mark_cache_size>{16 << 20}</index_mark_cache_size>
  <primary_index_cache_size>{64 << 20}</primary_index_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <query_cache><max_size_in_bytes>0</max_size_in_bytes></query_cache>
  <background_pool_size>2</background_pool_size>
  <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <merge_tree>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
</clickhouse>
"""


def _users() -> str:
    """One user; its password is checked at the door, before the engine is asked anything.

    The types that ClickHouse calls suspicious are allowed, for a staged insert has the columns of its target.
    """
    return f"""<clickhouse>
  <profiles>
    <default>
      <max_threads>2</max_threads>
      <max_insert_threads>1</max_insert_threads>
      <allow_suspicious_low_cardinality_types>1</allow_suspicious_low_cardinality_types>
      <allow_suspicious_fixed_string_types>1</allow_suspicious_fixed_string_types>
      <allow_suspicious_variant_types>1</allow_suspicious_variant_types>
    </default>
  </profiles>
  <quotas><default></default></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>::1</ip><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants><query>GRANT {GRANTS} ON *.*</query></grants>
    </default>
  </users>
</clickhouse>
"""
