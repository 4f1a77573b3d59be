"""Tables of bad input: what no event may look like, and what each kind is told."""

import pytest

from ingest.event_types import EventTypes
from ingest.rejections import Reason, Rejection
from ingest.validation import Validator, ValidEvent
from schemas.systems import catalogue
from tests.ingest.ingest_samples import CAMPUS, TIME, TIME_MS, encode, event

CAMPUSES = frozenset({CAMPUS})
BUS = "school_bus.position.reported.v1"


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(EventTypes(catalogue()))


def bus_with(member: str, text: str) -> bytes:
    """A bus position in which a member of the data is spelled as given."""
    sample = catalogue()[BUS].sample  # type: ignore[index]
    return encode(event(BUS, data=sample | {member: "@@"})).replace(b'"@@"', text.encode())


NUMBERS_REFUSED = {
    "not a number": ("latitude_deg", "NaN"),
    "infinity": ("latitude_deg", "-Infinity"),
    "a float that overflows": ("speed_kmh", "1e999"),
    "a latitude beyond the pole": ("latitude_deg", "91"),
    "a longitude beyond the date line": ("longitude_deg", "-180.0001"),
    "a bus at 500 km/h": ("speed_kmh", "500"),
    "a bearing of a full turn": ("bearing_deg", "360"),
    "a number as text": ("speed_kmh", '"31.4"'),
    "a boolean as number": ("speed_kmh", "true"),
    "a number as boolean": ("ignition_on", "1"),
    "an integer as float": ("satellites", "14.0"),
    "an integer of 64 bits and one more": ("status_bits", "9223372036854775808"),
    "an integer of 5000 digits": ("status_bits", "9" * 5000),
    "an octal number": ("satellites", "014"),
    "a plus sign": ("satellites", "+14"),
    "null where a value must stand": ("latitude_deg", "null"),
}


@pytest.mark.parametrize(("member", "text"), NUMBERS_REFUSED.values(), ids=NUMBERS_REFUSED)
def test_bad_numbers_are_refused_with_a_reason(validator: Validator, member: str, text: str) -> None:
    verdict = validator.check(bus_with(member, text), CAMPUSES)

    assert isinstance(verdict, Rejection)
    assert verdict.reason in {Reason.INVALID, Reason.NOT_JSON}
    assert member in verdict.detail or "JSON" in verdict.detail
    assert text.strip('"') not in verdict.detail or len(text) < 4


@pytest.mark.parametrize("text", ["-0.0", "1e-400", "0", "31", "3.14e1"])
def test_odd_but_lawful_numbers_are_taken(validator: Validator, text: str) -> None:
    assert isinstance(validator.check(bus_with("speed_kmh", text), CAMPUSES), ValidEvent)


GOOD = encode(event())
TEXTS_REFUSED = {
    "a member named twice": (GOOD.replace(b'"zone"', b'"zone":"fridge","zone"'), Reason.DUPLICATE_KEY),
    "an id given twice": (GOOD.replace(b'"id"', b'"id":"a","id"'), Reason.DUPLICATE_KEY),
    "a member named twice, once escaped": (GOOD.replace(b'"id"', b'"i\\u0064":"a","id"'), Reason.DUPLICATE_KEY),
    "a member named twice, blank before the colon": (GOOD.replace(b'"id"', b'"id" :"a","id"'), Reason.DUPLICATE_KEY),
    "a trailing comma": (GOOD[:-1] + b",}", Reason.NOT_JSON),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, Reason.NOT_JSON),
    "UTF-16": (GOOD.decode().encode("utf-16"), Reason.NOT_JSON),
    "a lone surrogate": (GOOD.replace(b"probe-01", b"\\ud800"), Reason.NOT_JSON),
    "a surrogate in UTF-8": (GOOD.replace(b"probe-01", b"\xed\xa0\x80"), Reason.NOT_JSON),
    "bytes that are no UTF-8": (GOOD.replace(b"probe-01", b"\xff"), Reason.NOT_JSON),
    "a raw control character": (GOOD.replace(b"probe-01", b"a\x00b"), Reason.NOT_JSON),
    "a comment": (b"/**/" + GOOD, Reason.NOT_JSON),
    "an unknown member": (GOOD.replace(b'"id"', b'"driver_phone":"1","id"'), Reason.INVALID),
    "an unknown type": (GOOD.replace(b"sampled", b"guessed"), Reason.UNKNOWN_TYPE),
    "no type": (encode({}), Reason.INVALID),
    "an array": (b"[]", Reason.INVALID),
    "a number": (b"1", Reason.INVALID),
}


@pytest.mark.parametrize(("raw", "reason"), TEXTS_REFUSED.values(), ids=TEXTS_REFUSED)
def test_bad_texts_are_refused_with_a_reason(validator: Validator, raw: bytes, reason: Reason) -> None:
    verdict = validator.check(raw, CAMPUSES)

    assert isinstance(verdict, Rejection)
    assert verdict.reason == reason


def test_an_escaped_nul_is_refused_even_where_any_text_may_stand(validator: Validator) -> None:
    cooked = catalogue()["canteen.dish.cooked.v1"].sample  # type: ignore[index]
    raw = encode(event("canteen.dish.cooked.v1", data=cooked | {"name": "@@"}))

    refused = validator.check(raw.replace(b"@@", b"rice\\u0000"), CAMPUSES)
    taken = validator.check(raw.replace(b"@@", b"rice\\\\u0000"), CAMPUSES)

    assert isinstance(refused, Rejection)
    assert isinstance(taken, ValidEvent)


IDS_REFUSED = [
    "", " ", "a b", "x" * 65, "😀", "\u202eabc", "a\u0000b", "é", "id\n", "\u0301" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("text", IDS_REFUSED)
def test_odd_ids_are_refused(validator: Validator, text: str) -> None:
    assert isinstance(validator.check(encode(event(id=text)), CAMPUSES), Rejection)


@pytest.mark.parametrize("member", ["subject", "campusid"])
@pytest.mark.parametrize("text", ["../etc", "%00", "x" * 10_240, "😀", "'; DROP", "=cmd()", "a\n", "-a", "", "\u202ea"])
def test_odd_names_are_refused(validator: Validator, member: str, text: str) -> None:
    verdict = validator.check(encode(event(**{member: text})), CAMPUSES)

    assert isinstance(verdict, Rejection)
    assert member in verdict.detail


TIMES_REFUSED = [
    "2026-11-24T07:31:05", "2026-11-24", "1700000000", "2026-11-24T07:31:60Z", "2026-11-24T24:00:00Z",
    "2026-02-30T00:00:00Z", "2026-11-24T07:31Z", "2026-11-24T07:31:05,5Z", "2026-11-24_07:31:05Z", "", "now",
    "0000-01-01T00:00:00Z", "2026-11-24T07:31:05+25:00", " 2026-11-24T07:31:05Z", "2026-11-24T07:31:05.Z",
]  # fmt: skip


@pytest.mark.parametrize("text", TIMES_REFUSED)
def test_times_that_are_not_rfc_3339_with_an_offset_are_refused(validator: Validator, text: str) -> None:
    verdict = validator.check(encode(event(time=text)), CAMPUSES)

    assert isinstance(verdict, Rejection)
    assert verdict.reason == Reason.INVALID
    assert "time" in verdict.detail


def test_a_valid_event_says_who_what_where_and_when(validator: Validator) -> None:
    sent = event(sequence="12", bootid=3)

    verdict = validator.check(encode(sent), CAMPUSES)

    assert verdict == ValidEvent(sent["id"], sent["source"], sent["type"], CAMPUS, TIME_MS)
    assert sent["time"] == TIME


def test_a_refusal_does_not_repeat_what_was_sent(validator: Validator) -> None:
    raw = GOOD.replace(b'"zone"', '"张三 13800000000":1,"zone"'.encode()).replace(b"probe-01", "李四".encode())

    verdict = validator.check(raw, CAMPUSES)

    assert isinstance(verdict, Rejection)
    assert not any(secret in verdict.detail for secret in ("张三", "138", "李四"))
