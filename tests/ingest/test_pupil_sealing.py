import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingest.admission import Admission, Admitted
from ingest.content_modes import RawEvents, split_batch
from ingest.credentials import Grant
from ingest.errors import UnavailableError
from ingest.event_types import EventTypes
from ingest.privacy.cached_keys import CachedKeys
from ingest.privacy.key_store import Subject
from ingest.privacy.letters import LetterCover
from ingest.privacy.sealing import unsealed
from ingest.privacy.sqlite_keys import SqliteKeys
from ingest.pupil_sealer import PupilSealer
from ingest.remembered import Remembered
from schemas.frame import LoggedEvent, decode_frame, join_frame
from schemas.ids import CampusId, EventTypeName, TokenId
from schemas.privacy import key_week_of, service_day_of
from schemas.systems import catalogue
from tests.api.support.waiting import eventually
from tests.ingest.ingest_samples import CAMPUS, OTHER_CAMPUS, TIME_MS, encode, event

BOARDED, ALIGHTED = "school_bus.pupil.boarded.v1", "school_bus.pupil.alighted.v1"
SAMPLE = catalogue()[EventTypeName(BOARDED)].sample
TOKEN = SAMPLE["pupil_token"]
GRANT = Grant(
    TokenId("abc"),
    frozenset({CampusId(CAMPUS), CampusId(OTHER_CAMPUS)}),
    frozenset(EventTypeName(n) for n in catalogue()),
)


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[SqliteKeys]:
    opened = SqliteKeys(tmp_path / "keys.sqlite", b"m" * 32)
    yield opened
    opened.close()


class Gate:
    """Admission with its sealer, as the gateway puts them together."""

    def __init__(self, keys: SqliteKeys) -> None:
        types = EventTypes(catalogue())
        self.admission = Admission(types, Remembered(0), 1)
        self.sealer = PupilSealer(types.pupil_fields, keys, 100)

    async def raw(self, events: RawEvents) -> list[bytes]:
        admitted: Admitted[str] = Admitted(TIME_MS + 70)
        columns = self.admission.judge(events, GRANT, admitted)
        if columns.pupils:
            await self.sealer.seal(columns)
        self.admission.take(admitted, columns, GRANT, "request")
        assert not admitted.refused
        return [stamped for portion in admitted.portions.values() for stamped in portion.events]

    async def logged(self, *events: dict[str, Any]) -> list[LoggedEvent]:
        return decode_frame(join_frame(await self.raw(split_batch(encode([*events])))))


@pytest.fixture
def gate(keys: SqliteKeys) -> Gate:
    return Gate(keys)


async def test_nothing_of_a_pupil_enters_the_log_in_clear(gate: Gate) -> None:
    (raw,) = await gate.raw(split_batch(encode([event(BOARDED)])))

    data = msgspec.json.decode(raw)["data"]
    assert set(data) == {"trip_id", "pupil_token", "sealed", "key_ref"}
    assert data["trip_id"] == SAMPLE["trip_id"]
    assert data["pupil_token"] != TOKEN
    assert not any(secret.encode() in raw for secret in (TOKEN, SAMPLE["stop_id"], '"card"'))


async def test_whoever_has_the_key_reads_what_the_sender_wrote(gate: Gate, keys: SqliteKeys) -> None:
    (entered,) = await gate.logged(event(BOARDED))

    key = keys.named([entered.data["key_ref"]])[entered.data["key_ref"]]
    opened = unsealed(
        entered.data,
        key,
        type_name=entered.type,
        campus_id=entered.campusid,
        source=entered.source,
        event_id=entered.id,
    )
    assert opened == SAMPLE


async def test_getting_on_and_off_on_one_day_match_and_days_do_not(gate: Gate) -> None:
    on, off, tomorrow, other = await gate.logged(
        event(BOARDED, id="1"),
        event(ALIGHTED, id="2"),
        event(BOARDED, id="3", time="2026-11-25T07:31:05+08:00"),
        event(BOARDED, id="4", data=SAMPLE | {"pupil_token": "p_somebody_else"}),
    )

    assert on.data["pupil_token"] == off.data["pupil_token"]
    assert len({entered.data["pupil_token"] for entered in (on, tomorrow, other)}) == 3
    assert on.data["key_ref"] == off.data["key_ref"] == tomorrow.data["key_ref"] != other.data["key_ref"]


async def test_an_event_sent_again_is_the_same_bytes(gate: Gate, keys: SqliteKeys) -> None:
    body = split_batch(encode([event(BOARDED)]))

    assert await gate.raw(body) == await Gate(keys).raw(body)


async def test_every_way_of_sending_is_sealed_alike(gate: Gate) -> None:
    plain = encode(event(BOARDED))
    spaced = plain.replace(b'"pupil_token":', b'"pupil_token" : ').replace(b'"card"', b'"c\\u0061rd"')

    ways = [
        await gate.raw(split_batch(b"[" + plain + b"]")),
        await gate.raw(RawEvents([plain])),
        await gate.raw(split_batch(b"[ " + spaced + b" ]")),
    ]

    assert ways[0] == ways[1] == ways[2]


async def test_events_beside_a_pupil_s_stay_the_sender_s_bytes(gate: Gate) -> None:
    neighbour = encode(event(id="2"))

    _, kept = await gate.raw(split_batch(b"[" + encode(event(BOARDED)) + b"," + neighbour + b"]"))

    assert kept.startswith(neighbour[:-1])


async def test_without_keys_nothing_is_let_through(gate: Gate, keys: SqliteKeys) -> None:
    keys.close()

    with pytest.raises(UnavailableError):
        await gate.raw(split_batch(encode([event(BOARDED)])))
    assert len(await gate.raw(split_batch(encode([event()])))) == 1


@pytest.fixture
async def cached(keys: SqliteKeys) -> AsyncIterator[CachedKeys]:
    cached = CachedKeys(keys, 2)
    watching = asyncio.create_task(cached.watch())
    yield cached
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


def subject(number: int) -> Subject:
    return Subject(CampusId(CAMPUS), f"p_{number:08}", key_week_of(service_day_of(TIME_MS)))


async def test_no_more_keys_are_held_than_allowed(cached: CachedKeys) -> None:
    for number in range(5):
        await cached.ensure([subject(number)])

    assert len(cached) == 2


async def test_a_destroyed_key_leaves_the_cache_by_itself(cached: CachedKeys, keys: SqliteKeys) -> None:
    await cached.ensure([subject(1)])
    held = await cached.ensure([subject(1)])
    keys.destroy(CampusId(CAMPUS), subject(1).pupil_token, 5)

    await eventually(lambda: len(cached) == 0)
    assert (await cached.ensure([subject(1)]))[subject(1)].key_ref != held[subject(1)].key_ref


def test_refused_input_that_mentions_pupils_is_kept_under_cover() -> None:
    cover = LetterCover(b"m" * 32)
    raw = '{"type":"school_bus.pupil.boarded.v1","data":{"note":"张三"}}'.encode()

    kept = cover.cover(raw)

    assert "张三".encode() not in kept
    assert cover.uncover(kept) == raw


@pytest.mark.parametrize("raw", [b"{", b"\xff\x00", b'{"type":"canteen.temp.sampled.v1"}', b""])
def test_other_refused_input_is_kept_as_it_came(raw: bytes) -> None:
    cover = LetterCover(b"m" * 32)

    assert cover.uncover(cover.cover(raw)) == raw == cover.cover(raw)
