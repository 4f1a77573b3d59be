import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.privacy.errors import SealBrokenError
from ingest.privacy.subject_key import KeyedHash, SubjectKey, associated_data
from schemas.clock import DAY_MS, HOUR_MS
from schemas.ids import CampusId
from schemas.privacy import DAYS_OF_A_KEY, KeyRef, ServiceDay, key_week_end_ms, key_week_of, service_day_of

CAMPUS = CampusId("c-421122-007")
DAY = ServiceDay(20_781)
NAMED = associated_data(("school_bus.pupil.boarded.v1", CAMPUS, "urn:x", "1"))
SECRET = b'{"pupil_token":"p_8Zt3kQ1xW0aB","method":"card"}'


def key(byte: bytes = b"k") -> SubjectKey:
    return SubjectKey(KeyRef("ref"), byte * 32)


def test_what_is_sealed_can_be_unsealed_and_says_nothing_by_itself() -> None:
    sealed = key().seal(SECRET, NAMED)

    assert key().unseal(sealed, NAMED) == SECRET
    assert b"p_8Zt3k" not in sealed.encode()


def test_the_same_event_sealed_again_gives_the_same_bytes() -> None:
    assert key().seal(SECRET, NAMED) == key().seal(SECRET, NAMED)


def test_two_texts_or_two_events_never_share_a_nonce() -> None:
    sealed = [key().seal(SECRET, NAMED), key().seal(SECRET + b"x", NAMED), key().seal(SECRET, NAMED + b"2")]

    assert len({text[:16] for text in sealed}) == 3


def test_lengths_of_short_secrets_look_alike() -> None:
    assert len({len(key().seal(b"{%b}" % (b"x" * length), NAMED)) for length in range(60)}) == 1


@pytest.mark.parametrize(
    ("other_key", "associated", "change"),
    [(b"o", NAMED, ""), (b"k", NAMED + b"2", ""), (b"k", NAMED, "flip"), (b"k", NAMED, "cut"), (b"k", NAMED, "empty")],
    ids=["another key", "another event", "one character altered", "cut short", "nothing"],
)
def test_what_does_not_belong_together_is_not_opened(other_key: bytes, associated: bytes, change: str) -> None:
    sealed = key().seal(SECRET, NAMED)
    altered = {"": sealed, "flip": sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]}
    altered |= {"cut": sealed[:-8], "empty": ""}

    with pytest.raises(SealBrokenError):
        key(other_key).unseal(altered[change], associated)


def test_an_alias_holds_for_one_day_of_one_campus_and_has_the_shape_of_a_token() -> None:
    aliases = {
        key().alias(CAMPUS, DAY),
        key().alias(CAMPUS, ServiceDay(DAY + 1)),
        key().alias(CampusId("c-421122-008"), DAY),
        key(b"o").alias(CAMPUS, DAY),
    }

    assert len(aliases) == 4
    assert key().alias(CAMPUS, DAY) == key().alias(CAMPUS, DAY)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{8,64}", alias) for alias in aliases)


def test_a_service_day_ends_at_three_in_the_morning_so_no_trip_has_two() -> None:
    midnight_ms = 1_795_449_600_000  # 2026-11-24T00:00+08:00

    assert service_day_of(midnight_ms - 1) == service_day_of(midnight_ms + 3 * HOUR_MS - 1)
    assert service_day_of(midnight_ms + 3 * HOUR_MS) == service_day_of(midnight_ms - 1) + 1


def test_a_week_of_keys_ends_where_the_next_begins() -> None:
    end_ms = key_week_end_ms(key_week_of(DAY))

    assert key_week_of(service_day_of(end_ms - 1)) + 1 == key_week_of(service_day_of(end_ms))
    assert key_week_of(service_day_of(end_ms - DAYS_OF_A_KEY * DAY_MS)) == key_week_of(DAY)


@given(key=st.binary(max_size=64), text=st.binary(max_size=300))
def test_the_keyed_hash_is_hmac_sha256(key: bytes, text: bytes) -> None:
    made = KeyedHash(key)

    assert made.digest(text) == hmac.digest(key, text, "sha256")
    assert made.digest(b"again") == hmac.digest(key, b"again", "sha256")
