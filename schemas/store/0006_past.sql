-- What it takes to say quickly what was known at an instant: where each instant lies in the log, which records speak of
-- a campus and system, and copies of state documents to begin from.

-- One narrow row per record of the log. `tick_ms` is 0 unless the record is a tick.
CREATE TABLE IF NOT EXISTS log_index
(
    partition UInt16,
    offset UInt64 CODEC(Delta, ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    tick_ms UInt64 CODEC(Delta, ZSTD(1)),
    INDEX by_recorded_at recorded_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(recorded_at)
ORDER BY (partition, offset)
TTL toDateTime(recorded_at) + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS frames_in_to_log_index TO log_index AS
SELECT
    partition,
    offset,
    recorded_at,
    if(startsWith(value, '{"tick_ms":'), toUInt64OrZero(trimRight(substring(value, 12), '} ')), 0) AS tick_ms
FROM frames_in;

-- Every record that a document must be folded from. Copies of an event count too: `events` forgets them, a document
-- does not, since it counts them and hears from them.
CREATE TABLE IF NOT EXISTS log_places
(
    campus_id LowCardinality(String),
    system LowCardinality(String),
    partition UInt16,
    offset UInt64 CODEC(Delta, ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(recorded_at)
ORDER BY (campus_id, system, partition, offset)
TTL toDateTime(recorded_at) + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS events_to_log_places TO log_places AS
SELECT campus_id, system, partition, offset, any(recorded_at) AS recorded_at
FROM events
GROUP BY campus_id, system, partition, offset;

-- State documents as they stood on campus.state: the document of `campus_id` and `system` that holds every record of
-- its partition up to `position`. Versions of one document differ little, so neighbours compress well.
CREATE TABLE IF NOT EXISTS snapshots
(
    campus_id LowCardinality(String),
    system LowCardinality(String),
    position UInt64 COMMENT 'offset in campus.events' CODEC(Delta, ZSTD(1)),
    partition UInt16,
    fold_version UInt32 COMMENT 'of the fold that made it; another version does not begin from it',
    clock_at DateTime64(3, 'UTC') COMMENT 'the document''s own clock' CODEC(Delta, ZSTD(1)),
    written_at DateTime64(3, 'UTC') COMMENT 'when the log took the document' CODEC(Delta, ZSTD(1)),
    value String COMMENT 'the record as it is' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(written_at)
ORDER BY (campus_id, system, position)
TTL toDateTime(written_at) + toIntervalDay(180)
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1;

-- An event that comes late lies far from its neighbours in the log: this finds late ones without reading the others.
ALTER TABLE events ADD INDEX IF NOT EXISTS by_offset offset TYPE minmax GRANULARITY 1;
