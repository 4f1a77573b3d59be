"""What it costs a gateway to seal what speaks of pupils: a request's way from its bytes to frames, in CPU time.

HTTP and Kafka are left out: they cost the same with and without. Pupils' events are put into the mix of a province's
raw peak at two shares: one in a hundred is what the buses of a school morning add, one in four a gateway that hears of
little else.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from deploy.bench.figures import Figure, Report
from deploy.bench.load import EventMaker
from ingest.admission import Admission, Admitted
from ingest.content_modes import split_batch
from ingest.credentials import Grant
from ingest.event_types import EventTypes
from ingest.framing import Framer
from ingest.privacy.keyring import open_keyring
from ingest.pupil_sealer import PupilSealer
from ingest.remembered import EventKey, Remembered
from schemas.clock import WallClock
from schemas.ids import CampusId, TokenId
from schemas.systems import catalogue

Say = Callable[[str], None]

CAMPUSES: Final = tuple(CampusId(f"c-bench-{number:03}") for number in range(40))
PUPILS: Final = 25
"""Of each campus; their keys are at hand, as on all days of a week but the first."""
BATCH: Final = 300
BATCHES: Final = 100
ROUNDS: Final = 5
WARM_UP: Final = 99
SHARES: Final = (0.01, 0.25)
WINDOW_MS, FRAME_BYTES, PARTITIONS, KEYS = 50, 1 << 20, 8, 20_000
WHOLE_US: Final = 8.0
"""What a gateway may cost an event in batches, HTTP and Kafka included."""
SHARE_OF_INGEST: Final = 10.0


def measure(say: Say) -> Report:
    """The way with pupils at each share, and what of it is sealing."""
    report = Report("sealing")
    with TemporaryDirectory() as directory:
        made = asyncio.run(_measure_all(Path(directory)))
    for share, cost in made.items():
        name = f"1 in {round(1 / share)} a pupil's"
        say(f"  {name}: {cost.whole_us:.2f} µs an event, {cost.sealing_us:.2f} of them for sealing")
        is_morning = share == SHARES[0]
        report.add(Figure(f"request to frames, {name}", cost.whole_us, "µs/event", WHOLE_US if is_morning else None))
        report.add(Figure(f"sealing a pupil's event, {name}", cost.sealing_us / share, "µs"))
        added = cost.sealing_us / (cost.whole_us - cost.sealing_us) * 100
        report.add(Figure(f"sealing above the rest, {name}", added, "%", SHARE_OF_INGEST if is_morning else None))
    report.notes.append(f"{BATCHES} requests of {BATCH}, CPU time, mean of the best of {ROUNDS} rounds; keys at hand")
    return report


class _Cost(NamedTuple):
    """CPU time for each event of a round, pupils' or not."""

    whole_us: float
    sealing_us: float


async def _measure_all(directory: Path) -> dict[float, _Cost]:
    """The best round of each share; the shares take turns, so that a busy machine hits all of them."""
    keyring = open_keyring(directory / "keys.sqlite", directory / "master")
    best = dict.fromkeys(SHARES, _Cost(float("inf"), float("inf")))
    try:
        way = _Way(PupilSealer(EventTypes(catalogue()).pupil_fields, keyring.keys, KEYS))
        await _round(way, max(SHARES), WARM_UP)  # every pupil has a key now
        for number in range(ROUNDS):
            for share in SHARES:
                best[share] = min(best[share], await _round(way, share, number))
    finally:
        keyring.close()
    return best


async def _round(way: "_Way", share: float, number: int) -> _Cost:
    bodies = _bodies(share, number)
    way.sealing_s = 0.0
    began_s = time.process_time()
    for body in bodies:
        await way.go(body)
    events = BATCH * BATCHES
    return _Cost((time.process_time() - began_s) / events * 1e6, way.sealing_s / events * 1e6)


class _Way:
    """What a gateway does between a body and frames, by its own parts."""

    def __init__(self, sealer: PupilSealer) -> None:
        types = EventTypes(catalogue())
        self._grant = Grant(TokenId("cst-bench"), frozenset(CAMPUSES), frozenset(types.systems))
        self._admission = Admission(types, Remembered(100_000), PARTITIONS)
        self._sealer = sealer
        self._framer: Framer[int, EventKey] = Framer(WINDOW_MS, FRAME_BYTES)
        self._clock = WallClock()
        self.sealing_s = 0.0

    async def go(self, body: bytes) -> None:
        events = split_batch(body)
        admitted: Admitted[int] = Admitted(self._clock.now_ms())
        columns = self._admission.judge(events, self._grant, admitted)
        if columns.pupils:
            began_s = time.process_time()
            await self._sealer.seal(columns)
            self.sealing_s += time.process_time() - began_s
        self._admission.take(admitted, columns, self._grant, 0)
        if admitted.refused or admitted.accepted != len(events.events):
            raise RuntimeError(f"the gateway refuses what the benchmark sends: {admitted.refused[:1]}")
        for portion in admitted.portions.values():
            for frame in self._framer.add(portion, time.monotonic() * 1000):
                frame.encode()


def _bodies(share: float, seed: int) -> list[bytes]:
    """The requests of a round; the same places are pupils' in each, the ids are new."""
    random = Random(seed)  # noqa: S311 — a reproducible load, no secret
    maker = EventMaker(CAMPUSES, seed)
    return [_body(maker.events(BATCH), CAMPUSES[turn % len(CAMPUSES)], share, random) for turn in range(BATCHES)]


def _body(events: Sequence[bytes], campus_id: CampusId, share: float, random: Random) -> bytes:
    """A request in which every so-manieth event is a pupil's at the door of a bus."""
    every = round(1 / share)
    mixed = [
        _ridden(event, campus_id, place, random) if place % every == 0 else event for place, event in enumerate(events)
    ]
    return b"[" + b",".join(mixed) + b"]"


def _ridden(event: bytes, campus_id: CampusId, place: int, random: Random) -> bytes:
    """A boarding at the time of the event whose place it takes."""
    time_and_end = event[event.index(b',"time":') :]
    return (
        b'{"specversion":"1.0","source":"urn:bench:%b:riders","type":"school_bus.pupil.boarded.v1","campusid":"%b",'
        b'"subject":"bus-1","data":{"trip_id":"t-1","pupil_token":"p_bench_%06d","stop_id":"s-%02d","method":"card"},"id":"r-%d"%b'
    ) % (campus_id.encode(), campus_id.encode(), random.randrange(PUPILS), random.randrange(20), place, time_and_end)
