-- What the archive knows about itself: which ranges of the log are in the store, who may write, and what proves it.
CREATE TABLE IF NOT EXISTS archive_epochs
(
    partition UInt16,
    epoch UInt64 COMMENT 'the greatest one may write',
    owner String COMMENT 'the archive process that claimed it',
    claimed_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (partition, epoch);

-- An open row says which records a block will hold, a done row that they are stored; a lost row that the log had
-- dropped them before they could be. One list entry per campus: its chain of Merkle roots.
CREATE TABLE IF NOT EXISTS archive_ranges
(
    partition UInt16,
    first_offset UInt64 CODEC(Delta, ZSTD(1)),
    last_offset UInt64 CODEC(Delta, ZSTD(1)),
    state Enum8('open' = 0, 'done' = 1, 'lost' = 2),
    epoch UInt64 CODEC(ZSTD(1)),
    topic LowCardinality(String),
    records UInt32,
    events UInt32,
    unreadable UInt32 COMMENT 'records that are neither frame nor tick',
    campus_ids Array(String) COMMENT 'empty id: ticks and unreadable records' CODEC(ZSTD(1)),
    sequences Array(UInt64) COMMENT 'number of the block in the campus''s chain, from 1' CODEC(ZSTD(1)),
    leaves Array(UInt32) CODEC(ZSTD(1)),
    previous_roots Array(FixedString(32)) CODEC(NONE),
    roots Array(FixedString(32)) CODEC(NONE),
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1)),
    rank UInt64 COMMENT 'greater for a settled row, then by epoch' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
ORDER BY (partition, first_offset);

-- The newest root of every campus, so that a start need not read the whole history.
CREATE TABLE IF NOT EXISTS archive_heads
(
    partition UInt16,
    campus_id String,
    sequence UInt64,
    root FixedString(32)
)
ENGINE = ReplacingMergeTree(sequence)
ORDER BY (partition, campus_id);

CREATE MATERIALIZED VIEW IF NOT EXISTS archive_ranges_to_heads TO archive_heads AS
SELECT partition, campus_id, sequence, root
FROM archive_ranges
ARRAY JOIN campus_ids AS campus_id, sequences AS sequence, roots AS root
WHERE state = 'done';

CREATE VIEW IF NOT EXISTS archive_roots AS
SELECT partition, first_offset, last_offset, campus_id, sequence, leaf_count, previous_root, root, written_at
FROM archive_ranges FINAL
ARRAY JOIN
    campus_ids AS campus_id,
    sequences AS sequence,
    leaves AS leaf_count,
    previous_roots AS previous_root,
    roots AS root
WHERE state = 'done';
