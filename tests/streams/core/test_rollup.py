"""A consortium's rollup: absolute lines, in any order and any number."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.documents import MemberSummary, decode_consortium_status, decode_stored
from streams.core.consortium_ledger import ConsortiumLedger
from streams.core.rollup import MAX_LEFT, Rollup, read_rollup
from streams.core.system import Effect


def line(
    campus: str = "c-1",
    position: int = 1,
    *,
    member: bool = True,
    **changes: Any,  # noqa: ANN401 — any field of the line
) -> MemberSummary:
    values: dict[str, Any] = {
        "consortium_id": "k-1",
        "campus_id": campus,
        "system": "tally",
        "position": position,
        "clock_ms": position * 10,
        "watermark_ms": position * 5,
        "heard_ms": position * 9,
        "severity": position % 5,
        "counts": {"gauges": position, f"only_{campus}": 1},
        "devices_heard": position,
        "devices_silent": 1,
        "alerts": (0, position % 2, 0, 1),
        "member": member,
    }
    return MemberSummary(**values | changes)


lines = st.builds(line, st.sampled_from(["c-1", "c-2", "c-3"]), st.integers(0, 5))


def rolled_up(taken: list[MemberSummary]) -> Rollup:
    rollup = Rollup("k-1", "tally")
    for offset, summary in enumerate(taken):
        rollup.take(offset, summary)
    return rollup


@st.composite
def histories(draw: st.DrawFn) -> list[MemberSummary]:
    """Every campus reports rising positions; some of these reports are that it has left."""
    history = []
    for campus in ("c-1", "c-2", "c-3"):
        positions = draw(st.lists(st.integers(0, 20), unique=True))
        history += [line(campus, position, member=draw(st.booleans())) for position in sorted(positions)]
    return history


@given(histories(), st.data())
def test_order_and_repetition_of_lines_make_no_difference(history: list[MemberSummary], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(history * 2)) if history else []
    expected, found = rolled_up(history), rolled_up(shuffled)
    assert found.campuses == expected.campuses
    assert msgspec.structs.replace(found.status(), position=0) == msgspec.structs.replace(expected.status(), position=0)


def test_sums_worst_and_oldest_are_taken_over_the_members() -> None:
    status = rolled_up([line("c-1", 3), line("c-2", 7), line("c-3", 5)]).status()
    assert status.counts == {"gauges": 15, "only_c-1": 1, "only_c-2": 1, "only_c-3": 1}
    assert (status.clock_ms, status.watermark_ms, status.heard_ms) == (70, 15, 63)
    assert status.severity == 2
    assert (status.devices_heard, status.devices_silent) == (15, 3)
    assert status.alerts == (0, 3, 0, 3)


def test_a_campus_that_left_is_gone_and_a_line_under_way_does_not_bring_it_back() -> None:
    rollup = rolled_up([line("c-1", 5), line("c-1", 5, member=False), line("c-1", 4)])
    assert rollup.campuses == {}
    assert rollup.status().counts == {}


def test_a_campus_that_joins_again_at_the_same_position_is_a_member_again() -> None:
    rollup = rolled_up([line("c-1", 5), line("c-1", 5, member=False), line("c-1", 5)])
    assert list(rollup.campuses) == ["c-1"]


def test_only_the_newest_leavers_are_remembered() -> None:
    rollup = rolled_up([line(f"c-{number}", 1, member=False) for number in range(MAX_LEFT + 10)])
    assert len(rollup.left) == MAX_LEFT
    assert "c-0" not in rollup.left


def test_mere_freshness_is_less_urgent_than_what_people_see() -> None:
    rollup = Rollup("k-1", "tally")
    assert rollup.take(0, line(position=5)) is Effect.VISIBLE
    assert rollup.take(1, line(position=6, severity=0, counts=line(position=5).counts)) is Effect.VISIBLE
    calm = msgspec.structs.replace(rollup.campuses["c-1"], position=7, heard_ms=99)
    assert rollup.take(2, calm) is Effect.ALIVE
    assert rollup.take(3, line(position=6)) is Effect.NOTHING


@given(st.lists(lines, max_size=20), st.integers(0, 20))
def test_a_rollup_written_and_read_again_goes_on_as_before(taken: list[MemberSummary], cut: int) -> None:
    rollup = Rollup("k-1", "tally")
    for offset, summary in enumerate(taken):
        if offset == cut:
            rollup = read_rollup(rollup.write())
        rollup.take(offset, summary)
    assert rollup.write() == rolled_up(taken).write()


def test_a_record_that_a_rollup_holds_is_not_taken_again() -> None:
    ledger = ConsortiumLedger(0)
    record = msgspec.json.encode([line("c-1", 5), line("c-1", 5, member=False)])
    ledger.fold(3, record)
    (written,) = ledger.harvest(everything=True).documents
    again = ConsortiumLedger(0)
    again.restore([written])
    again.fold(3, record)
    assert again.harvest(everything=True).documents == []


def test_what_is_no_frame_of_lines_is_refused_and_its_neighbours_stand() -> None:
    ledger = ConsortiumLedger(2)
    ledger.fold(0, b"junk")
    ledger.fold(1, None)
    ledger.fold(2, msgspec.json.encode([line()]))
    harvest = ledger.harvest(everything=False)
    assert [letter.reason for letter in harvest.letters] == ["unreadable_record", "unreadable_record"]
    assert harvest.letters[0].origin == "consortium.input/2/0"
    assert harvest.low_water == 3
    status = decode_consortium_status(decode_stored(harvest.documents[0][1]).status)
    assert list(status.campuses) == ["c-1"]


def test_a_rollup_that_cannot_be_understood_is_set_aside_and_begun_anew() -> None:
    ledger = ConsortiumLedger(0)
    ledger.restore([(b"k-1/tally", b'{"nonsense":1}'), (b"k-2/tally", b"x"), (b"k-2/tally", None)])
    ledger.fold(9, msgspec.json.encode([line()]))
    harvest = ledger.harvest(everything=False)
    assert [letter.reason for letter in harvest.letters] == ["unreadable_document"]
    assert len(harvest.documents) == 1
