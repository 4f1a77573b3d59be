-- Every transition of every alert, so that what was raised, when, and how it ended can be asked for years. The archive
-- copies campus.alerts: a transition is named by its alert, its state and the position in the log that decided it, so a
-- record that is copied again replaces itself. Read it with FINAL.
CREATE TABLE IF NOT EXISTS alerts
(
    campus_id LowCardinality(String),
    system LowCardinality(String),
    at DateTime64(3, 'UTC') COMMENT 'when the transition took effect: raised, or ended' CODEC(DoubleDelta, ZSTD(1)),
    alert_id String COMMENT 'UUID, the same at every replay' CODEC(ZSTD(1)),
    state LowCardinality(String) COMMENT 'open, cleared or withdrawn',
    partition UInt16 COMMENT 'partition of campus.events' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'offset there of the record that decided' CODEC(ZSTD(1)),
    rule LowCardinality(String),
    rule_version UInt32 CODEC(ZSTD(1)),
    severity UInt8 COMMENT '1 red to 4 blue',
    subject String,
    since_at DateTime64(3, 'UTC') COMMENT 'when the condition began' CODEC(ZSTD(1)),
    raised_at DateTime64(3, 'UTC') COMMENT 'when the rule first held' CODEC(ZSTD(1)),
    causes Array(String) COMMENT 'ids of events' CODEC(ZSTD(1)),
    detail String COMMENT 'JSON: the figures of the judgement' CODEC(ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') COMMENT 'when the log took the transition' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(recorded_at)
PARTITION BY toYYYYMM(at)
ORDER BY (campus_id, system, at, alert_id, state, partition, offset)
TTL toDateTime(recorded_at) + toIntervalDay(1095);

-- Questions by the gateway's clock skip what was received at other times.
ALTER TABLE events ADD INDEX IF NOT EXISTS by_received received_at TYPE minmax GRANULARITY 1;
