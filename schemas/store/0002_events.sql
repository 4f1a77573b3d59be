-- One row per event, in columns, for questions such as "this campus, this day". Read it with FINAL: an event that was
-- sent twice (same source and id) is then one row, and its first position in the log wins, because `precedence` is
-- greatest there. `data` is JSON equal in meaning, not in bytes, to what was sent; the bytes are in `frames`.
CREATE TABLE IF NOT EXISTS events
(
    campus_id LowCardinality(String),
    system LowCardinality(String) COMMENT 'first segment of the type',
    type LowCardinality(String) COMMENT 'with its version',
    subject String COMMENT 'device, vehicle, class or place',
    occurred_at DateTime64(3, 'UTC') COMMENT 'the device''s clock' CODEC(DoubleDelta, ZSTD(1)),
    received_at DateTime64(3, 'UTC') COMMENT 'the gateway''s clock' CODEC(DoubleDelta, ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') COMMENT 'the log''s clock' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'CloudEvents source',
    event_id String COMMENT 'CloudEvents id, unique per source' CODEC(ZSTD(1)),
    boot_id UInt32 CODEC(ZSTD(1)),
    sequence Int64 COMMENT '-1: the source does not count' CODEC(Delta, ZSTD(1)),
    data String COMMENT 'JSON' CODEC(ZSTD(1)),
    partition UInt16 COMMENT 'partition of campus.events' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'offset of the frame' CODEC(Delta, ZSTD(1)),
    frame_index UInt32 COMMENT 'place in the frame, from 0' CODEC(T64, ZSTD(1)),
    precedence UInt64 COMMENT 'greatest for the first position in the log' CODEC(Delta, ZSTD(1)),
    keep_days UInt16 COMMENT 'how long the row may be kept' CODEC(ZSTD(1)),
    INDEX by_event_id event_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (campus_id, system, occurred_at, source, event_id)
TTL toDateTime(recorded_at) + toIntervalDay(keep_days)
SETTINGS non_replicated_deduplication_window = 10000, merge_selector_base = 8;
