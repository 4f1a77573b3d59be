"""The embedded store: ClickHouse's native protocol, answered by the ClickHouse engine inside this process (chDB).

Clients use clickhouse-driver and cannot tell it from a ClickHouse server. One process owns the data directory; each
client has a thread and an engine session of its own; blocks of data pass through unparsed in both directions.
"""
