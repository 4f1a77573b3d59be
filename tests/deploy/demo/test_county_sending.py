"""How the county sends: the same bytes until they are acknowledged, in order, bounded, and not before they are due."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from deploy.demo.delivery import NOT_KNOWN_YET_S, Delivery, RefusedError
from deploy.demo.sender import MOST_IN_BATCH, MOST_WAITING, Sender
from deploy.demo.source import Emission
from schemas.clock import ManualClock
from schemas.ids import CampusId

CAMPUS = CampusId("c-1")
Verdict = Callable[[int], web.Response]


def taken(events: int, **others: int) -> web.Response:
    return web.json_response({"accepted": events, "duplicates": 0, "rejected": 0, "errors": []} | others, status=202)


class Door:
    """An HTTP endpoint that answers as it is told, then takes everything; it remembers what it was sent."""

    def __init__(self) -> None:
        self.first_answers: list[Verdict] = []
        self.bodies: list[bytes] = []
        self.accepted: dict[str, list[bytes]] = defaultdict(list)
        self.under_way: dict[str, int] = defaultdict(int)
        self.most_under_way = 0

    async def post(self, request: web.Request) -> web.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        body = await request.read()
        self.bodies.append(body)
        events = [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
        if self.first_answers:
            return self.first_answers.pop(0)(len(events))
        self.under_way[token] += 1
        self.most_under_way = max(self.most_under_way, self.under_way[token])
        await asyncio.sleep(0)
        self.under_way[token] -= 1
        self.accepted[token] += events
        return taken(len(events))


class Rest:
    """Instead of waiting: notes for how long one would have."""

    def __init__(self) -> None:
        self.pauses_s: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.pauses_s.append(seconds)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def rest() -> Rest:
    return Rest()


@pytest.fixture
async def delivery(door: Door, rest: Rest) -> AsyncIterator[Delivery]:
    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/v1/events", door.post)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Delivery(session, str(server.make_url("/")), rest)


def refused(status: int, headers: dict[str, str] | None = None) -> Verdict:
    return lambda _: web.Response(status=status, headers=headers)


@pytest.mark.parametrize("status", [408, 429, 503])
async def test_the_same_bytes_are_sent_again_after_the_time_that_the_gateway_asks_for(
    status: int, door: Door, rest: Rest, delivery: Delivery
) -> None:
    door.first_answers = [refused(status, {"retry-after": "7"}), refused(status)]
    receipt = await delivery.deliver("t", [b'{"a":1}', b'{"b":2}'])
    assert receipt.accepted == 2
    assert door.bodies == [b'[{"a":1},{"b":2}]'] * 3
    assert rest.pauses_s == [7.0, 1.0]
    assert delivery.repeats == 2


async def test_a_gateway_that_is_away_is_asked_again(rest: Rest) -> None:
    class GiveUpError(Exception):
        pass

    async def pause(seconds: float) -> None:
        await rest(seconds)
        if len(rest.pauses_s) == 3:
            raise GiveUpError

    async with aiohttp.ClientSession() as session:
        with pytest.raises(GiveUpError):
            await Delivery(session, "http://127.0.0.1:1", pause).deliver("t", [b"{}"])


@pytest.mark.parametrize("status", [400, 403, 413, 415, 422, 500])
async def test_a_refusal_that_time_will_not_heal_is_said_aloud(status: int, door: Door, delivery: Delivery) -> None:
    door.first_answers = [refused(status)]
    with pytest.raises(RefusedError, match=str(status)):
        await delivery.deliver("t", [b"{}"])


async def test_a_token_that_the_gateway_has_not_heard_of_yet_is_tried_for_a_while(
    door: Door, rest: Rest, delivery: Delivery
) -> None:
    door.first_answers = [refused(401)] * 5
    assert (await delivery.deliver("t", [b"{}"])).accepted == 1
    door.first_answers = [refused(401)]
    with pytest.raises(RefusedError):
        await delivery.deliver("t", [b"{}"])
    assert sum(rest.pauses_s) == 5.0


async def test_a_token_that_stays_unknown_ends_the_county(door: Door, rest: Rest, delivery: Delivery) -> None:
    door.first_answers = [refused(401)] * 1_000
    with pytest.raises(RefusedError, match="401"):
        await delivery.deliver("t", [b"{}"])
    assert sum(rest.pauses_s) == NOT_KNOWN_YET_S


async def test_what_answers_202_without_a_receipt_is_no_gateway(door: Door, delivery: Delivery) -> None:
    door.first_answers = [lambda _: web.Response(status=202, text="ok")]
    with pytest.raises(RefusedError):
        await delivery.deliver("t", [b"{}"])


def emission(number: int, due_ms: int = 0, campuses: int = 3) -> Emission:
    return Emission(due_ms, CampusId(f"c-{number % campuses}"), b"%d" % number)


async def test_everything_arrives_once_in_order_with_one_request_per_campus_at_a_time(
    door: Door, delivery: Delivery
) -> None:
    sender = Sender(delivery, str, ManualClock(1))
    await sender.run(emission(number) for number in range(5_000))
    assert {name: [int(raw) for raw in raws] for name, raws in door.accepted.items()} == {
        f"c-{campus}": list(range(campus, 5_000, 3)) for campus in range(3)
    }
    assert door.most_under_way == 1
    assert (sender.progress.sent, sender.progress.accepted, sender.waiting) == (5_000, 5_000, 0)
    assert max(body.count(b",") for body in door.bodies) < MOST_IN_BATCH


async def test_the_generator_waits_while_the_gateway_is_slow(door: Door, delivery: Delivery) -> None:
    clock, given_out = ManualClock(1), 0
    door.first_answers = [refused(503)] * 40

    def emissions() -> Iterator[Emission]:
        nonlocal given_out
        for given_out in range(1, MOST_WAITING * 2):
            assert sender.waiting <= MOST_WAITING + 1_000
            yield emission(given_out)

    sender = Sender(delivery, str, clock)
    await sender.run(emissions())
    assert sender.progress.sent == given_out == MOST_WAITING * 2 - 1


async def test_nothing_leaves_before_it_is_due(door: Door, delivery: Delivery) -> None:
    clock = ManualClock(1_000)
    sender = Sender(delivery, str, clock)
    work = asyncio.create_task(sender.run(iter([emission(0, 900), emission(1, 1_000), emission(2, 60_000)])))
    async with asyncio.timeout(60):
        while sender.progress.sent < 2:  # noqa: ASYNC110 — a count is watched, nothing announces it
            await asyncio.sleep(0.01)
        assert sum(map(len, door.accepted.values())) == 2
        assert sender.progress.reached_ms == 1_000
        clock.instant_ms = 60_000
        await work
    assert sum(map(len, door.accepted.values())) == 3


async def test_a_refusal_for_good_ends_the_run_with_that_error(door: Door, delivery: Delivery) -> None:
    door.first_answers = [refused(403)]
    with pytest.raises(RefusedError):
        await Sender(delivery, str, ManualClock(1)).run(emission(number) for number in range(10))


async def test_rejected_events_are_counted(door: Door, delivery: Delivery) -> None:
    door.first_answers = [lambda events: taken(events - 1, rejected=1)]
    sender = Sender(delivery, str, ManualClock(1))
    await sender.run(iter([emission(0), emission(3)]))
    assert (sender.progress.accepted, sender.progress.rejected) == (1, 1)
