-- The log itself, record by record: the truth that proofs are taken over. A frame holds a few hundred events, so there
-- are few rows; parts are dropped whole when their time is over. Replacing is a last net: the archive's deduplication
-- tokens already keep every position single. Merging compresses everything anew, hence seldom and many parts at once.
CREATE TABLE IF NOT EXISTS frames
(
    partition UInt16 COMMENT 'partition of campus.events' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'offset in that partition' CODEC(Delta, ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') COMMENT 'when the log took the record' CODEC(Delta, ZSTD(1)),
    value String COMMENT 'the record as it is: a frame, or a tick' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(recorded_at)
ORDER BY (partition, offset)
TTL toDateTime(recorded_at) + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, merge_selector_base = 20;
