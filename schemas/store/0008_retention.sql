-- How long a row is kept follows its type's class as the catalogue declares it (schemas/retention.py); a test compares
-- the two. Frames get a time of their own that a legal hold can lengthen; a part is dropped when all in it may go.
ALTER TABLE frames_in_to_events MODIFY QUERY
SELECT
    event.campusid AS campus_id,
    splitByChar('.', event.type)[1] AS system,
    event.type AS type,
    event.subject AS subject,
    fromUnixTimestamp64Milli(toInt64OrZero(event.occurredms), 'UTC') AS occurred_at,
    fromUnixTimestamp64Milli(toInt64OrZero(event.receivedms), 'UTC') AS received_at,
    recorded_at,
    event.source AS source,
    event.id AS event_id,
    event.bootid AS boot_id,
    toInt64OrDefault(event.sequence, toInt64(-1)) AS sequence,
    event.data AS data,
    partition,
    offset,
    toUInt32(place - 1) AS frame_index,
    9223372036854775807 - bitShiftLeft(offset, 20) - frame_index AS precedence,
    toUInt16(transform(event.type, [
        'school_bus.position.reported.v1',
        'school_bus.pupil.boarded.v1',
        'school_bus.pupil.alighted.v1',
        'canteen.receipt.inspected.v1',
        'canteen.staff.morning_checked.v1',
        'canteen.temp.sampled.v1',
        'canteen.temp.breach.v1',
        'canteen.meal.planned.v1',
        'canteen.dish.cooked.v1',
        'canteen.dish.served.v1',
        'canteen.sample.retained.v1',
        'canteen.sample.disposed.v1',
        'canteen.disinfect.done.v1',
        'canteen.accompany.logged.v1',
        'canteen.meal.count_digest.v1',
        'canteen.kitchen.ai_flag.v1',
        'canteen.illness.cluster_suspected.v1',
        'canteen.illness.cluster_closed.v1'],
        [180, 30, 30, 730, 730, 730, 730, 730, 730, 730, 730, 730, 730, 730, 730, 730, 730, 730],
        1095)) AS keep_days
FROM
(
    SELECT
        partition,
        offset,
        recorded_at,
        JSONExtract(value, 'Array(Tuple(id String, source String, type String, subject String, campusid String, occurredms String, receivedms String, sequence String, bootid UInt32, data String))') AS events
    FROM frames_in
)
ARRAY JOIN events AS event, arrayEnumerate(events) AS place
WHERE event.id != '' AND event.source != '' AND event.type != '' AND event.campusid != '' AND event.occurredms != '';

ALTER TABLE frames ADD COLUMN IF NOT EXISTS keep_days UInt16 DEFAULT 180 COMMENT 'how long the record may be kept' CODEC(ZSTD(1));

ALTER TABLE frames MODIFY TTL toDateTime(recorded_at) + toIntervalDay(keep_days);

-- Legal holds: what they cover is kept beyond its time until they are released. The newest version of a hold counts.
CREATE TABLE IF NOT EXISTS legal_holds
(
    hold_id String,
    campus_ids Array(String),
    systems Array(String) COMMENT 'empty: every one',
    from_at DateTime64(3, 'UTC') COMMENT 'by the device''s clock',
    to_at DateTime64(3, 'UTC') COMMENT 'exclusive',
    reason String,
    placed_by String,
    placed_at DateTime64(3, 'UTC'),
    released_at Nullable(DateTime64(3, 'UTC')),
    version UInt64 COMMENT 'epoch ms of the change'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY hold_id;
