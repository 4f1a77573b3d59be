-- The tree over each partition's settled ranges, derived from archive_ranges: one row per range, in their order. A row
-- holds the roots of the complete subtrees that its leaf completes, the leaf itself first, so that any proof reads a few
-- dozen rows however long the tree is. Written again it is the same row.
CREATE TABLE IF NOT EXISTS archive_blocks
(
    partition UInt16,
    block_index UInt64 COMMENT 'place in the tree, from 0' CODEC(Delta, ZSTD(1)),
    first_offset UInt64 CODEC(Delta, ZSTD(1)),
    last_offset UInt64 CODEC(Delta, ZSTD(1)),
    nodes Array(FixedString(32)) CODEC(NONE),
    INDEX by_offset first_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (partition, block_index)
SETTINGS index_granularity = 256;

-- Every signed checkpoint, as it was published to campus.checkpoints.
CREATE TABLE IF NOT EXISTS archive_checkpoints
(
    partition UInt16,
    size UInt64 COMMENT 'blocks in the tree' CODEC(Delta, ZSTD(1)),
    next_offset UInt64 CODEC(Delta, ZSTD(1)),
    made_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    body String COMMENT 'the statement that is signed' CODEC(ZSTD(1)),
    key_id FixedString(64) CODEC(ZSTD(1)),
    signature FixedString(128) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(made_at)
ORDER BY (partition, size)
SETTINGS index_granularity = 256;
