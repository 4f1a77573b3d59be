"""The term of the benchmarks is an archive like the product's: whole, readable, and as large as it says."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Final

import pytest

from deploy.bench.term import CAMPUSES, DAYS, FRAME_EVENTS, PARTITIONS, STRETCH_DAY, STRETCH_OFFSETS, Term, load_term
from schemas.frame import decode_frame, decode_tick, is_frame
from schemas.partitioning import partition_of
from schemas.systems import catalogue
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.archive.store_client import rows

pytestmark = pytest.mark.engine
ROUNDS: Final = 2
DAYS_MADE: Final = (STRETCH_DAY - 1, STRETCH_DAY)
"""The room for a stretch lies between them."""


def test_days_of_a_term_hold_what_is_counted_on(database: StoreSettings) -> None:
    term, said = Term(ROUNDS), list[str]()
    load_term(database, term, said.append, DAYS_MADE)
    load_term(database, term, said.append, DAYS_MADE)  # again: nothing is missing, nothing is made
    with archive_reader(database) as client:
        frames = rows(client, "SELECT partition, offset, value FROM frames ORDER BY partition, offset")
        events = rows(client, "SELECT count(), uniqExact(source, event_id), uniqExact(campus_id) FROM events")
        ranges = rows(client, "SELECT partition, first_offset, last_offset FROM archive_ranges ORDER BY ALL")
    expected = ROUNDS * CAMPUSES * FRAME_EVENTS * len(DAYS_MADE)
    assert len(said) == 1
    assert term.events * len(DAYS_MADE) == expected * DAYS
    assert events == [(expected, expected, CAMPUSES)]
    assert_frames_decode(frames)
    assert_ranges_cover(frames, ranges, term)


def assert_frames_decode(frames: list[tuple[int, int, bytes]]) -> None:
    """Every record is a tick or twenty events of one campus of the partition, of declared types."""
    kinds, known = Counter[str](), catalogue()
    for partition, _, value in frames:
        if not is_frame(value):
            kinds["ticks"] += decode_tick(value) is not None
            continue
        events = decode_frame(value)
        (campus_id,) = {event.campusid for event in events}
        assert partition_of(campus_id, PARTITIONS) == partition
        assert len(events) == FRAME_EVENTS
        assert all(event.type in known for event in events)
        kinds["frames"] += 1
    posts = ROUNDS * len(DAYS_MADE)
    assert kinds == {"frames": posts * CAMPUSES, "ticks": posts * PARTITIONS}


def assert_ranges_cover(frames: list[tuple[int, int, bytes]], ranges: list[tuple[int, int, int]], term: Term) -> None:
    """Each record lies in one range, and the only hole is where a stretch may be put."""
    offsets: defaultdict[int, list[int]] = defaultdict(list)
    for partition, offset, _ in frames:
        offsets[partition].append(offset)
    covered: defaultdict[int, list[int]] = defaultdict(list)
    for partition, first, last in ranges:
        covered[partition] += range(first, last + 1)
    assert covered == offsets
    for partition, numbers in offsets.items():
        holes = [(number, after) for number, after in pairwise(numbers) if after != number + 1]
        first_free = term.first_of_stretch[partition]
        assert holes == [(first_free - 1, first_free + STRETCH_OFFSETS)]
