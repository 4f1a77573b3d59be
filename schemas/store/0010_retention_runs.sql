-- What retention did, one row each time that it was applied to its end, whether by the day or by a command.
CREATE TABLE IF NOT EXISTS retention_runs
(
    applied_at DateTime64(3, 'UTC') COMMENT 'as of when it was decided what is past its time',
    ended_at DateTime64(3, 'UTC'),
    applied_by LowCardinality(String) COMMENT 'daily or command',
    expired_events UInt64 COMMENT 'rows past their time that went',
    expired_frames UInt64,
    marked_events UInt64 COMMENT 'rows whose time was set anew',
    marked_frames UInt64,
    destroyed_keys UInt64 COMMENT 'keys of pupils whose week is over',
    holds_in_force UInt32
)
ENGINE = MergeTree
ORDER BY applied_at;
