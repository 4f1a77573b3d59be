"""A partition's documents: routing, refusals, ticks, progress; and that a crash at any point changes nothing."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.alerts import Alert
from schemas.documents import NEVER_MS
from schemas.frame import LoggedEvent, encode_tick
from streams.core.campus_ledger import CampusLedger
from streams.core.campus_record import read_campus
from streams.core.harvest import Harvest
from streams.core.letters import MAX_RAW_BYTES
from streams.core.plan import SystemPlan
from streams.core.system import Effect
from tests.streams.core.tally_system import BASE_MS, HIGH_LEVEL, SILENT_MS, SYSTEMS, TALLY, encode, frame, reading


def ledger_of(*records: bytes | None, consortia: tuple[str, ...] = ()) -> CampusLedger:
    ledger = CampusLedger(3, SYSTEMS, lambda _campus: consortia)
    for offset, record in enumerate(records):
        ledger.fold(offset, record)
    return ledger


def reasons(harvest: Harvest) -> list[str]:
    return [letter.reason for letter in harvest.letters]


def test_events_go_to_the_documents_of_their_campus_and_system() -> None:
    harvest = ledger_of(frame(reading(1), reading(1, campus="c-2"), reading(2))).harvest(everything=False)
    assert [key for key, _ in harvest.documents] == [b"c-1/tally", b"c-2/tally"]
    assert harvest.events == {"tally": 3}
    assert harvest.low_water == 1


def test_an_event_of_an_unknown_type_is_refused_with_its_own_bytes() -> None:
    strange = reading(2, type="moon.base.v1")
    harvest = ledger_of(frame(reading(1), strange)).harvest(everything=False)
    (letter,) = harvest.letters
    assert (letter.reason, letter.origin, letter.raw) == ("unknown_type", "campus.events/3/0", encode(strange))
    assert len(harvest.documents) == 1


def test_an_event_whose_fold_raises_is_refused_with_its_own_bytes() -> None:
    poison = reading(2, type="tally.poison.v1")
    harvest = ledger_of(frame(reading(1), poison, reading(3))).harvest(everything=False)
    (letter,) = harvest.letters
    assert (letter.reason, letter.raw, letter.received_ms) == ("fold_failed", encode(poison), poison.receivedms)


def test_records_that_are_neither_frame_nor_tick_are_refused_whole() -> None:
    harvest = ledger_of(b"junk", None, b"[{]", b'{"tick":1}', frame(reading(1))).harvest(everything=False)
    assert reasons(harvest) == ["unreadable_record"] * 4
    assert [letter.origin for letter in harvest.letters] == [f"campus.events/3/{offset}" for offset in range(4)]
    assert len(harvest.documents) == 1


def test_a_refused_record_is_cut_to_what_a_letter_can_hold() -> None:
    (letter,) = ledger_of(b"x" * (MAX_RAW_BYTES + 5)).harvest(everything=False).letters
    assert len(letter.raw) == MAX_RAW_BYTES
    assert letter.detail.endswith(f"{MAX_RAW_BYTES + 5} bytes cut to {MAX_RAW_BYTES}")


def test_an_unreadable_event_of_a_frame_is_refused_alone() -> None:
    poison = reading(4, type="tally.poison.v1")
    value = b"[" + b",".join([encode(reading(1)), b'{"id":7}', encode(poison), encode(reading(2))]) + b"]"
    harvest = ledger_of(value).harvest(everything=False)
    assert sorted((letter.reason, letter.raw) for letter in harvest.letters) == [
        ("fold_failed", encode(poison)),
        ("unreadable_event", b'{"id":7}'),
    ]
    assert harvest.events == {"tally": 2}


def test_a_refusal_without_a_document_is_urgent_and_moves_the_mark_past_it() -> None:
    ledger = ledger_of(frame(reading(2)))
    ledger.harvest(everything=True)
    ledger.fold(1, frame(reading(1)))  # older than what is known: mere freshness
    assert ledger.urgency() is Effect.ALIVE
    ledger.fold(2, b"junk")
    assert ledger.urgency() is Effect.VISIBLE
    harvest = ledger.harvest(everything=False)
    assert (harvest.low_water, len(harvest.documents)) == (3, 1)


def test_freshness_alone_holds_the_mark_back_until_everything_is_taken() -> None:
    ledger = ledger_of(frame(reading(2)))
    ledger.harvest(everything=True)
    ledger.fold(1, frame(reading(1)))
    ledger.fold(2, frame(reading(1, campus="c-2")))
    harvest = ledger.harvest(everything=False)
    assert ([key for key, _ in harvest.documents], harvest.low_water) == ([b"c-2/tally"], 1)
    assert ledger.harvest(everything=True).low_water == 3


def test_a_tick_judges_the_documents_that_are_due_and_no_others() -> None:
    ledger = ledger_of(frame(reading(0), reading(100, campus="c-2")))
    ledger.harvest(everything=True)
    assert ledger.earliest_due_ms() == BASE_MS + SILENT_MS
    ledger.fold(1, encode_tick(BASE_MS + SILENT_MS + 1))
    harvest = ledger.harvest(everything=True)
    assert [key for key, _ in harvest.documents] == [b"c-1/tally"]
    assert [alert.rule for alert in harvest.alerts] == ["tally.silent"]
    assert ledger.earliest_due_ms() == BASE_MS + 100_000 + SILENT_MS


def test_a_due_document_of_a_system_that_is_no_more_is_left_alone() -> None:
    stored = ledger_of(frame(reading(0))).harvest(everything=True).documents
    ledger = CampusLedger(3, {}, lambda _campus: ())
    assert ledger.restore(stored) == 1
    ledger.fold(1, encode_tick(BASE_MS + 2 * SILENT_MS))
    assert ledger.earliest_due_ms() == NEVER_MS
    assert ledger.harvest(everything=True).documents == []


def test_a_document_that_cannot_be_understood_is_set_aside_and_begun_anew() -> None:
    ledger = CampusLedger(3, SYSTEMS, lambda _campus: ())
    ledger.restore([(b"c-1/tally", b'{"due_ms":9999999999999,"position":0,"status":{}}'), (b"c-2/tally", None)])
    ledger.fold(1, frame(reading(1)))
    harvest = ledger.harvest(everything=False)
    assert reasons(harvest) == ["unreadable_document"]
    assert len(harvest.documents) == 1


def test_a_changed_membership_tells_the_old_and_the_new_consortium() -> None:
    consortia = {"c-1": ("k-1",), "c-2": ("k-1",)}
    ledger = CampusLedger(3, SYSTEMS, lambda campus: consortia[campus])
    ledger.fold(0, frame(reading(1), reading(1, campus="c-2")))
    stored = ledger.harvest(everything=True).documents
    consortia["c-1"] = ("k-2",)
    for changed in (ledger, CampusLedger(3, SYSTEMS, lambda campus: consortia[campus])):
        if changed is not ledger:
            changed.restore(stored)
        changed.reconsider()
        harvest = changed.harvest(everything=False)
        assert [(line.campus_id, line.consortium_id, line.member) for line in harvest.lines] == [
            ("c-1", "k-2", True),
            ("c-1", "k-1", False),
        ]
        changed.reconsider()
        assert changed.urgency() is Effect.NOTHING


class Disk:
    """What the state topic and the alert topic would hold: only what was written in one piece."""

    def __init__(self) -> None:
        self.documents: dict[bytes, bytes] = {}
        self.alerts: list[Alert] = []
        self.refused: list[bytes] = []
        self.next_offset = 0

    def write(self, harvest: Harvest) -> None:
        self.documents |= dict(harvest.documents)
        self.alerts += harvest.alerts
        self.refused += [letter.raw for letter in harvest.letters]
        self.next_offset = harvest.low_water

    def restored(self) -> CampusLedger:
        ledger = CampusLedger(3, SYSTEMS, lambda campus: (f"k-{campus}",))
        ledger.restore(self.documents.items())
        ledger.next_offset = self.next_offset
        return ledger


@st.composite
def logs(draw: st.DrawFn) -> list[bytes]:
    """Frames and ticks with repeats, disorder, poison and junk."""
    event = st.builds(
        reading,
        st.integers(1, 1200),
        campus=st.sampled_from(["c-1", "c-2", "c-3"]),
        gauge=st.sampled_from(["g1", "g2"]),
        level=st.sampled_from([1, HIGH_LEVEL]),
        type=st.sampled_from(["tally.read.v1"] * 8 + ["tally.poison.v1", "moon.base.v1"]),
    )
    frames = st.lists(event, min_size=1, max_size=5).map(lambda events: frame(*events))
    ticks = st.integers(0, 2400).map(lambda second: encode_tick(BASE_MS + second * 1000))
    return draw(st.lists(st.one_of(frames, frames, ticks, st.just(b"junk")), max_size=25))


STEPS = st.lists(st.sampled_from(["", "", "flush", "flush everything", "crash"]), max_size=40)


@given(logs(), STEPS)
def test_flushes_and_crashes_at_any_point_change_nothing(log: list[bytes], steps: list[str]) -> None:
    truth = Disk()
    straight = truth.restored()
    for offset, record in enumerate(log):
        straight.fold(offset, record)
    truth.write(straight.harvest(everything=True))
    disk = Disk()
    ledger = disk.restored()
    for step in steps:
        if ledger.next_offset < len(log):
            ledger.fold(ledger.next_offset, log[ledger.next_offset])
        if step == "crash":
            ledger = disk.restored()
        elif step:
            disk.write(ledger.harvest(everything=step == "flush everything"))
    for offset in range(ledger.next_offset, len(log)):
        ledger.fold(offset, log[offset])
    disk.write(ledger.harvest(everything=True))
    assert disk.documents == truth.documents
    assert sorted(disk.alerts, key=repr) == sorted(truth.alerts, key=repr)
    assert sorted(disk.refused) == sorted(truth.refused)
    assert disk.next_offset == truth.next_offset == len(log)


@given(st.permutations([reading(number, gauge=f"g{number % 3}") for number in range(1, 9)]), st.data())
def test_disorder_and_threefold_sending_give_what_sorted_events_give(
    events: list[LoggedEvent], data: st.DataObject
) -> None:
    plain = ledger_of(frame(*sorted(events, key=lambda event: event.sequence))).harvest(everything=True)
    thrice = data.draw(st.permutations(events * 3))
    mixed = ledger_of(*(frame(*thrice[at : at + 5]) for at in range(0, 24, 5))).harvest(everything=True)
    found, expected = (read_campus("c-1", SystemPlan(TALLY), harvest.documents[0][1]) for harvest in (mixed, plain))
    assert found.duplicates == 16
    assert found.state == expected.state
    assert found.dedupe.marks == expected.dedupe.marks
    for name in ("clock_ms", "heard_ms", "due_ms", "events", "late"):
        assert getattr(found, name) == getattr(expected, name)
