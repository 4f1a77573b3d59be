-- What makes one event quick to prove, derived from the frames when their block is sealed: per block and campus, the
-- roots over each sixteen of the campus's leaves, and after every few records how many leaves it has. Nothing is proven
-- by it alone: its roots must lead to the one in archive_ranges. A block without rows here is read as a whole.
CREATE TABLE IF NOT EXISTS archive_leaf_index
(
    partition UInt16,
    first_offset UInt64 COMMENT 'of the block' CODEC(Delta, ZSTD(1)),
    campus_id String CODEC(ZSTD(1)),
    ends Array(UInt64) COMMENT 'last offset of each stride of records' CODEC(Delta, ZSTD(1)),
    counts Array(UInt32) COMMENT 'leaves of the campus up to there' CODEC(Delta, ZSTD(1)),
    groups Array(FixedString(32)) COMMENT 'root over each sixteen leaves' CODEC(NONE)
)
ENGINE = ReplacingMergeTree
ORDER BY (partition, first_offset, campus_id)
SETTINGS index_granularity = 64;

-- A proof asks for the first checkpoint that ends behind an offset of the log. Parts from before get the index when they
-- are merged, and are read without it until then.
ALTER TABLE archive_checkpoints ADD INDEX IF NOT EXISTS by_next_offset next_offset TYPE minmax GRANULARITY 1;
