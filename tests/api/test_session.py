"""One reader's conversation stepped by hand: whatever is written when, and wherever it is cut, all is told once."""

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from api.live.hub import Stream
from api.live.request import StreamRequest, select
from api.live.session import LAST_ROUND, Session
from schemas.clock import ManualClock
from tests.api.support.serving import Rig
from tests.api.support.sse import Event
from tests.api.support.tally import Tally
from tests.api.support.world import N1, N2, NOW_MS, AlertMaker, campus_record
from tests.api.test_overview import who

MANY = 3 * LAST_ROUND


class HandDriven:
    """A reader whose connection is stepped, cut and opened again by the test."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.tally = Tally()
        self.names: list[str] = []
        self.text = b""
        self.open()

    def open(self) -> None:
        request = StreamRequest(who(self.rig.facts, "bureau"), (), None)
        selection = select(request, self.rig.facts, NOW_MS)
        assert selection is not None
        self.stream: Stream = self.rig.hub.open(request, selection)
        session = Session(
            self.rig.hub, self.stream, last_event_id=self.tally.last_id or None, clock=ManualClock(NOW_MS)
        )
        self.writes = session.writes()
        self.pending: asyncio.Task[bytes] | None = None
        self.text = b""

    async def step(self) -> bool:
        """Let the session write once if it has something to write."""
        if self.pending is None:
            self.pending = asyncio.ensure_future(anext(self.writes))
        for _ in range(3):
            await asyncio.sleep(0)
        if not self.pending.done():
            return False
        body, self.pending = self.pending.result(), None
        *whole, self.text = (self.text + body).split(b"\n\n")
        for frame in whole:
            self.hear(frame.decode())
        return True

    def hear(self, frame: str) -> None:
        fields = dict(line.split(": ", 1) for line in frame.split("\n"))
        self.tally.last_id = fields.get("id", self.tally.last_id)
        if "data" in fields:
            self.names.append(fields["event"])
            self.tally.take(Event(fields["event"], json.loads(fields["data"]), self.tally.last_id))

    async def cut(self) -> None:
        if self.pending is not None:
            self.pending.cancel()
            await asyncio.gather(self.pending, return_exceptions=True)
        await self.writes.aclose()
        self.rig.hub.close(self.stream)

    async def drain(self) -> None:
        while await self.step():
            pass


def numbers(rig: Rig) -> dict[tuple[str, str], int]:
    """What the view shows of the reader's campuses."""
    found: dict[tuple[str, str], int] = {}
    for campus_id in (N1, N2):
        for system, change in rig.view.campus(campus_id).items():
            found[campus_id, system] = change.head.counts["n"]
    return found


async def _play(actions: list[tuple[str, int]], documents: int) -> None:
    rig, maker, n = Rig(), AlertMaker(N2), 0
    subjects = []
    for n in range(documents):
        rig.state(campus_record((N1, N2)[n % 2], f"system_{n}", n))
    reader = HandDriven(rig)
    for action, choice in actions:
        n += 1
        match action:
            case "document":
                rig.state(campus_record((N1, N2)[choice % 2], f"system_{choice}", n))
            case "alert":
                rig.alert(maker.record(n))
                subjects.append(f"sensor-{n}")
            case "step":
                await reader.step()
            case "cut":
                await reader.cut()
                reader.open()
    await reader.drain()
    await reader.cut()
    assert reader.tally.newest == numbers(rig)
    assert sorted(reader.tally.alerts) == sorted(subjects)
    assert rig.hub.open_streams == 0


actions = st.lists(
    st.tuples(st.sampled_from(["document", "document", "alert", "step", "step", "cut"]), st.integers(0, 9)), max_size=60
)


@settings(max_examples=150)
@given(actions)
def test_whatever_happens_when_everything_is_told_once(plan: list[tuple[str, int]]) -> None:
    asyncio.run(_play(plan, documents=3))


@settings(max_examples=15)
@given(actions)
def test_large_snapshot_is_caught_up_in_rounds_while_the_morning_goes_on(plan: list[tuple[str, int]]) -> None:
    asyncio.run(_play([("step", 0), *plan], documents=MANY))


async def test_scope_that_changes_in_the_middle_of_a_snapshot_starts_it_afresh() -> None:
    rig = Rig()
    for n in range(MANY):
        rig.state(campus_record(N1, f"system_{n}", n))
    reader = HandDriven(rig)
    for _ in range(3):
        assert await reader.step()
    rig.facts.apply(f"campus/{N2}", None)
    rig.hub.sweep(0)
    reader.tally.newest.clear()
    await reader.drain()
    await reader.cut()
    assert reader.names.count("snapshot") == 2
    assert reader.tally.resyncs == 1
    assert len(reader.tally.newest) == MANY


async def test_shutdown_in_the_middle_of_a_snapshot_says_goodbye() -> None:
    rig = Rig()
    for n in range(MANY):
        rig.state(campus_record(N1, f"system_{n}", n))
    reader = HandDriven(rig)
    for _ in range(3):
        assert await reader.step()
    rig.hub.stop()
    assert await reader.step()
    assert reader.names[-1] == "goodbye"
    assert len(reader.tally.newest) < MANY
    await reader.cut()
