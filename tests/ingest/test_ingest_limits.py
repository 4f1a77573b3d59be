import asyncio
from collections.abc import Callable

import pytest

from ingest.body import ClientGoneError, Receive, declared_length, read_body
from ingest.credentials import Authenticator
from ingest.errors import SlowBodyError, TooLargeError, TooManyError, UnauthenticatedError, UnavailableError
from ingest.held_bytes import HeldBytes
from ingest.rate_limit import RateLimit
from schemas.clock import ManualClock
from schemas.ids import CampusId, EventTypeName, SystemName, TokenId
from schemas.organisation import Organisation
from schemas.registry import SourceCredential
from schemas.tokens import IssuedToken, derive_token

TOKEN = derive_token("cst", b"limits")
TYPES = {EventTypeName("canteen.a.v1"): SystemName("canteen"), EventTypeName("net.b.v1"): SystemName("net")}


def credential(
    token: IssuedToken = TOKEN, *, not_after_ms: int | None = None, revoked: bool = False
) -> SourceCredential:
    return SourceCredential(
        token_id=token.token_id,
        token_sha256=token.sha256,
        campus_ids=frozenset({CampusId("c-1")}),
        systems=frozenset({SystemName("canteen")}),
        not_after_ms=not_after_ms,
        revoked=revoked,
    )


def bearer(token: IssuedToken) -> bytes:
    return f"Bearer {token.text}".encode()


@pytest.fixture
def organisation() -> Organisation:
    organisation = Organisation()
    organisation.put(credential())
    return organisation


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000)


@pytest.fixture
def authenticator(organisation: Organisation, clock: ManualClock) -> Authenticator:
    return Authenticator(organisation, TYPES, clock)


def test_a_known_token_grants_its_campuses_and_the_types_of_its_systems(authenticator: Authenticator) -> None:
    grant = authenticator.authenticate(bearer(TOKEN))

    assert (grant.campus_ids, grant.types) == (frozenset({"c-1"}), frozenset({"canteen.a.v1"}))
    assert authenticator.authenticate(bearer(TOKEN)) is grant


STRANGE_HEADERS: dict[str, Callable[[], bytes | None]] = {
    "none": lambda: None,
    "empty": lambda: b"",
    "another scheme": lambda: b"Basic " + TOKEN.text.encode(),
    "a viewer's token": lambda: bearer(derive_token("cvt", b"limits")),
    "an unknown token": lambda: bearer(derive_token("cst", b"other")),
    "a known id with another secret": lambda: bearer(TOKEN)[:-1] + b"A",
    "more than a token": lambda: bearer(TOKEN) + b" x",
    "bytes that are no text": lambda: b"Bearer \xff\xfe",
    "a token without its scheme": TOKEN.text.encode,
}


@pytest.mark.parametrize("header", STRANGE_HEADERS.values(), ids=STRANGE_HEADERS)
@pytest.mark.parametrize("known_before", [0, 1])
def test_strangers_are_refused(
    authenticator: Authenticator, header: Callable[[], bytes | None], known_before: int
) -> None:
    for _ in range(known_before):
        authenticator.authenticate(bearer(TOKEN))

    with pytest.raises(UnauthenticatedError):
        authenticator.authenticate(header())


def test_revocation_expiry_and_withdrawal_count_at_once(
    authenticator: Authenticator, organisation: Organisation, clock: ManualClock
) -> None:
    authenticator.authenticate(bearer(TOKEN))

    organisation.put(credential(revoked=True))
    with pytest.raises(UnauthenticatedError):
        authenticator.authenticate(bearer(TOKEN))

    organisation.put(credential(not_after_ms=2000))
    authenticator.authenticate(bearer(TOKEN))
    clock.instant_ms = 2000
    with pytest.raises(UnauthenticatedError):
        authenticator.authenticate(bearer(TOKEN))

    organisation.put(credential())
    authenticator.authenticate(bearer(TOKEN))
    organisation.apply(f"token/{TOKEN.token_id}", None)
    with pytest.raises(UnauthenticatedError):
        authenticator.authenticate(bearer(TOKEN))


def test_a_source_gets_its_burst_and_then_its_rate() -> None:
    limit, token = RateLimit(rate_per_s=100, burst=1000), TokenId("t")
    limit.take(token, 1000, 0.0)

    with pytest.raises(TooManyError) as refusal:
        limit.take(token, 1, 0.0)
    assert refusal.value.retry_after_s == 1
    limit.take(token, 1, 0.02)
    limit.take(TokenId("another"), 1000, 0.02)


def test_a_request_may_overdraw_once_and_is_then_told_how_long_to_wait() -> None:
    limit, token = RateLimit(rate_per_s=100, burst=1000), TokenId("t")
    limit.take(token, 1500, 0.0)

    with pytest.raises(TooManyError) as refusal:
        limit.take(token, 1, 0.0)
    assert refusal.value.retry_after_s == 6
    limit.take(token, 1, 6.0)


def test_held_bytes_never_pass_their_limit_and_come_back() -> None:
    held = HeldBytes(100)
    first = held.reserve(60)

    with pytest.raises(UnavailableError):
        held.reserve(41)
    first.settle(70)
    assert held.total == 70
    first.release()
    first.release()
    assert held.total == 0


def parts(*bodies: bytes, then: str = "end") -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": True} for body in bodies]
    if then == "end":
        messages[-1]["more_body"] = False
    if then == "gone":
        messages.append({"type": "http.disconnect"})

    async def receive() -> dict[str, object]:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    return receive


async def test_a_body_in_parts_is_put_together() -> None:
    assert await read_body(parts(b"ab", b"", b"cd"), 4, 1) == b"abcd"


async def test_a_body_over_the_limit_is_not_read_further() -> None:
    with pytest.raises(TooLargeError):
        await read_body(parts(b"ab", b"cd", b"e", then="silence"), 4, 5)


async def test_a_body_that_does_not_end_is_given_up() -> None:
    with pytest.raises(SlowBodyError):
        await read_body(parts(b"ab", then="silence"), 4, 0.01)


async def test_a_client_that_goes_is_noticed() -> None:
    with pytest.raises(ClientGoneError):
        await read_body(parts(b"ab", then="gone"), 4, 5)


@pytest.mark.parametrize("text", [b"11", b"99999999999999999999", b"-1", b"1e1"])
def test_a_declared_length_over_the_limit_or_beyond_reading_is_too_large(text: bytes) -> None:
    with pytest.raises(TooLargeError):
        declared_length({b"content-length": text}, 10)


def test_without_a_declared_length_the_limit_is_expected() -> None:
    assert declared_length({}, 10) == 10
    assert declared_length({b"content-length": b"7"}, 10) == 7
