"""The statements that make one day of a term inside the store. Parameters: :meth:`deploy.bench.term.Term.numbers`.

A post is twenty events of one campus: five digests of devices, five of the network, five temperatures, a lesson's
quality and four positions of buses, in this order, numbered without holes by each system's source.
"""

from typing import Final

_COUNTS: Final = (5, 5, 5, 1, 4)
_KINDS: Final = [kind for kind, count in enumerate(_COUNTS, start=1) for _ in range(count)]
_NTHS: Final = [nth for count in _COUNTS for nth in range(count)]
_TYPES: Final = [
    "device_control.devices.heartbeat_digest.v1",
    "net_health.link.minute_digest.v1",
    "canteen.temp.sampled.v1",
    "lesson_ops.session.quality.v1",
    "school_bus.position.reported.v1",
]


def _bits(shift: int, count: int) -> str:
    """A number from 0 to ``count`` − 1 out of an event's hash, as text."""
    return f"toString(bitShiftRight(hash, {shift}) %% {count})"


_DATA: Final = (
    f"""'edge-1","data":{{"window_ms":60000,"interval_s":3600,"devices":["board-', {_bits(8, 24)}, '"]}}'""",
    f"""'link-1","data":{{"down_mbps":', {_bits(4, 400)}, '.', {_bits(16, 9)}, ',"up_mbps":', {_bits(24, 80)},
        ',"rtt_ms":', {_bits(32, 30)}, '.5,"loss_pct":0.', {_bits(40, 50)}, ',"jitter_ms":1.', {_bits(44, 9)},
        ',"util_pct":', {_bits(48, 70)}, ',"wifi_clients":', {_bits(52, 250)}, '}}'""",
    f"""'sensor-', {_bits(4, 8)}, '","data":{{"zone":"freezer","temp_c":-', {_bits(8, 12)}, '.',
        {_bits(24, 9)}, '}}'""",
    f"""'room-1","data":{{"session_id":"s-', {_bits(8, 900)}, '","endpoint_id":"room-', {_bits(16, 3)},
        '","fps":', {_bits(20, 30)}, ',"bitrate_kbps":', {_bits(24, 3600)}, ',"loss_pct":0.', {_bits(36, 90)},
        ',"rtt_ms":', {_bits(44, 90)}, '.5,"mos":4.', {_bits(52, 6)}, '}}'""",
    f"""'bus-', {_bits(4, 3)}, '","data":{{"latitude_deg":31.', {_bits(8, 999_983)}, ',"longitude_deg":114.',
        {_bits(28, 999_983)}, ',"speed_kmh":', {_bits(48, 60)}, '.5,"bearing_deg":', {_bits(54, 360)},
        ',"ignition_on":true}}'""",
)
_ONE_OF: Final = "multiIf(" + ", ".join(f"kind = {n}, concat({sql})" for n, sql in enumerate(_DATA[:-1], start=1))
_POSTS: Final = """
    SELECT
        number %% %(campuses)s AS campus,
        intDiv(number, %(campuses)s) AS round,
        %(day)s * %(rounds)s + round AS post,
        %(partition_of)s[campus + 1] AS partition,
        %(gap)s + post * (%(size_of)s[partition + 1] + 1) + %(rank_of)s[campus + 1] AS offset,
        toInt64(%(opens_ms)s + round * %(round_ms)s + intDiv(campus * %(round_ms)s, %(campuses)s)) AS sent_ms,
        concat('c-421100-', leftPad(toString(campus), 4, '0')) AS campus_id
    FROM numbers(%(rounds)s * %(campuses)s)
"""
EVENTS_SQL: Final = f"""
INSERT INTO frames_in
SELECT
    partition,
    offset,
    fromUnixTimestamp64Milli(sent_ms + 30, 'UTC'),
    concat('[', arrayStringConcat(arrayMap((kind, nth, place) -> concat(
        '{{"specversion":"1.0","source":"urn:bench:', campus_id, ':', splitByChar('.', {_TYPES}[kind])[1],
        '","bootid":1788192000,"type":"', {_TYPES}[kind], '","campusid":"', campus_id, '","subject":"',
        arrayElement(arrayMap(hash -> {_ONE_OF}, concat({_DATA[-1]})), [cityHash64(post, campus, place)]), 1),
        ',"id":"', lower(hex(cityHash64(campus, post, place, 7))),
        '","sequence":"', toString(post * {list(_COUNTS)}[kind] + nth + 1),
        '","time":"', formatDateTime(fromUnixTimestamp64Milli(
            sent_ms - (%(frame)s - place) * intDiv(%(round_ms)s, %(frame)s), 'UTC'), '%%Y-%%m-%%dT%%H:%%i:%%S.%%fZ'),
        '","occurredms":"', toString(sent_ms - (%(frame)s - place) * intDiv(%(round_ms)s, %(frame)s)),
        '","receivedms":"', toString(sent_ms), '"}}'), {_KINDS}, {_NTHS}, range(%(frame)s)), ','), ']')
FROM ({_POSTS})
"""  # noqa: S608 — made of constants; every value is a parameter
TICKS_SQL: Final = """
INSERT INTO frames_in
SELECT
    number %% %(partitions)s AS partition,
    %(gap)s + (post + 1) * (%(size_of)s[partition + 1] + 1) - 1,
    fromUnixTimestamp64Milli(tick_ms + 5, 'UTC'),
    concat('{"tick_ms":', toString(tick_ms), '}')
FROM
(
    SELECT
        number,
        intDiv(number, %(partitions)s) AS round,
        %(day)s * %(rounds)s + round AS post,
        toInt64(%(opens_ms)s + (round + 1) * %(round_ms)s - 10) AS tick_ms
    FROM numbers(%(rounds)s * %(partitions)s)
)
"""
RANGES_SQL: Final = f"""
INSERT INTO archive_ranges (partition, first_offset, last_offset, state, epoch, topic, records, events, unreadable,
    campus_ids, sequences, leaves, previous_roots, roots, rank)
SELECT
    partition,
    offset,
    offset + (%(rank_of)s[campus + 1] = %(size_of)s[partition + 1] - 1) AS last_offset,
    'done',
    1,
    'campus.events',
    1 + last_offset - offset,
    %(frame)s,
    0,
    [campus_id],
    [post + 1],
    [%(frame)s],
    [SHA256(toString(post))],
    [SHA256(toString(post + 1))],
    1
FROM ({_POSTS})
"""  # noqa: S608 — made of constants; every value is a parameter
"""A block holds what came in five seconds, here a record, and the tick after a round's last."""
