-- Where the archive writes: nothing is kept here, two views pass every record on.
CREATE TABLE IF NOT EXISTS frames_in
(
    partition UInt16,
    offset UInt64,
    recorded_at DateTime64(3, 'UTC'),
    value String
)
ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS frames_in_to_frames TO frames AS
SELECT partition, offset, recorded_at, value
FROM frames_in;

-- One typed extraction per frame, then one row per event. What is no frame (a tick, or damage) gives no row here and is
-- kept in `frames` all the same. Digits travel as strings. Retention by type: pupils 30 days, tracks 180 days, canteen
-- records 2 years, everything else 3 years.
CREATE MATERIALIZED VIEW IF NOT EXISTS frames_in_to_events TO events AS
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
    toUInt16(multiIf(
        startsWith(event.type, 'school_bus.pupil.'), 30,
        startsWith(event.type, 'school_bus.position.'), 180,
        startsWith(event.type, 'canteen.'), 730,
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
